"""pyvideoai.load(...).predict(...): what people give it works, or one line says what to give instead."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from workplaces import CHOICE, VERSION

import pyvideoai
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError
from pyvideoai.experiment import new_version
from pyvideoai.video import VideoError, open_video

TAKES = "predict takes the path of a video, or a list of paths"
CLIPS = [f"clips/test_{colour}_0.mp4" for colour in ("red", "blue")]


def line(call) -> str:
    with pytest.raises(UserError) as error:
        call()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_weights_file_in_its_folder_loads(trained, tmp_path):
    expected = pyvideoai.load(trained).predict(CLIPS[0])
    for file in ("best.pth", "last.pth", "epoch_0001.pth"):
        model = pyvideoai.load(str(trained / "weights" / file))
        assert model.predict(CLIPS[0]) == expected and model.trained.path.name == "epoch_0001.pth"
    elsewhere = tmp_path / "copied.pth"
    elsewhere.write_bytes((trained / "weights/best.pth").read_bytes())
    assert pyvideoai.load(trained, checkpoint=elsewhere).predict(CLIPS[0]) == expected
    assert pyvideoai.load(trained, checkpoint=1).predict(CLIPS[0]) == expected
    told = f"{elsewhere} is not in an experiment folder, whose configs it needs: give the folder that it came from"
    assert line(lambda: pyvideoai.load(elsewhere)) == told
    told = f"{trained.absolute() / 'weights'} is a part of an experiment; give its folder, {trained.absolute()}"
    assert line(lambda: pyvideoai.load(trained / "weights")) == told
    told = f"{trained.absolute() / 'run.json'} is a part of an experiment; give its folder, {trained.absolute()}"
    assert line(lambda: pyvideoai.load(trained / "run.json")) == told
    assert line(lambda: pyvideoai.load(None)) == "load takes the path of an experiment folder, not a NoneType"
    assert line(lambda: train_command.main(["-l", str(trained / "weights/last.pth")])).endswith(
        f"last.pth is a part of an experiment; give its folder, {trained.absolute()}"
    )


def test_devices_are_those_of_training(trained, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pyvideoai.load(trained, device="auto").device == torch.device("cpu")
    takes = "device takes 'auto' or 'cpu' or 'cuda' or 'cuda:<number>' or 'mps', not 'gpu'"
    assert line(lambda: pyvideoai.load(trained, device="gpu")) == f"load(device='gpu'): {takes}"
    missing = "device = 'cuda' was asked for, but torch finds no CUDA device; use device=\"cpu\""
    assert line(lambda: pyvideoai.load(trained, device="cuda")) == missing
    typed = missing.replace('device="cpu"', "--device cpu")
    assert line(lambda: train_command.main([*CHOICE, "--device", "cuda", "--check"])) == typed


def test_a_list_of_videos_gives_a_list(trained):
    model = pyvideoai.load(trained)
    each = [model.predict(clip) for clip in CLIPS]
    assert model.predict(CLIPS) == model.predict(tuple(Path(clip) for clip in CLIPS)) == each
    assert model.predict([]) == []


def test_frames_in_memory_are_predicted_as_their_file(trained):
    model, expected = pyvideoai.load(trained), pyvideoai.load(trained).predict(CLIPS[0])
    with open_video(CLIPS[0]) as video:
        frames, fps = video.frames(range(video.num_frames)), video.fps
    assert model.predict_frames(list(frames), fps=fps) == expected
    as_opencv = np.ascontiguousarray(frames[..., ::-1])
    as_opencv.flags.writeable = False
    assert model.predict_frames(as_opencv[..., ::-1], fps=fps) == expected
    assert model.predict_frames(as_opencv, fps=fps) != expected
    wanted = "frames must be uint8 (T, H, W, 3), RGB from 0 to 255, all of one size"
    for wrong in (frames / 255, frames[0], frames[..., :1], frames[:0]):
        told = f"{wanted}, not {wrong.dtype} {wrong.shape}"
        assert line(lambda wrong=wrong: model.predict_frames(wrong, fps=fps)) == told
    assert line(lambda: model.predict_frames([frames[0], frames[0][1:]], fps=fps)).startswith(wanted)
    assert line(lambda: model.predict_frames(frames, fps=0)).startswith("fps = 0 must be above 0")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((8, 40, 48, 3), np.uint8), f"{TAKES}, not ndarray; predict_frames takes frames in memory"),
        (torch.zeros(1), f"{TAKES}, not Tensor; predict_frames takes frames in memory"),
        (b"\x00\x00\x00 ftyp", f"{TAKES}, not bytes; write the video to a file first"),
        (None, f"{TAKES}, not NoneType"),
        ([CLIPS[0], 3], f"{TAKES}, not int"),
        ({CLIPS[0]}, f"{TAKES}, not set; make a list of it"),
        (iter(CLIPS), f"{TAKES}, not list_iterator; make a list of it"),
        (pd.Series(CLIPS), f"{TAKES}, not Series; make a list of it"),
        (np.array(CLIPS), f"{TAKES}, not ndarray; make a list of it"),
        (io.BytesIO(b"ftyp"), f"{TAKES}, not BytesIO; write the video to a file first"),
        ("", "a path is empty; was a variable not set?"),
        (["", CLIPS[0]], "a path is empty; was a variable not set?"),
        (
            "clips/*.mp4",
            "clips/*.mp4: no such file; a pattern is expanded by the shell, without quotation marks, or by glob",
        ),
        ("https://host/x.mp4", f"{TAKES}, not an address; download https://host/x.mp4 to a file first"),
        ("S3://bucket/x.mp4", f"{TAKES}, not an address; download S3://bucket/x.mp4 to a file first"),
    ],
)
def test_other_things_are_told_what_to_be(trained, given, message):
    assert line(lambda: pyvideoai.load(trained).predict(given)) == message


def test_a_list_in_a_file_is_for_predict_each(trained):
    Path("some.csv").write_text(f"{CLIPS[0]}\n")
    assert line(lambda: pyvideoai.load(trained).predict("some.csv")) == (
        f"{TAKES}; predict_each reads lists in files, such as some.csv"
    )


def test_the_home_is_found(trained, monkeypatch):
    monkeypatch.setenv("HOME", str(Path.cwd()))
    model = pyvideoai.load(f"~/{trained.relative_to(Path.cwd()) if trained.is_absolute() else trained}")
    assert model.predict(f"~/{CLIPS[0]}") == model.predict(CLIPS[0])
    assert repr(model).startswith("<Predictor of 2 classes on cpu: ") and repr(model).endswith(
        "epoch_0001.pth, epoch 1>"
    )


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"start_s": "1"}, "start_s = '1' must be a time >= 0, in seconds"),
        ({"end_s": float("nan")}, "end_s = nan must be a time >= 0, in seconds"),
        ({"start_s": 2, "end_s": 1}, "end_s = 1 is not after start_s = 2"),
    ],
)
def test_times_that_bound_no_part(trained, part, message):
    assert line(lambda: pyvideoai.load(trained).predict(CLIPS[0], **part)) == message


def test_a_part_behind_the_end_is_told_in_the_words_of_the_caller(trained):
    with pytest.raises(
        VideoError, match=r"no frame lies in the part start_s 60, end_s 62; the video has \d+ frames at "
    ):
        pyvideoai.load(trained).predict(CLIPS[0], start_s=60, end_s=62)


def test_a_folder_of_videos_is_a_list_in_the_order_of_names(trained):
    model = pyvideoai.load(trained)
    Path("few").mkdir()
    for clip in CLIPS:
        Path("few", Path(clip).name).symlink_to(Path(clip).resolve())
    assert model.predict("few") == model.predict(sorted(CLIPS))
    Path("none").mkdir()
    told = "none is a folder without videos or numbered images"
    assert line(lambda: model.predict("none")) == told


def test_a_version_without_weights_says_so(workplace):
    folder = new_version(VERSION.parent)
    folder.write_run({"classes": [], "splits": {}})
    assert "no snapshot of configs here" in line(lambda: pyvideoai.load(folder.path))
