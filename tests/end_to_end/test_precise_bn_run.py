"""Precise batch norm in whole runs: it changes what is evaluated and saved, and a resumed run repeats it.

A run of two processes is started here only: starting them takes more time than all that they do.
"""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch
from workplaces import CHOICE, HANGS_S, VIDEOS, tool

from pyvideoai.checkpoint import load_checkpoint
from pyvideoai.commands import train as train_command


def train(*arguments: str) -> int:
    return train_command.main([*CHOICE, "-S", "run", *arguments])


def version(root: str) -> Path:
    return Path(root, "colours/small/brief/run/version_000")


def weights(root: str) -> dict[str, torch.Tensor]:
    return load_checkpoint(version(root) / "weights/last.pth")["model"]


@pytest.mark.parametrize("workers", [pytest.param(0, marks=pytest.mark.slow), 1])
def test_a_resumed_run_equals_an_undisturbed_one(workplace, capsys, workers):
    options = ("--set", "precise_bn=3", "--workers", str(workers))
    train("-R", "whole", "-e", "2", *options)
    train("-R", "parts", "-e", "1", *options)
    train_command.main(["-l", str(version("parts")), "-e", "2"])
    assert "sees 4 clips; after each epoch its statistics are measured over 3 steps" in capsys.readouterr().out
    whole, parts = (pd.read_csv(version(root) / "summary.csv", comment="#") for root in ("whole", "parts"))
    assert whole["val_loss"].tolist() == parts["val_loss"].tolist()
    assert all(torch.equal(value, weights("parts")[name]) for name, value in weights("whole").items())


def test_it_changes_the_statistics_and_no_weight_of_the_first_epoch(workplace):
    train("-R", "plain", "-e", "1")
    train("-R", "precise", "-e", "1", "--set", "precise_bn=100")  # more than there are: all
    plain, precise = weights("plain"), weights("precise")
    different = {name for name in plain if not torch.equal(plain[name], precise[name])}
    assert different == {name for name in plain if name.endswith(("running_mean", "running_var"))}


def test_two_processes_are_one_run_whose_statistics_are_those_of_one_process(workplace):
    options = ["-e", "1", "--device", "cpu", "--set", "clips_per_device=2", "--set", "precise_bn=5"]
    options += ["--set", "model.dropout=0"]  # which each process draws for itself
    train("-R", "one", *options)
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
    process = tool("run_train.py", *CHOICE, "-S", "run", "-R", "two", *options, launcher=launcher)
    output, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode == 0, output
    assert [path.name for path in version("two").parent.iterdir()] == ["version_000"]
    assert "4 = 2 clips x 2 processes" in output and output.count("epoch 1/1") == 1
    results = json.loads((version("two") / "results.json").read_text())
    assert results["last"]["videos"] == 2 * VIDEOS["test"]  # each once
    one, two = weights("one"), weights("two")
    for name in (name for name in one if name.endswith(("running_mean", "running_var"))):
        torch.testing.assert_close(one[name], two[name], rtol=1e-3, atol=1e-5)
