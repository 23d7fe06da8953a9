"""tools/run_predict.py: many videos, parts and long videos; the numbers are those of an evaluation."""

import csv
import json
import shutil
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from workplaces import CHOICE, COLOURS

import pyvideoai
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import predict as predict_command
from pyvideoai.errors import UserError
from pyvideoai.video import VideoError, open_video
from pyvideoai.video.layouts import memo
from pyvideoai.video.readers import pyav

FRAMES, FPS = 110, 25


def line(*arguments: object) -> str:
    with pytest.raises(UserError) as error:
        predict_command.main([str(each) for each in arguments])
    assert "\n" not in str(error.value)
    return str(error.value)


def predict(*arguments: object) -> int:
    return predict_command.main([str(each) for each in arguments])


def table_of(path: str) -> list[dict]:
    return list(csv.DictReader(Path(path).read_text().splitlines()))


@pytest.fixture(scope="session")
def long_video(tmp_path_factory) -> Path:
    """4.4 s: red, blue, red, with a beep of MP2, which an .mp4 of ours writes as AAC."""
    path = tmp_path_factory.mktemp("long") / "long.mkv"
    random = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        video, sound = container.add_stream("libx264", rate=FPS), container.add_stream("mp2", rate=44100)
        video.width, video.height, video.pix_fmt, video.gop_size = 64, 48, "yuv420p", 30
        for number in range(FRAMES):
            colour = np.array(COLOURS["blue" if 40 <= number < 75 else "red"])
            pixels = np.clip(colour + random.normal(0, 20, (48, 64, 3)), 0, 255).astype(np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(video.encode())
        for number in range(FRAMES * 44100 // FPS // 1152):
            beep = np.sin(np.arange(1152)[None] / 20).astype(np.float32).repeat(2, 0)
            frame = av.AudioFrame.from_ndarray(beep, format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = 44100, number * 1152
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path


def test_a_split_has_the_probabilities_that_an_evaluation_saves(trained):
    assert eval_command.main(["--from", str(trained), "-p"]) == 0
    saved = np.load(next((trained / "predictions").glob("*.npz")))
    Path("clips.csv").write_text("video,label\n" + "".join(f"clips/{row}\n" for row in _rows("test.csv")))
    model = pyvideoai.load(trained)
    for workers in (0, 2):
        found = list(model.predict_each("clips.csv", workers=workers))
        assert np.array_equal([each.probabilities for each in found], saved["probabilities"])
    one = model.probabilities(found[3].video)
    assert np.allclose(one, saved["probabilities"][3], atol=1e-6)


def _rows(table: str) -> list[str]:
    return Path(table).read_text().splitlines()[1:]


def test_a_bad_file_is_a_row_and_the_exit_code_tells(trained, capsys):
    Path("bad.mp4").write_bytes(b"no video")
    videos = ["clips/test_red_0.mp4", "bad.mp4", "clips/test_blue_0.mp4", "gone.mp4"]
    assert predict(trained, *videos, "--output", "out.csv", "--top", 1) == 1
    rows = table_of("out.csv")
    assert [row["video"] for row in rows] == videos
    assert [bool(row["error"]) for row in rows] == [False, True, False, True] and rows[3]["error"] == "no such file"
    assert [row["predicted"] for row in rows[::2]] == [
        pyvideoai.load(trained).predict(video)[0][0] for video in videos[::2]
    ]
    said = capsys.readouterr().out
    assert "bad.mp4  FAILED: " in said and "4 videos; 2 could not be decoded: bad.mp4, gone.mp4" in said
    assert predict(trained, "clips/test_red_0.mp4") == 0


def test_lists_carry_their_columns_and_parts(trained, long_video, monkeypatch):
    shutil.copy(long_video, "long.mkv")
    Path("parts.csv").write_text("video,start_s,end_s,camera\nlong.mkv,0,1.5,a\nlong.mkv,1.7,,=b\n")
    assert predict(trained, "parts.csv", "--output", "out.jsonl") == 0
    first, second = map(json.loads, Path("out.jsonl").read_text().splitlines())
    assert (first["start_s"], first["end_s"], first["camera"]) == (0, 1.5, "a")
    assert "end_s" not in second and second["camera"] == "=b"
    model = pyvideoai.load(trained)
    for row, part in ((first, {"start_s": 0, "end_s": 1.5}), (second, {"start_s": 1.7})):
        expected = model.predict("long.mkv", **part)
        assert [each["label"] for each in row["predictions"]] == [name for name, _ in expected]
        assert [each["probability"] for each in row["predictions"]] == pytest.approx([p for _, p in expected], abs=1e-6)
    monkeypatch.setattr("sys.stdin", iter(["clips/test_red_0.mp4\n", "\n", "clips/test_red_1.mp4\n"]))
    assert predict(trained, "-", "--output", "named.csv") == 0
    assert len(table_of("named.csv")) == 2


def test_published_weights_predict_without_an_experiment(trained):
    weights = trained / "weights" / "best.pth"
    assert predict(*CHOICE, "--weights", weights, "clips/test_red_0.mp4", "--output", "a.jsonl") == 0
    assert predict(weights, "clips/test_red_0.mp4", "--output", "b.jsonl") == 0
    assert Path("a.jsonl").read_text() == Path("b.jsonl").read_text()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "give an experiment folder (or -D -M -E, perhaps with --weights), then videos"),
        (["gone", "a.mp4"], "gone is not an experiment folder: it does not exist"),
        (["RUN"], "no videos: give an experiment folder"),
        (["RUN", "none"], "none is a folder without videos or numbered images"),
        (["RUN", "rtsp://camera/1"], "rtsp://camera/1 is an address; only --live reads addresses"),
        (["RUN", "a.mp4", "--output", "out.txt"], "out.txt must end in .csv or .jsonl"),
        (["RUN", "a.mp4", "--window", "2"], "--window is for long videos; say with --every"),
        (["RUN", "a.mp4", "--every", "0"], "every = 0 s: it must be a time of at least 0.001 s"),
        (["RUN", "a.mp4", "b.mp4", "--every", "1", "--plot", "p.png"], "--plot is for one video, and there are 2"),
        (["RUN", "a.mp4", "--set", "num_epochs=3"], "--set num_epochs=3: an evaluation may only set "),
        (["RUN", "wrong.csv"], "wrong.csv: no column video; did you mean 'path'?"),
        (["RUN", "late.csv"], "late.csv: 1 of 1 rows are faulty: row 0: end_s 1 is not after start_s 2"),
    ],
)
def test_what_cannot_be_run_is_one_line(trained, given, message):
    Path("none").mkdir()
    Path("wrong.csv").write_text("path,start_s\na.mp4,1\n")
    Path("late.csv").write_text("video,start_s,end_s\na.mp4,2,1\n")
    assert message in line(*[trained if each == "RUN" else each for each in given])


@pytest.mark.parametrize("missing", ["run.json", "configs", "weights"])
def test_an_older_folder_without_a_part_is_one_line(trained, missing):
    part = trained / missing
    shutil.rmtree(part) if part.is_dir() else part.unlink()
    line(trained, "clips/test_red_0.mp4")


def test_a_scan_gives_what_predict_gives_of_each_window(trained, long_video):
    model = pyvideoai.load(trained)
    moments = list(model.scan(long_video, every_s=0.5, window_s=1.2))
    assert [moment.start_s for moment in moments] == [0.5 * number for number in range(8)]
    assert moments[-1].end_s == pytest.approx(FRAMES / FPS)
    for moment in moments:
        expected = model.probabilities(long_video, start_s=moment.start_s, end_s=moment.start_s + 1.2)
        assert np.allclose(moment.probabilities, expected, atol=1e-6)
    assert len({moment.top[0][1] for moment in moments}) > 4


def test_a_scan_decodes_each_frame_once_and_nothing_beforehand(trained, long_video, monkeypatch):
    model, decoded = pyvideoai.load(trained), []
    memo.forget()
    real = pyav.libav.decode_all

    def counting(*arguments):
        for frame in real(*arguments):
            decoded.append(frame.pts)
            yield frame

    monkeypatch.setattr(pyav.libav, "decode_all", counting)
    assert len(list(model.scan(long_video, every_s=0.2, window_s=2))) == 13
    assert len(decoded) == len(set(decoded)) <= FRAMES


def test_a_scan_that_was_left_early_ends_its_thread(trained, long_video):
    before = threading.active_count()
    moments = pyvideoai.load(trained).scan(long_video, every_s=0.1)
    next(moments)
    moments.close()
    assert threading.active_count() == before


def test_packed_b_frames_are_scanned_exactly(trained, shared):
    """Their packets promise other frames than come out: the scan notices and starts again."""
    model, video = pyvideoai.load(trained), next((shared / "videos/hmdb51/climb_stairs").glob("*.avi"))
    memo.forget()
    moments = list(model.scan(video, every_s=1))
    memo.forget()
    for moment in moments:
        expected = model.probabilities(video, start_s=moment.start_s, end_s=moment.start_s + 2)
        assert np.allclose(moment.probabilities, expected, atol=1e-6)


def test_what_comes_before_damage_is_given(trained, shared):
    moments = pyvideoai.load(trained).scan(shared / "videos/odd/corrupt_h264.mp4", every_s=0.1, window_s=0.3)
    assert next(moments).start_s == 0
    with pytest.raises(VideoError, match="decoding fails after 28 frames"):
        list(moments)


def test_odd_videos_are_scanned(trained, shared):
    model, odd = pyvideoai.load(trained), shared / "videos/odd"
    for name, every in (("rotate90_h264_3frames.mov", 1), ("vfr_slow_motion.mp4", 0.2)):
        memo.forget()
        for moment in model.scan(odd / name, every_s=every):
            expected = model.probabilities(odd / name, start_s=moment.start_s, end_s=moment.start_s + 2 * every)
            assert np.allclose(moment.probabilities, expected, atol=1e-6), name


def test_a_long_video_is_written_plotted_and_annotated(trained, long_video, capsys):
    options = ["--every", 0.5, "--output", "out.csv", "--plot", "plot.png", "--annotate", "out.mp4", "--top", 2]
    assert predict(trained, long_video, *options) == 0
    rows = table_of("out.csv")
    assert len(rows) == 8 and rows[1]["start_s"] == "0.5" and rows[1]["end_s"] == "1.5" and not rows[1]["error"]
    assert Path("plot.png").read_bytes().startswith(b"\x89PNG")
    with av.open("out.mp4") as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264", "aac"]
        frames = list(container.decode(container.streams.video[0]))
    assert [frame.time for frame in frames] == pytest.approx([number / FPS for number in range(FRAMES)], abs=1e-4)
    with open_video(long_video) as video:
        drawn, plain = frames[20].to_ndarray(format="rgb24"), video.frames([20])[0]
    assert drawn[:12, :30].mean() < 0.8 * plain[:12, :30].mean()
    assert np.abs(drawn[36:].astype(int) - plain[36:]).mean() < 12
    with av.open("out.mp4") as container:
        sound = np.concatenate([each.to_ndarray() for each in container.decode(container.streams.audio[0])], axis=1)
    assert sound.shape[1] / 44100 == pytest.approx(FRAMES / FPS, abs=0.1) and np.abs(sound).max() > 0.5


def test_an_evaluation_of_disturbed_clips_has_files_of_its_own(trained, capsys):
    saved = {}
    for control in (None, "reversed", "frozen"):
        assert eval_command.main(["--from", str(trained), *(["--control", control] if control else [])]) == 0
        name = f"test_epoch0001_2x3{f'_{control}' if control else ''}.npz"
        saved[control] = np.load(trained / "predictions" / name)["probabilities"]
        assert f"frames {control}" in capsys.readouterr().out or control is None
    assert not np.allclose(saved[None], saved["reversed"]) and not np.allclose(saved["frozen"], saved["reversed"])
