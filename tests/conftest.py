"""For all tests: one thread (small networks are faster so), and where shared files may be.

No verdict hangs on rounding: OMP_NUM_THREADS=4, ATEN_CPU_CAPABILITY=default (or avx2) and ONEDNN_MAX_CPU_ISA=SSE41 (or
AVX2) before `make test` run all of them in another way.
"""

import os
import signal
from pathlib import Path

THREADS_ARE_GIVEN = "OMP_NUM_THREADS" in os.environ
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# torch.set_num_threads stops MKL from taking fewer threads: commands that tests start must compute as tests do
os.environ.setdefault("MKL_DYNAMIC", "FALSE")

import pytest  # noqa: E402  (after what torch reads when it is imported)
import torch  # noqa: E402
from endurance.made import MadeVideo, lay_out  # noqa: E402

from pyvideoai.data import source  # noqa: E402

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))

# nohup ignores SIGHUP and a shell SIGINT for what it starts in the background; children inherit it, and runs keep to it
for number, usual in ((signal.SIGHUP, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, usual)


@pytest.fixture
def two_threads():
    """For large networks: two threads, unless OMP_NUM_THREADS says how many."""
    before = torch.get_num_threads()
    torch.set_num_threads(before if THREADS_ARE_GIVEN else 2)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with three configs: -D made -M linear -E brief; its videos are `MadeVideo`s."""
    lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(source, "open_video", MadeVideo)
    return tmp_path


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real videos and reference numbers beside the repository; tests that want them skip without."""
    folder = Path(os.environ.get("PYVIDEOAI_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip("no shared/ folder beside the repository")
    return folder
