"""Prepared copies: the frames are the original's, one by one; whole or not at all; only what is missing is made."""

import csv
import multiprocessing
import os
import shutil
from pathlib import Path

import numpy as np
import painting
import pytest
from PIL import Image

from pyvideoai.commands import check_videos
from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.errors import UserError
from pyvideoai.video import VideoError, open_video
from pyvideoai.video.layouts import index
from pyvideoai.video.preparing import encode, manifest, many
from pyvideoai.video.preparing.settings import Settings
from pyvideoai.video.preparing.sources import copy_names

pytestmark = pytest.mark.long

PREPARE = many.prepare
QUARTER_TURN = [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30]


def prepare(*arguments: object) -> int:
    return prepare_command.main([*map(str, arguments), "--processes", "1"])


def numbers(path: Path) -> list[int]:
    with open_video(path) as video:
        return [painting.read_number(frame) for frame in video.frames(range(video.num_frames))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes with a video each, AVI and mp4."""
    for name, kind in (("up/a.avi", "mpeg4"), ("down/b.mp4", "libx264")):
        path = tmp_path / "videos" / name
        path.parent.mkdir(parents=True)
        painting.write_painted(path, 20, codec=kind, size=(72, 96), fps=30)
    return tmp_path / "videos"


def test_a_copy_has_every_frame_of_every_kind_of_video(kind, tmp_path, shown):
    assert prepare(kind.parent, "--out", tmp_path / "out") == 0
    assert numbers(tmp_path / "out" / "a.mp4") == shown(kind)


@pytest.fixture
def shown():
    """The numbers that a video of the kinds shows."""
    return numbers


def test_jpegs_are_the_frames_one_by_one(folder, tmp_path):
    assert prepare(folder, "--out", tmp_path / "out", "--jpeg", "--short_side", "none") == 0
    assert sorted(path.name for path in (tmp_path / "out/up/a").iterdir()) == [f"{n:05d}.jpg" for n in range(1, 21)]
    assert numbers(tmp_path / "out/up/a") == list(range(20))
    assert manifest.read(tmp_path / "out")["up/a.avi"].fps == pytest.approx(30)


def test_frames_of_a_copy_are_shown_when_those_of_its_original_are(tmp_path):
    times = [0, 1, 2, 10, 11, 12, 40, 41, 80, 100]
    (tmp_path / "videos").mkdir()
    painting.write_painted(tmp_path / "videos" / "a.mp4", 10, times=times, fps=10, size=(72, 96))
    assert prepare(tmp_path / "videos", "--out", tmp_path / "out") == 0
    with open_video(tmp_path / "videos" / "a.mp4") as original, open_video(tmp_path / "out" / "a.mp4") as copy:
        assert np.allclose(copy.times, np.array(times) / 10, atol=1e-4)
        assert copy.fps == pytest.approx(original.fps, rel=1e-3)
    assert numbers(tmp_path / "out" / "a.mp4") == list(range(10))


def test_the_copy_is_small_upright_and_looks_alike(tmp_path):
    source = painting.write_painted(tmp_path / "videos.mp4", 14, size=(192, 256), display_matrix=QUARTER_TURN)
    (tmp_path / "videos").mkdir()
    source.rename(tmp_path / "videos" / "a.mp4")
    prepare(tmp_path / "videos", "--out", tmp_path / "out", "--short_side", 64, "--crf", 5)
    with open_video(tmp_path / "videos/a.mp4") as original, open_video(tmp_path / "out/a.mp4") as copy:
        assert (original.height, original.width) == (256, 192)
        assert (copy.height, copy.width, copy.num_frames) == (86, 64, 14) and copy.fps == pytest.approx(original.fps)
        picture = Image.fromarray(original.frames([9])[0]).resize((64, 86), Image.Resampling.BICUBIC)
        assert np.abs(np.asarray(picture).astype(int) - copy.frames([9])[0]).mean() < 4
    assert manifest.read(tmp_path / "out")["a.mp4"].psnr > 35


def test_colours_stay(tmp_path):
    colours = [np.full((64, 64, 3), colour, np.uint8) for colour in ((200, 40, 40), (30, 60, 220), (20, 180, 60))]
    (tmp_path / "videos").mkdir()
    painting.write_video(tmp_path / "videos/a.avi", colours * 3, codec="mjpeg")
    prepare(tmp_path / "videos", "--out", tmp_path / "out", "--crf", 4)
    with open_video(tmp_path / "out/a.mp4") as copy:
        assert np.abs(copy.frames(range(9)).astype(int) - np.stack(colours * 3)).max() <= 6


def test_key_frames_lie_close_and_no_frame_but_a_key_frame_is_needed_for_long(folder, tmp_path):
    prepare(folder, "--out", tmp_path / "out", "--gop", 5)
    with open_video(tmp_path / "out/down/b.mp4") as copy:
        assert np.diff([*copy.layout.entry_frames, copy.num_frames]).max() <= 5
        assert copy.layout.skippable and copy.layout.stored is not None


def test_finished_copies_are_left_and_others_made_again(folder, tmp_path, capsys):
    out = tmp_path / "out"
    prepare(folder, "--out", out)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.mp4")}
    painting.write_painted(folder / "down/b.mp4", 7, size=(72, 96), first=40)
    (folder / "down/b.mp4").touch()
    shutil.copy(folder / "up/a.avi", folder / "up/c.avi")
    prepare(folder, "--out", out)
    assert "3 of 3 videos have a copy" in (text := capsys.readouterr().out) and "(2 made now)" in text
    assert (out / "up/a.mp4").stat().st_mtime_ns == before[out / "up/a.mp4"]
    assert numbers(out / "down/b.mp4") == list(range(40, 47))
    (folder / "up/a.avi").touch()  # the same content
    prepare(folder, "--out", out)
    assert "(0 made now)" in capsys.readouterr().out
    (out / "up/c.mp4").write_bytes(b"cut")
    prepare(folder, "--out", out)
    assert "(1 made now)" in capsys.readouterr().out and numbers(out / "up/c.mp4") == list(range(20))


def test_bad_videos_are_named_and_left_out(folder, tmp_path, capsys):
    (folder / "up/bad.mp4").write_bytes(b"this is no video")
    assert prepare(folder, "--out", tmp_path / "out") == 1
    text = capsys.readouterr().out
    assert text.count("bad.mp4") == 1 and "2 of 3 videos have a copy" in text and "(2 made now)" in text
    assert prepare(folder, "--out", tmp_path / "out") == 1
    assert "(0 made now)" in capsys.readouterr().out
    assert manifest.read(tmp_path / "out")["up/bad.mp4"].reason
    assert not (tmp_path / "out/up/bad.mp4").exists()


def test_a_killed_run_leaves_no_part_and_is_gone_on_with(folder, tmp_path, monkeypatch, capsys):
    def stop(row):
        raise KeyboardInterrupt

    out = tmp_path / "out"
    (out / "up").mkdir(parents=True)
    (out / "up/.a.mp4.x.tmp").write_bytes(b"half")
    manifest.write(out, [])
    with many.alone_in(out), pytest.raises(KeyboardInterrupt):
        many.Preparation(prepare_command.sources_of(folder, None, out), out, Settings()).run(1, each=stop)
    assert len(manifest.read(out)) == 1 and not list(out.rglob("*.tmp"))
    prepare(folder, "--out", out)
    assert "(1 made now)" in capsys.readouterr().out


def test_a_copy_that_fails_half_way_is_not_there(folder, tmp_path, monkeypatch):
    def broken(pictures, *rest):
        next(iter(pictures))
        raise VideoError("a", "no more")

    monkeypatch.setattr(encode, "_write_h264", broken)
    assert prepare(folder, "--out", tmp_path / "out") == 1
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file() and path.name[0] != "."][1:]


def test_copies_of_two_kinds_never_share_a_folder(folder, tmp_path):
    prepare(folder / "up", "--root", folder, "--out", tmp_path / "out", "--crf", 30)
    before = (tmp_path / "out/up/a.mp4").read_bytes()
    kind = "--short_side 256 --crf 30 --gop 12 --bframes 3 --preset medium"
    with pytest.raises(UserError, match=f"holds 1 video prepared with {kind}: give these options"):
        prepare(folder, "--out", tmp_path / "out")
    assert prepare(folder, "--out", tmp_path / "out", *kind.split()) == 0
    assert (tmp_path / "out/up/a.mp4").read_bytes() == before and len(manifest.read(tmp_path / "out")) == 2


def test_two_at_once_are_refused(folder, tmp_path):
    with many.alone_in(tmp_path / "out"), pytest.raises(UserError, match=r"another .* is at work"):
        prepare(folder, "--out", tmp_path / "out")


def crash_on_avi(source, copy, out, settings):
    return os._exit(9) if source.name.endswith(".avi") else PREPARE(source, copy, out, settings)


@pytest.mark.skipif(multiprocessing.get_start_method() != "fork", reason="what is patched reaches workers by fork only")
def test_a_video_that_crashes_the_decoder_costs_only_itself(monkeypatch, folder, tmp_path):
    monkeypatch.setattr(many, "prepare", crash_on_avi)
    assert prepare(folder, "--out", tmp_path / "out") == 1
    rows = manifest.read(tmp_path / "out")
    assert rows["up/a.avi"].reason == "decoding it crashes libav" and not rows["down/b.mp4"].reason


def test_a_split_table_and_a_dataset_config_name_the_videos(folder, tmp_path, monkeypatch):
    with (tmp_path / "split.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("video", "label"), ("up/a.avi", 0)])
    prepare(tmp_path / "split.csv", "--root", folder, "--out", tmp_path / "one")
    assert list(manifest.read(tmp_path / "one")) == ["up/a.avi"]
    prepare("-D", "folder", "--set", f"root={folder}", "--out", tmp_path / "two")
    assert sorted(manifest.read(tmp_path / "two")) == ["down/b.mp4", "up/a.avi"]
    with pytest.raises(UserError, match="give either"):
        prepare("-D", "folder", folder, "--out", tmp_path / "two")


def test_copies_of_two_videos_never_have_one_name():
    names = ["x/a.avi", "x/a.mkv", "x/b.avi", "../c.mp4", "/d/e.webm", "frames/f"]
    assert list(copy_names(names, jpeg=False).values()) == [
        "x/a.avi.mp4", "x/a.mkv.mp4", "x/b.mp4", "c.mp4", "d/e.mp4", "frames/f.mp4",
    ]  # fmt: skip
    assert copy_names(names, jpeg=True)["x/b.avi"] == "x/b"


def test_two_videos_of_one_copy_are_refused():
    with pytest.raises(UserError, match=r"\.\./c\.mp4 and c\.mp4 would both be copied to c\.mp4"):
        copy_names(["../c.mp4", "c.mp4"], jpeg=False)


def test_nothing_that_lies_there_is_overwritten(folder, tmp_path):
    before = (folder / "down/b.mp4").read_bytes()
    for out, reason in ((folder, "it has down in it, but no manifest"), (folder / "up", r"it has a\.avi in it")):
        with pytest.raises(UserError, match=reason):
            prepare(folder, "--out", out)
    manifest.write(folder, [])
    for out in (folder, folder / "x/.."):
        with pytest.raises(UserError, match=r"the original .* is in this folder"):
            prepare(folder, "--out", out)
    assert (folder / "down/b.mp4").read_bytes() == before


@pytest.mark.parametrize("out", ["videos", "videos/up", "notes"])
def test_a_folder_that_is_refused_stays_as_it_was(folder, tmp_path, out):
    """No lock file, and nothing cleared away that looks like ours: these folders are other people's."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/manifest.csv").write_text("name,colour\nx,red\n")
    for place in (folder, folder / "up", tmp_path / "notes"):
        (place / ".draft.tmp").touch()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=r"it has .* in it|is not a manifest"):
        prepare(folder, "--out", tmp_path / out)
    assert sorted(tmp_path.rglob("*")) == before


def test_copies_may_lie_in_the_folder_itself(folder):
    prepare(folder, "--out", folder / "small")
    prepare(folder, "--out", folder / "small")
    assert sorted(manifest.read(folder / "small")) == ["down/b.mp4", "up/a.avi"]


def test_frame_folders_are_copied_too_and_again_when_they_change(folder, tmp_path, capsys):
    prepare(folder, "--out", tmp_path / "jpegs", "--jpeg")
    prepare(tmp_path / "jpegs", "--out", tmp_path / "out")
    assert numbers(tmp_path / "out/up/a.mp4") == list(range(20))
    capsys.readouterr()
    (tmp_path / "jpegs/up/a/00020.jpg").unlink()
    prepare(tmp_path / "jpegs", "--out", tmp_path / "out")
    assert "(1 made now)" in capsys.readouterr().out and numbers(tmp_path / "out/up/a.mp4") == list(range(19))


def test_options_that_would_do_nothing_are_refused(folder, tmp_path):
    for wrong in (["--jpeg", "--crf", "18"], ["--set", "split=2"]):
        with pytest.raises(UserError, match=r"--crf is for H\.264|--set is for the dataset config"):
            prepare(folder, "--out", tmp_path / "out", *wrong)


def test_the_frame_index_serves_copies_as_any_video(folder, tmp_path):
    prepare(folder, "--out", tmp_path / "out")
    check_videos.main([str(tmp_path / "out"), "--exact", "--index", str(tmp_path / "out"), "--processes", "1"])
    index.forget()
    known = index.look_up(tmp_path / "out/up/a.mp4")
    assert known.proven and known.num_frames == 20


@pytest.mark.parametrize("reader", ["decord", "torchcodec"])
def test_other_readers_get_the_frames_of_copies_too(folder, tmp_path, reader):
    pytest.importorskip(reader)
    prepare(folder, "--out", tmp_path / "out")
    with open_video(tmp_path / "out/up/a.mp4", reader) as video:
        assert [painting.read_number(frame) for frame in video.frames(range(video.num_frames))] == list(range(20))


def test_nothing_is_enlarged_and_sizes_are_even():
    assert Settings(short_side=256).size(480, 640) == (256, 342)
    assert Settings(short_side=256).size(120, 91) == (120, 90)
    assert Settings(short_side=None).size(1, 7) == (2, 6)
    assert Settings(short_side=None, jpeg=90).size(45, 67) == (45, 67)


@pytest.mark.parametrize("wrong", [["--short_side", "255"], ["--crf", "60"], ["--gop", "0"], ["--jpeg", "101"]])
def test_wrong_settings_are_one_line(folder, tmp_path, wrong):
    with pytest.raises(UserError, match=wrong[0]):
        prepare(folder, "--out", tmp_path / "out", *wrong)


def test_a_missing_encoder_is_explained(folder, tmp_path, monkeypatch):
    def none(name, mode):
        raise ValueError(name)

    monkeypatch.setattr(encode.av.codec, "Codec", none)
    with pytest.raises(UserError, match=r"without the encoder libx264; .* --jpeg needs none"):
        prepare(folder, "--out", tmp_path / "out")
