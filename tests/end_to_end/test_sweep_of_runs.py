"""A sweep of real runs, in processes of their own."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from workplaces import REPOSITORY

from pyvideoai.experiment import ExperimentFolder

FILE = """
dataset, model, experiment = "colours", "small", "brief"
settings = {"num_epochs": 1}
grid = {"seed": [0, 1]}
average_over = "seed"
"""


@pytest.mark.slow
def test_real_runs_are_trained_and_gone_on_with(workplace):
    Path("tries.py").write_text(FILE)
    command = [sys.executable, "-m", "pyvideoai", "sweep", "tries.py", "--devices", "cpu,cpu"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    assert subprocess.run(command, timeout=600, env=environment).returncode == 0
    text = Path("data/experiments/sweeps/tries/table.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["state"] for row in rows] == ["finished", "finished"]
    folder = ExperimentFolder(Path(rows[0]["folder"]))
    assert folder.read_results()["best"]["metrics"]["top1"] == float(rows[0]["test/top1"])
    folder.results.unlink()  # as if a kill had come before the scores
    assert subprocess.run(command, timeout=600, env=environment).returncode == 0 and folder.is_finished
    assert [path.name for path in folder.path.parent.glob("version_*")] == ["version_000"]
