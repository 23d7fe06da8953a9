"""The batch script of SLURM, on a machine without it: fake srun and scontrol, and a run that is interrupted once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tools/slurm/train.sbatch"
SRUN = '#!/bin/bash\n[ "${1#--}" != "$1" ] && shift\nexec "$@"\n'  # without its option
SCONTROL = """#!/bin/bash
case $1 in
    show) echo localhost; echo other ;;
    requeue) echo "requeued $2" >> requeued ;;
esac
"""
TORCHRUN = """#!/bin/bash
echo "$@" >> arguments
trap 'echo ended by TERM; exit 1' TERM
touch started
while [ -e wait ]; do sleep 0.02; done
exit $(cat code)
"""


@pytest.fixture
def job(tmp_path, monkeypatch):
    """job(*arguments, restarts): the script as SLURM starts it, in the test's folder."""
    (tmp_path / "bin").mkdir()
    for name, text in {"srun": SRUN, "scontrol": SCONTROL, "torchrun": TORCHRUN}.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    of_slurm = {"SLURM_JOB_ID": "77", "SLURM_JOB_NODELIST": "a[1-2]", "SLURM_JOB_NUM_NODES": "1"}

    def job(*arguments: str, restarts: int = 0, **more: str) -> subprocess.Popen:
        environment = {**os.environ, **of_slurm, "SLURM_RESTART_COUNT": str(restarts), **more}
        environment["PATH"] = f"{tmp_path / 'bin'}:{environment['PATH']}"
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(["bash", str(SCRIPT), *arguments], env=environment, **pipes)

    return job


def wait_for(path: str, text: str = "") -> None:
    deadline = time.monotonic() + 120
    while not (Path(path).exists() and text in Path(path).read_text()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert Path(path).exists()


def test_at_the_signal_the_run_ends_and_the_job_goes_back_into_the_queue(job):
    Path("wait").touch()
    process = job("-D", "colours", "--set", "test_views.clips=3")
    wait_for("started")
    process.send_signal(signal.SIGUSR1)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "ended by TERM" in output
    assert Path("requeued").read_text() == "requeued 77\n"
    arguments = Path("arguments").read_text()
    assert (
        "--rdzv_endpoint localhost:20077 --rdzv_id 77.0 tools/run_train.py -D colours --set test_views.clips=3"
        in arguments
    )
    assert arguments.endswith(" -R data/experiments -S slurm_77\n")


@pytest.mark.parametrize("code", [0, 3])
def test_without_a_signal_the_code_is_the_runs_own_and_nothing_is_queued(job, code):
    Path("code").write_text(str(code))
    process = job()
    process.communicate(timeout=60)
    assert process.returncode == code and not Path("requeued").exists()


def test_a_run_that_has_begun_goes_on_wherever_it_is_kept(job):
    Path("code").write_text("0")
    version = Path("elsewhere/a/b/c/slurm_77/version_000")
    version.mkdir(parents=True)
    job(restarts=1, ROOT="elsewhere").communicate(timeout=60)
    assert Path("arguments").read_text().endswith(" -S slurm_77\n")  # killed before it was a run
    (version / "run.json").touch()
    job(restarts=1, ROOT="elsewhere").communicate(timeout=60)
    assert (
        Path("arguments").read_text().endswith("--rdzv_id 77.1 tools/run_train.py -R elsewhere -S slurm_77 -l last\n")
    )


@pytest.mark.slow
def test_a_real_run_over_two_jobs_has_every_epoch_once(job, tmp_path):
    sys.path.insert(0, str(ROOT / "tests/end_to_end"))
    from workplaces import COLOURS, VIDEOS, lay_out, write_clip

    source = tmp_path / "source"
    (source / "clips").mkdir(parents=True)
    for split, count in VIDEOS.items():
        rows = ["video,label"]
        for number in range(count):
            for name, colour in COLOURS.items():
                write_clip(source / "clips" / f"{split}_{name}_{number}.mp4", colour, seed=len(rows))
                rows.append(f"{split}_{name}_{number}.mp4,{name}")
        (source / f"{split}.csv").write_text("\n".join(rows) + "\n")
    lay_out(tmp_path, source)
    (tmp_path / "tools").symlink_to(ROOT / "tools")
    (tmp_path / "bin/torchrun").write_text(f'#!/bin/bash\nexec {sys.executable} -m torch.distributed.run "$@"\n')
    choice = ["-D", "colours", "-M", "small", "-E", "brief", "-e", "6", "--device", "cpu"]
    version = tmp_path / "data/experiments/colours/small/brief/slurm_77/version_000"
    process = job(*choice, PYTHONPATH=str(ROOT))
    wait_for(str(version / "logs/train.log"), "epoch 2/6")
    process.send_signal(signal.SIGUSR1)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and Path("requeued").exists(), output
    process = job(*choice, restarts=1, PYTHONPATH=str(ROOT))
    again, _ = process.communicate(timeout=240)
    assert process.returncode == 0 and "going on " in again, again
    assert pd.read_csv(version / "summary.csv")["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert len(list(version.parent.iterdir())) == 1
