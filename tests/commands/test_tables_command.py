"""tools/datasets/tables.py on a miniature copy of Kinetics, and on tables of one's own."""

from pathlib import Path

import pytest

from pyvideoai.annotations.official import class_names
from pyvideoai.commands.tables import main


@pytest.fixture
def kinetics(tmp_path: Path) -> Path:
    """Three videos in the lists, of which two are there."""
    root = tmp_path / "kinetics"
    names = class_names("kinetics400")
    header = "label,youtube_id,time_start,time_end,split\n"
    for part, rows in {"train": [(0, "a" * 11), (1, "b" * 11)], "val": [(1, "c" * 11)]}.items():
        for label, youtube_id in rows:
            video = root / part / names[label].replace(" ", "_") / f"{youtube_id}_000001_000011.mp4"
            video.parent.mkdir(parents=True)
            if youtube_id[0] != "b":
                video.touch()
        lines = [f"{names[label]},{youtube_id},1,11,{part}\n" for label, youtube_id in rows]
        (root / f"{part}.csv").write_text(header + "".join(lines))
    return root


def test_what_is_there_and_what_is_missing_is_said_and_written(kinetics, tmp_path, capsys):
    out = tmp_path / "tables"
    assert main(["-D", "kinetics400", "--set", f"root={kinetics}", "--out", str(out)]) == 1
    told = capsys.readouterr().out
    assert "400 classes\ntrain: 1 video of 1 class; 1 missing\nval: 1 video of 1 class; 0 missing" in told
    assert "train: 1 of 2 videos of train.csv found; 1 missing and left out" in told
    assert sorted(path.name for path in out.iterdir()) == ["classes.txt", "missing_train.txt", "train.csv", "val.csv"]
    assert (out / "missing_train.txt").read_text() == "train/air drumming/bbbbbbbbbbb_000001_000011.mp4\n"
    first = "video,label,group\ntrain/abseiling/aaaaaaaaaaa_000001_000011.mp4,0,aaaaaaaaaaa\n"
    assert (out / "train.csv").read_text() == first


def test_the_tables_that_are_written_can_be_read(kinetics, tmp_path, capsys):
    out = tmp_path / "tables"
    main(["-D", "kinetics400", "--set", f"root={kinetics}", "--out", str(out)])
    capsys.readouterr()
    assert main(["-D", "table", "--set", f"root={kinetics}", "--set", f"annotations={out}"]) == 0
    assert "400 classes\ntrain: 1 video of 1 class; 0 missing\n" in capsys.readouterr().out
    (kinetics / "train/abseiling/aaaaaaaaaaa_000001_000011.mp4").unlink()
    assert main(["-D", "table", "--set", f"root={kinetics}", "--set", f"annotations={out}"]) == 1


def test_classes_that_are_numbers_or_look_like_another_are_written_and_told(tmp_path, capsys):
    """The first class is called "1": as the number 0 its videos would be read as those of the class "0"."""
    (tmp_path / "classes.txt").write_text("1\n0\n0_\n")
    (tmp_path / "train.csv").write_text("video,label\na.mp4,1\nb.mp4,0\nc.mp4,0_\n")
    for name in "abc":
        (tmp_path / f"{name}.mp4").touch()
    assert main(["-D", "table", "--set", f"root={tmp_path}", "--out", str(tmp_path / "out")]) == 0
    assert (
        "class names that differ only by case, blanks, underscores, hyphens or Unicode form: '0' and '0_'"
        in capsys.readouterr().out
    )
    assert (tmp_path / "out/train.csv").read_text() == (tmp_path / "train.csv").read_text()
