"""A table of one's own, as people write them: what `run_train.py --check` says of it, or its one line of refusal."""

from collections.abc import Callable
from pathlib import Path

import pytest
from workplaces import COLOURS, EXPERIMENT, MODEL, write_clip

from pyvideoai.commands import ending as command
from pyvideoai.commands import train as train_command

CHOICE = ["-D", "table", "--set", "dataset.root=my_videos", "-M", "small", "-E", "brief", "--check"]


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, list[str]]]:
    """check(train=text, ...): (exit code, printed lines) of --check, in a folder that has my_videos/ of two classes."""
    for layer, name, text in (("model", "small", MODEL), ("exp", "brief", EXPERIMENT)):
        (tmp_path / f"{layer}_configs").mkdir()
        (tmp_path / f"{layer}_configs" / f"{name}.py").write_text(text.lstrip())
    for name, colour in COLOURS.items():
        (tmp_path / "my_videos" / name).mkdir(parents=True)
        for number in range(5):
            write_clip(tmp_path / f"my_videos/{name}/{number}.mp4", colour, seed=number)
    monkeypatch.chdir(tmp_path)

    def run(**texts: str) -> tuple[int, list[str]]:
        for part, text in texts.items():
            (tmp_path / f"my_videos/{part}.csv").write_text(text)
        with pytest.raises(SystemExit) as ended:
            command.run(lambda _: train_command.main(CHOICE))
        output, errors = capfd.readouterr()
        assert "Traceback" not in output + errors
        return ended.value.code, (output + errors).splitlines()

    return run


def rows(form: str, numbers: range = range(5)) -> str:
    return "".join(form.format(video=f"{name}/{number}.mp4", label=name) for name in COLOURS for number in numbers)


def test_blanks_and_quotes_are_no_matter_and_what_is_odd_is_told(check):
    odd = "Red , red/0.mp4\nblue, blue/4.mp4\nred, my_videos/red/9.mp4\nred, blue/3.avi\n"
    train = "label , video\n" + rows('{label}, "{video}"\n', range(1, 5)) + odd
    code, lines = check(
        train=train, **dict.fromkeys(("val", "test"), "video,label\n" + rows("{video},{label}\n", range(2)))
    )
    assert code == 0, lines
    assert "in train: 2 of 12 videos are not there, such as my_videos/red/9.mp4" in lines
    assert "in train: 1 row named twice, such as blue/4.mp4 in line 9 and line 11" in lines
    assert any(line.startswith("class names that differ only by case") and "'Red' and 'red'" in line for line in lines)
    shared = "train and test share 3 of 4 groups of videos, such as blue/1.mp4"
    assert f"{shared}; 1 with another label, such as red/0.mp4" in lines


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "video,label,start_frame,stop_frame\n" + rows("{video},{label},5,9\n"),
            "my_videos/train.csv:1: column 'stop_frame': did you mean 'end_frame' (frames)? Rename or remove it",
        ),
        (
            "video,label\n" + rows("clips/{video},{label}\n"),
            "dataset.root = {root}: none of the 6 training videos is there, such as clips/red/{first}.mp4 "
            "(there is red/{first}.mp4); --set dataset.root=... says where the videos are",
        ),
        (
            rows("{video} 12 1\n"),
            "my_videos/train.csv:1: three columns, as lists of frames have them (path, number of frames, label); drop "
            "the number of frames. If it is a part of the path, or a label, write a table with the header "
            "'video,label'",
        ),
    ],
    ids=["part columns", "wrong root", "three columns"],
)
def test_a_table_that_is_refused_is_one_line(text, line, check, tmp_path):
    code, lines = check(train=text)
    first = lines[-1].partition("clips/red/")[2][:1]  # which videos are held out is not the matter here
    assert code == 2 and lines[-1] == f"error: {line}".format(root=tmp_path / "my_videos", first=first), lines
