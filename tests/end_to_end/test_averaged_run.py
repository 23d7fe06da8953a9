"""A run with ema_decay: what is validated, kept and scored is the average, and a resume goes on exactly."""

import json
from pathlib import Path

import pytest
import torch
from workplaces import CHOICE, VERSION

from pyvideoai.checkpoint import load_checkpoint
from pyvideoai.commands import evaluate, train

AVERAGED = [*CHOICE, "--set", "ema_decay=0.8", "--save_mode", "all"]


def run(name: str, epochs: int) -> Path:
    assert train.main([*AVERAGED, "-S", name, "-e", str(epochs)]) == 0
    return VERSION.parent / name / "version_000"


def epoch(folder: Path, number: int) -> dict:
    return load_checkpoint(folder / "weights" / f"epoch_{number:04}.pth")


def test_the_average_is_what_is_validated_selected_kept_and_scored(workplace, capsys):
    folder = run("averaged", 2)
    assert "validated, selected and scored are averaged weights: ema_decay 0.8 a step" in capsys.readouterr().out
    content = epoch(folder, 2)
    assert content["ema"] == {"updates": 16}  # 32 clips, 4 a step, twice
    apart = [name for name, each in content["model"].items() if not torch.equal(each, content["trained"][name])]
    assert "conv1.weight" in apart and "bn1.running_mean" in apart
    for row in content["progress"]["history"]:
        found = scored(folder, str(row["epoch"]), "-m", "oneclip", "--split", "val")
        assert found == pytest.approx(row["val/loss"])
    results = json.loads((folder / "results.json").read_text())
    assert scored(folder, "last") == pytest.approx(results["last"]["metrics"]["loss"])


def scored(folder: Path, checkpoint: str, *options: str) -> float:
    """The loss that tools/run_eval.py finds for a checkpoint."""
    assert evaluate.main(["--from", str(folder), "-l", checkpoint, *options, "--out", "out.json"]) == 0
    return json.loads(Path("out.json").read_text())["metrics"]["loss"]


def test_a_run_goes_on_after_an_epoch_as_if_nothing_had_stopped_it(workplace):
    straight, resumed = run("straight", 2), run("resumed", 1)
    assert train.main(["-l", str(resumed), "-e", "2"]) == 0
    one, other = epoch(straight, 2), epoch(resumed, 2)
    assert one["ema"] == other["ema"]
    for part in ("model", "trained"):
        assert all(torch.equal(each, other[part][name]) for name, each in one[part].items())


def test_a_run_of_plain_weights_keeps_no_others(trained):
    assert "trained" not in load_checkpoint(trained / "weights" / "last.pth")
