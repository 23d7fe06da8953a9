"""tools/visualise_model.py as a user calls it, on a run."""

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from pyvideoai.commands import visualise_model as command
from pyvideoai.commands.ending import run as as_program

VIDEOS = ["clips/test_red_0.mp4", "clips/test_blue_4.mp4"]


def test_a_strip_a_gif_and_a_table_are_written(trained, capfd):
    assert command.main([str(trained), *VIDEOS, "no.mp4", "--layer", "layer2", "--out", "seen"]) == 1
    said = capfd.readouterr().out
    assert "FAILED: no.mp4: " in said and "test_red_0.mp4  " in said
    names = {"001_test_red_0", "002_test_blue_4"}
    files = {f"{name}.{kind}" for name in names for kind in ("png", "gif")}
    assert {path.name for path in Path("seen").iterdir()} == {*files, "frames.csv"}
    with Image.open("seen/001_test_red_0.gif") as gif:
        assert gif.n_frames == 4  # of the clip
    table = pd.read_csv("seen/frames.csv")
    assert table["frame"].tolist() == 2 * [3, 5, 7, 9] and set(table["layer"]) == {"layer2"}
    assert set(table["class"]) <= {"red", "blue"} and table["heat_share"].between(0, 1).all()


def test_layers_are_listed_and_what_cannot_be_is_one_line(trained, capfd, monkeypatch):
    assert command.main([str(trained), "--layers"]) == 0
    listed = [line.split()[0] for line in capfd.readouterr().out.splitlines() if "rows x columns" in line]
    assert {"conv1", "layer1", "layer4"} <= set(listed)
    for arguments, told in (
        ([], "give an experiment folder"),
        (["nowhere", "a.mp4"], "nowhere is not an experiment folder"),
        ([str(trained)], "no videos: "),
        ([str(trained), *VIDEOS, "--layer", "layr3"], "no layer 'layr3'; did you mean 'layer3'"),
        ([str(trained), *VIDEOS, "--class", "bleu"], "--class 'bleu': did you mean 'blue'?"),
    ):
        monkeypatch.setattr("sys.argv", ["visualise_model.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            as_program(command.main)
        errors = [line for line in capfd.readouterr().err.splitlines() if line.startswith("error: ")]
        assert ended.value.code == 2 and len(errors) == 1 and told in errors[0], errors
