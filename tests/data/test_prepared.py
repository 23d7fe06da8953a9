"""`dataset.prepared`: the same frames and segments from copies, and a clear word where there are none."""

import shutil

import painting
import pytest
from painted_configs import clips_of, views_of

from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.data.order import ClipRequest
from pyvideoai.data.prepared import Copies, copies_in
from pyvideoai.data.splits import make_splits
from pyvideoai.errors import UserError
from pyvideoai.unpack import dataset_of
from pyvideoai.video import VideoError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "videos/up").mkdir(parents=True)
    painting.write_painted(tmp_path / "videos/up/a.avi", 40, codec="mpeg4", fps=30)
    painting.write_painted(tmp_path / "videos/up/b.mp4", 10, first=100)
    (tmp_path / "videos/up/bad.mp4").write_bytes(b"this is no video")
    return tmp_path / "videos"


@pytest.fixture(params=[[], ["--jpeg"]])
def copies(request, folder, tmp_path):
    prepare_command.main([str(folder), "--out", str(tmp_path / "out"), *request.param, "--processes", "1"])
    return tmp_path / "out"


def test_a_copy_is_read_by_the_name_of_its_original(copies):
    with Copies(copies).open("./up/a.avi") as copy:
        assert [painting.read_number(frame) for frame in copy.frames([3, 39, 17])] == [3, 39, 17]
        assert copy.fps == pytest.approx(30)


def test_what_could_not_be_prepared_fails_as_a_video_does(copies):
    with pytest.raises(VideoError, match=r"up/bad\.mp4: it could not be prepared: can't be opened as a video"):
        Copies(copies).open("up/bad.mp4")


def test_videos_without_copies_are_counted_with_the_command_that_makes_them(copies, folder):
    found = Copies(copies)
    assert "1 of 3 could not be prepared" in found.check(["up/a.avi", "up/b.mp4", "up/bad.mp4"], folder)
    gone = copies / found.rows["up/b.mp4"].copy
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    with pytest.raises(
        UserError, match=r"2 of 3 videos have no copy there, such as up/b\.mp4; tools/.* --short_side 256"
    ):
        found.check(["up/a.avi", "up/b.mp4", "new.mp4"], folder)


def test_a_copy_with_other_frames_than_its_manifest_says_is_refused(folder, tmp_path):
    prepare_command.main([str(folder), "--out", str(tmp_path / "out"), "--processes", "1"])
    painting.write_painted(tmp_path / "out/up/a.mp4", 39)
    with pytest.raises(VideoError, match="it has 39 frames, its manifest says 40"):
        Copies(tmp_path / "out").open("up/a.avi")


def test_a_folder_without_copies_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"no manifest\.csv with copies; tools/prepare_videos\.py \.\.\. --out"):
        copies_in(tmp_path)


@pytest.mark.parametrize("how", [["--bframes", "0"], ["--bframes", "3"], ["--jpeg"]])
def test_one_setting_switches_a_training_to_copies(make_config, table, videos, tmp_path, how):
    prepare_command.main([str(videos), "--out", str(tmp_path / "out"), *how])
    config = make_config(f"dataset.prepared={str(tmp_path / 'out')!r}")
    assert config.folder_name == ""
    copies, originals = clips_of(table, config), clips_of(table, make_config())
    for position in range(12):
        draw = ClipRequest(epoch=1, position=position, row=position % 6)
        assert copies.source.open(table["video"][draw.row]).path.is_relative_to(tmp_path / "out")
        assert numbers(copies[draw].clips[0]) == numbers(originals[draw].clips[0])
    views = views_of(table, config, config.exp.test_views)[3].clips[0]
    assert views.shape == (3, 4, 64, 64, 3)


def numbers(clip):
    """What is painted on each frame of uint8 (T, H, W, 3)."""
    return [painting.read_number(frame.numpy()) for frame in clip]


def test_the_originals_may_be_gone_and_a_run_records_its_copies(make_config, videos, tmp_path):
    prepare_command.main([str(videos), "--root", str(videos.parent), "--out", str(tmp_path / "out")])
    for split in ("train", "val"):
        (tmp_path / f"{split}.csv").write_text(
            "video,label\n" + "".join(f"{videos.name}/{n}.mp4,{n}\n" for n in range(3))
        )
    tables = f"""
_own = splits


def splits():
    return {{name: "{tmp_path}/" + file for name, file in _own().items()}}
"""
    with pytest.raises(UserError, match="none of the 3 training videos is there"):
        make_splits(dataset_of(make_config(dataset=tables).dataset))
    config = make_config(f"dataset.prepared={str(tmp_path / 'out')!r}", dataset=tables)
    splits = make_splits(dataset_of(config.dataset))
    assert any(note.startswith("videos: prepared copies in ") for note in splits.notes)
    assert "--short_side 256" in splits.facts()["train"]["prepared"]
