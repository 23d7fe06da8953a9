"""tools/visualise_dataset.py: clips as training and evaluation are given them, and what the videos are."""

from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from workplaces import CHOICE

from pyvideoai.commands import visualise_dataset as command
from pyvideoai.commands.ending import run as as_program
from pyvideoai.commands.train import load_tables
from pyvideoai.data.train_input import in_words
from pyvideoai.engine.feature_maker import train_input_of
from pyvideoai.engine.runner import splits_of
from pyvideoai.errors import UserError
from pyvideoai.inspection.dataset import whole
from pyvideoai.inspection.dataset.clips import resized
from pyvideoai.inspection.dataset.sheets import draw_sheet, write_movie
from pyvideoai.predictor import load_config
from pyvideoai.unpack import source_of, train_loader

STRONG = '''
"""A few steps, augmented and mixed."""
from pyvideoai.config import inherit
from pyvideoai.data.augment import ColourJitter, Mixup

inherit("brief", augment=[ColourJitter(0.5, 0.5, 0.5)], mix=Mixup(0.8))
'''
STRONGLY = ["-D", "colours", "-M", "small", "-E", "strong"]


@pytest.fixture
def drawn(workplace, monkeypatch):
    """drawn: by the names of files, the clips that would be drawn into them; nothing is drawn, which takes long."""
    found = {}
    for name in ("draw_classes", "draw_videos", "write_movie"):
        monkeypatch.setattr(whole, name, lambda path, *arguments: path)
    monkeypatch.setattr(whole, "draw_sheet", lambda path, clips, heading: found.update({path.stem: clips}) or path)
    return found


def test_classes_and_videos_are_counted_and_drawn(workplace, capfd):
    assert command.main([*CHOICE, "--split", "train,test", "--clips", "2", "--out", "seen"]) == 0
    said = capfd.readouterr().out
    assert "train: 16 videos of each class" in said and "train: 32 videos; 0.48 s; 25 fps; 48 x 40" in said
    assert Path("seen/classes.csv").read_text().split() == ["class,train,test", "red,16,5", "blue,16,5"]
    videos = pd.read_csv("seen/videos.csv")
    assert videos["split"].tolist() == ["train"] * 32 + ["test"] * 10
    assert videos.loc[0, ["video", "label"]].tolist() == ["train_red_0.mp4", "red"]
    assert (videos[["frames", "fps", "length_s", "width", "height"]] == [12, 25, 0.48, 48, 40]).all().all()
    names = {"classes.png", "classes.csv", "videos.png", "videos.csv", "train_clips.png", "train_clips.mp4"}
    assert {path.name for path in Path("seen").iterdir()} == {*names, "test_clips.png", "test_clips.mp4"}


def test_a_sheet_and_a_video_show_both_rows_of_each_clip(drawn, tmp_path):
    assert command.main([*CHOICE, "--split", "train", "--clips", "3", "--out", "seen"]) == 0
    clips = drawn["train_clips"]
    sheet = np.asarray(Image.open(draw_sheet(tmp_path / "sheet.png", clips, "train"))).astype(int)
    # By rows of pixels: how many are rather red or blue; clips are bands of them, two for each clip.
    coloured = np.abs(sheet[..., 0] - sheet[..., 2]).max(axis=1) > 100
    bands = np.flatnonzero(np.diff(np.concatenate([[0], coloured, [0]])))
    assert len(bands) == 2 * 2 * 3
    middles = [sheet[(top + bottom) // 2, 15] for top, bottom in bands.reshape(-1, 2)]
    seen = ["red" if each[0] > each[2] else "blue" for each in middles]
    assert seen == [clip.label for clip in clips for _ in range(2)]
    with av.open(str(write_movie(tmp_path / "clips.mp4", clips))) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    rate = 25 / 2  # frames are two apart
    assert len(frames) == 6 * rate and frames[0].shape[1] > 2 * 128
    whole_frames = np.stack([resized(frame, 128)[25:85, 10:110] for frame in clips[0].whole]).astype(int)
    differences = [np.abs(whole_frames - frames[number][60:120, 20:120]).mean((1, 2, 3)) for number in range(7)]
    assert [each.argmin() for each in differences] == [0, 1, 2, 3, 0, 1, 2]  # the clip has four, and begins again


def test_clips_of_train_are_those_of_the_epoch(drawn):
    Path("exp_configs/strong.py").write_text(STRONG.lstrip())
    assert command.main([*STRONGLY, "--split", "train", "--clips", "6", "--epoch", "2", "--out", "seen"]) == 0
    config = load_config("colours", "small", "strong")
    splits = splits_of(config, load_tables(config))
    train_input = train_input_of(config, 2)
    batches = [batch for step, _ in zip(train_loader(config, splits.train).epoch(2), range(2), strict=False)
               for batch in step]  # fmt: skip
    given = [train_input(batch) for batch in batches]
    fed = [clip for each in given for clip in train_input.to_input.to_pixels(each.inputs).numpy()][:6]
    labels = [in_words(target, splits.classes) for each in given for target in each.targets][:6]
    clips = drawn["train_clips"]
    assert [clip.label for clip in clips] == labels and any("0." in label for label in labels)
    for clip, pixels in zip(clips, fed, strict=True):
        np.testing.assert_array_equal(clip.fed, pixels)
    row, frames, flipped = int(batches[0].rows[1]), batches[0].frames[1].tolist(), bool(batches[0].flipped[1])
    video = splits.train["video"][row]
    assert clips[1].about == f"{video}, frames {', '.join(map(str, frames))} of 12" + ", mirrored" * flipped
    with source_of(config).open(video) as opened:
        whole_frames = opened.frames(frames)
    small = np.asarray(Image.fromarray(whole_frames[2].repeat(3, 0).repeat(3, 1)))  # 40 pixels, up to 128 high
    np.testing.assert_array_equal(clips[1].whole[2], small)


def test_clips_of_test_are_views_of_videos_from_all_over_the_split(drawn):
    assert command.main([*CHOICE, "--split", "test", "--clips", "6", "--out", "seen"]) == 0
    config = load_config("colours", "small", "brief")
    views = source_of(config).views("test_blue_4.mp4", config.exp.test_views)
    clips = drawn["test_clips"]
    assert [clip.about.split(", ")[0] for clip in clips[::3]] == ["test_red_0.mp4", "test_blue_4.mp4"]
    shown = [0, 2, 5]
    assert [clip.about.split(", ")[-1] for clip in clips[3:]] == [f"view {view + 1} of 6" for view in shown]
    for clip, view in zip(clips[3:], shown, strict=True):
        np.testing.assert_array_equal(clip.fed, views[view].numpy())


def test_videos_that_cannot_be_read_are_named_once(drawn, clips, capfd):
    table = Path("test.csv").read_text()
    Path("test.csv").unlink()
    Path("test.csv").write_text(table + "broken.mp4,red\n")
    (clips / "clips" / "broken.mp4").write_bytes(b"not a video")
    try:
        assert command.main([*CHOICE, "--split", "test", "--clips", "6", "--out", "seen"]) == 1
    finally:
        (clips / "clips" / "broken.mp4").unlink()
    assert capfd.readouterr().out.count("FAILED: broken.mp4: ") == 1
    assert pd.read_csv("seen/videos.csv")["error"].notna().tolist() == [False] * 10 + [True]


def test_what_cannot_be_is_one_line(workplace, capfd, monkeypatch):
    for arguments, told in (
        ([], "-D, -M, -E missing"),
        (["--from", "nowhere"], "nowhere is not an experiment folder"),
        ([*CHOICE, "--split", "tset"], "--split tset: the dataset has no such split; did you mean 'test'"),
        ([*CHOICE, "--clips", "0"], "argument --clips: '0' is not a whole number of at least 1"),
    ):
        monkeypatch.setattr("sys.argv", ["visualise_dataset.py", *arguments])
        with pytest.raises(SystemExit) as ended:
            as_program(command.main)
        error = capfd.readouterr().err
        assert ended.value.code == 2 and told in error and error.count("\n") == 1, error
    with pytest.raises(UserError, match="has no videos"):
        command.main(["-D", "features", "-M", "features", "-E", "probe", "--set", "dataset.root=."])
