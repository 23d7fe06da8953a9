"""Published weights are scored as they are, without an experiment of ours: tools/run_eval.py --weights."""

import json
from pathlib import Path

import pytest
import torch
from workplaces import CHOICE, VERSION

from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.config.load import load
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError


def score(*arguments: str) -> dict:
    assert eval_command.main([*CHOICE, *arguments, "--out", "out.json"]) == 0
    return json.loads(Path("out.json").read_text())


def save(path: str, classes: int) -> str:
    torch.manual_seed(0)
    torch.save(load(CONTRACTS, *CHOICE[1::2]).model.load_model(classes).state_dict(), path)
    return path


def test_a_file_is_scored_as_the_checkpoint_that_it_is(workplace, capsys):
    train_command.main([*CHOICE, "-e", "1", "-S", "run"])
    trained = score("-S", "run", "-l", "last")
    file = VERSION.parent / "run" / "version_000" / "weights" / "last.pth"
    alone = score("--weights", str(file))
    assert alone["metrics"] == trained["metrics"] and alone["views"] == trained["views"]
    assert alone["epoch"] is None and "100.0 % of the network's values" in capsys.readouterr().out


def test_views_may_change_and_all_is_written_beside_the_result(workplace):
    before = sorted(path.name for path in Path().iterdir())
    result = score("--weights", save("two.pth", 2), "--set", "test_views.clips=1", "--split", "val")
    assert result["views"] == "1 clip x 3 crops = 3 views" and result["split"] == "val"
    written = {path.name for path in Path().iterdir()} - {*before}
    assert written == {"out", "out.csv", "out.json", "out.npz", "two.pth"}


@pytest.mark.parametrize("classes", [["blue", "red"], ["red", "green"]])
def test_a_checkpoint_for_other_classes_or_another_order_is_refused(workplace, classes):
    content = torch.load(save("two.pth", 2), weights_only=True)
    torch.save({"format": "pyvideoai 1", "model": content, "classes": ["red", "blue"]}, "own.pth")
    score("--weights", "own.pth")
    torch.save({"format": "pyvideoai 1", "model": content, "classes": classes}, "other.pth")
    with pytest.raises(UserError, match=r"other.pth is for other classes, or for another order of them: label \d is '"):
        score("--weights", "other.pth")


def test_weights_that_leave_the_head_as_it_was_are_refused(workplace):
    with pytest.raises(UserError, match=r"2 of another shape .*\(400, 32\) for .*\(2, 32\)") as caught:
        score("--weights", save("many.pth", 400))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("extra", "given"), [(["-p"], "-p"), (["--from", "data"], "--from")])
def test_what_is_for_experiments_is_refused(workplace, extra, given):
    with pytest.raises(UserError, match=f"{given} is for the folder of an experiment"):
        score("--weights", "two.pth", *extra)


def test_offline_never_fetches_and_says_where_the_file_belongs(workplace):
    choice = [*CHOICE[:3], "r3d_18", *CHOICE[4:]]
    with pytest.raises(UserError, match=r"we are offline: put https://\S+ at .*data/pretrained/r3d_18-b3b3357e.pth"):
        eval_command.main([*choice, "--weights", "kinetics400", "--offline"])
