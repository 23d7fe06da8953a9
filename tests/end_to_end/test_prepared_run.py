"""A run on prepared copies: one setting, recorded, not resumed on other pixels, scored on either."""

import json
from pathlib import Path

import pytest
from workplaces import CHOICE, VERSION, VIDEOS

import pyvideoai
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError


def test_a_run_on_copies_says_so_and_keeps_to_them(workplace, capsys):
    for out, crf in (("small", "20"), ("coarse", "40")):
        assert prepare_command.main(["-D", "colours", "--out", out, "--short_side", "32", "--crf", crf]) == 0
    choice = [*CHOICE, "--set", "dataset.prepared=small"]
    assert train_command.main([*choice, "-e", "1"]) == 0
    version = VERSION.parent / "num_epochs=1" / VERSION.name  # where the copies lie names no folder
    assert "prepared copies in" in (version / "logs/train.log").read_text()
    assert "--crf 20" in json.loads((version / "run.json").read_text())["splits"]["train"]["prepared"]
    Path("small").rename("moved")
    with pytest.raises(UserError, match="or their prepared copies are others"):
        train_command.main(["-l", str(version), "-e", "2", "--set", "dataset.prepared=coarse"])
    assert train_command.main(["-l", str(version), "-e", "2", "--set", "dataset.prepared=moved"]) == 0
    originals = ["--from", str(version), "-l", "last", "--set", "dataset.prepared=None", "--out", "originals.json"]
    assert eval_command.main(originals) == 0
    assert json.loads(Path("originals.json").read_text())["videos"] == 2 * VIDEOS["test"]
    assert pyvideoai.load(version).predict("clips/test_red_0.mp4")  # a file by its path, which has no copy
