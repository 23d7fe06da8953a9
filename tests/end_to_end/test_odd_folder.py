"""A folder with bad files among good ones, as people have: a run goes on, names each once, or stops and lists them."""

from pathlib import Path

import pytest
from workplaces import COLOURS, write_clip

from pyvideoai.engine.meter import FailureLimit
from pyvideoai.video.readers import pyav as pyav_reader

UNREADABLE = {"audio_only_aac.mp4", "corrupt_h264.mp4", "empty_0byte.webm", "encrypted_vp9.webm", "wmv.wmv"}
BAD = {
    "empty.mp4": b"",
    "zeros.mov": bytes(99),
    "text.avi": b"this is no video",
    "header.webm": b"\x1a\x45\xdf\xa3" * 9,
}


@pytest.fixture
def generated(tmp_path: Path) -> set[str]:
    """my_videos/train and my_videos/test with two classes; the bad files are for training."""
    for name, colour in COLOURS.items():
        for part, count in (("train", 10), ("test", 3)):
            folder = tmp_path / "my_videos" / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                write_clip(folder / f"{number}.mp4", colour, seed=number)
    for name, content in BAD.items():
        (tmp_path / "my_videos/train/red" / name).write_bytes(content)
    return set(BAD)


def test_a_run_goes_on_past_bad_files_and_names_each_once(generated, train):
    code, output = train("--set", "max_failed_share=0.9", "-e", "4", "--set", "workers=1")
    assert code == 0 and "Traceback" not in output, output
    assert {name: output.count(f"{name}: ") for name in generated} == dict.fromkeys(generated, 1)
    assert output.count("could not be decoded") >= 4 and "all named above" in output
    assert "epoch 4/4" in output and "test split" in output


def test_a_run_goes_on_past_a_file_at_which_the_reader_has_a_bug(generated, train, monkeypatch):
    def find(path: Path):
        return [][0] if path.name == "0.mp4" and path.parent.name == "red" else found(path)

    found = pyav_reader.find_layout
    monkeypatch.setattr(pyav_reader, "find_layout", find)
    code, output = train("--set", "max_failed_share=0.9", "--set", "workers=1")
    assert code == 0 and "Traceback" not in output, output
    for split in ("train", "test"):
        assert output.count(f"{split}/red/0.mp4: unexpected IndexError: list index out of range") == 1, output


def test_a_run_stops_with_a_line_that_lists_them(generated, train):
    code, output = train("--set", "max_failed_share=0.01")
    errors = [line for line in output.splitlines() if line.startswith("error: ")]
    assert code == 2 and "Traceback" not in output and output.splitlines()[-1:] == errors
    assert "4 of 22 training videos could not be decoded in epoch 1, more than max_failed_share = 0.01" in errors[0]
    assert all(errors[0].count(f"{name}: ") == 1 for name in generated)


def test_a_check_names_the_bad_files_of_a_small_set_and_fails_where_training_would(generated, train):
    code, output = train("--check", "--set", "max_failed_share=0.9", "--set", "workers=1")
    assert code == 0 and "ok  videos: 30 tried, a clip of each; 4 could not be decoded" in output, output
    assert {name: output.count(f"{name}: ") for name in generated} == dict.fromkeys(generated, 1)
    code, output = train("--check")
    assert code == 2 and "4 of 22 training videos could not be decoded beforehand" in output.splitlines()[-1]


def test_a_few_bad_files_stop_no_training_unless_none_is_allowed(generated, train):
    for name in list(BAD)[:2]:
        Path("my_videos/train/red", name).unlink()
    code, output = train("-e", "3")
    assert code == 0 and "2 videos could not be decoded" in output, output
    code, output = train("-e", "3", "-S", "strict", "--set", "max_failed_share=0")
    assert code == 2 and "more than max_failed_share = 0 allows, 0" in output.splitlines()[-1]


@pytest.mark.parametrize(
    ("share", "videos", "allowed"), [(0.05, 26, 3), (0.05, 100, 5), (0.0, 1000, 0), (1.0, 8, 8), (0.01, 2000, 20)]
)
def test_how_many_files_may_fail(share, videos, allowed):
    assert FailureLimit(share, videos).allowed == allowed


def test_a_run_that_stopped_goes_on_with_a_higher_limit(generated, train):
    assert train("--set", "max_failed_share=0.0")[0] == 2
    code, output = train("-l", "last", "--set", "max_failed_share=0.9")
    assert code == 0 and "starting again with epoch 1" in output, output


def test_the_odd_files_of_the_field_are_a_training_folder(shared, tmp_path, train):
    for number, path in enumerate(sorted((shared / "videos" / "odd").iterdir())):
        folder = tmp_path / "my_videos" / ("even", "uneven")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / path.name).symlink_to(path)
    code, output = train("--set", "max_failed_share=0.9", "-e", "2", "--set", "workers=1")
    assert code == 0 and "Traceback" not in output, output
    assert {name: output.count(f"{name}: ") for name in UNREADABLE} == dict.fromkeys(UNREADABLE, 1)
    listed = [line.strip().partition(": ") for line in output.splitlines() if line.startswith("  ")]
    named = [name for name, colon, _ in listed if "/" in name and colon]
    assert {name.partition("/")[2] for name in named} == UNREADABLE
    assert train("--set", "max_failed_share=0")[0] == 2
