"""For all tests: one thread (small networks are faster so, and numbers repeat), and where shared files may be."""

import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real videos and reference numbers beside the repository; tests that want them skip without."""
    folder = Path(os.environ.get("PYVIDEOAI_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip("no shared/ folder beside the repository")
    return folder
