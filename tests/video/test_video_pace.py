"""Frames per second and the times of frames: what the frames' own times say counts, in every container alike."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import painting
import pytest

from pyvideoai.data.sampling import AtFps, Dense
from pyvideoai.video import open_video
from pyvideoai.video.checking.one import check
from pyvideoai.video.layouts.pace import contradicts, first_step_back, pace
from pyvideoai.video.preparing.encode import rising_ticks

MS = Fraction(1, 1000)
CONTAINERS = [  # name, codec, B-frames
    ("a.mp4", "libx264", 2),
    ("a.mov", "mjpeg", 0),
    ("a.mkv", "libx264", 2),
    ("a.webm", "libvpx-vp9", 0),
    ("a.flv", "libx264", 2),
    ("a.ts", "libx264", 2),
    ("a.avi", "mpeg4", 0),
    ("bframes.avi", "mpeg4", 2),
    ("h264.avi", "libx264", 2),
    ("a.wmv", "wmv2", 0),
    ("a.gif", "gif", 0),
]


def odd(path: Path) -> list[str]:
    return [text for kind, text in check(path).notes if kind == "odd"]


@pytest.mark.parametrize(("name", "codec", "bframes"), CONTAINERS)
def test_a_slow_recording_is_as_slow_in_every_container(tmp_path, name, codec, bframes):
    """A header of 25 fps, frames 0.4 s apart."""
    pixels = {"gif": "rgb8", "mjpeg": "yuvj420p"}.get(codec)
    how = {"codec": codec, "bframes": bframes, "pixel_format": pixels, "times": range(0, 100, 10)}
    with open_video(painting.write_painted(tmp_path / name, 10, **how)) as video:
        assert (video.fps, video.times) == (pytest.approx(2.5, abs=1e-9), None)
        clip = AtFps(Dense(8, 4), 30).test(video.num_frames, video.fps, 0, 1)  # 29 frames at 30 fps: 0.93 s
        assert clip.tolist() == [3, 4, 4, 4, 5, 5, 5, 6]


def test_check_videos_tells_a_header_that_the_frames_contradict(tmp_path):
    for name, told in (("a.mkv", 1), ("a.mp4", 0)):
        path = painting.write_painted(tmp_path / name, 10, times=range(0, 100, 10))
        assert odd(path).count("header 25 fps, frames at 2.5") == told, odd(path)
    assert not odd(painting.write_painted(tmp_path / "even.mkv", 30, fps=30, bframes=2))


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.ts"])
@pytest.mark.parametrize("fps", [24, 25, 30, 60])
def test_the_rounding_of_times_to_a_containers_clock_changes_no_rate(tmp_path, name, fps):
    with open_video(painting.write_painted(tmp_path / name, 17, fps=fps, bframes=2)) as video:
        assert (video.fps, video.times) == (fps, None)


def test_raw_dv_is_not_60000_fps(tmp_path):
    how = {"codec": "dvvideo", "size": (576, 720), "pixel_format": "yuv420p"}
    for frames in (1, 9):
        with open_video(painting.write_painted(tmp_path / f"{frames}.dv", frames, **how)) as video:
            assert (video.num_frames, video.fps, video.times) == (frames, 25, None)


@pytest.mark.parametrize(("name", "codec"), [("a.h264", "libx264"), ("a.hevc", "libx265")])
def test_without_a_container_the_stream_itself_tells(tmp_path, name, codec):
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = painting.write_painted(tmp_path / name, 30, codec=codec, bframes=2, fps=30, options=options)
    with open_video(path) as video:
        assert (video.num_frames, video.fps, video.times) == (30, 30, None)


def test_packed_bframes_have_their_headers_rate(tmp_path):
    with open_video(painting.write_packed_avi(tmp_path / "a.avi", 31, fps=30)) as video:
        assert (video.num_frames, video.fps, video.times) == (31, 30, None)


def test_a_start_offset_and_an_edit_list_change_no_rate(tmp_path):
    with open_video(painting.write_painted(tmp_path / "a.mkv", 10, times=range(500, 600, 10))) as video:
        assert (video.fps, video.times) == (2.5, None)


def write_timed(path: Path, times: list[int]) -> Path:
    """100 frames that are shown at `times`, in ms, as the container has them."""
    plain = painting.write_painted(path.with_name(f"plain{path.suffix}"), len(times), codec="mpeg4")
    with av.open(str(plain)) as source, av.open(str(path), "w", options={"avoid_negative_ts": "disabled"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(each for each in source.demux(video=0) if each.size):
            packet.stream, packet.time_base, packet.pts = stream, MS, times[number]
            packet.dts = min(times[number:])
            target.mux(packet)
    return path


def with_pause(duplicate: bool = False, back: bool = False) -> list[int]:
    """25 fps, 10 s of pause after frame 9; with a frame at the time of the one before it, or before that."""
    times = [40 * (number if number < 10 else number + 250) for number in range(100)]
    times[50] -= 40 * duplicate + 80 * back
    return times


@pytest.mark.parametrize("duplicate", [False, True])
def test_one_time_that_two_frames_share_is_no_contradiction(tmp_path, duplicate):
    path = write_timed(tmp_path / "a.mkv", with_pause(duplicate))
    with open_video(path) as video:
        assert [video.frame_at(second) for second in (0.2, 5, 10.4, 10.8)] == [5, 10, 10, 20]
        assert video.fps == pytest.approx(99 / 13.96)  # a pause counts in a mean
        assert video.times[50] - video.times[49] == pytest.approx(0 if duplicate else 0.04)
    assert not [text for text in odd(path) if "is timed before" in text]


@pytest.mark.parametrize("count", [1, 3])
def test_only_a_step_back_drops_the_times_and_check_videos_says_so(tmp_path, count):
    times = with_pause(back=True)
    times[70] -= 80 * (count > 1)
    path = write_timed(tmp_path / "a.mkv", times)
    with open_video(path) as video:
        assert (video.fps, video.times, video.frame_at(1)) == (25, None, 25)
    assert "frame 50 is timed before frame 49; no time is used, 25 fps assumed" in odd(path)


def test_copies_hold_frames_of_one_time_in_their_order():
    ticks = rising_ticks(np.array([0, 0.1, 0.1, 0.1, 0.2]))
    assert ticks.tolist() == [0, 9000, 9001, 9002, 18000]


@pytest.mark.parametrize(
    ("ticks", "rates", "fps", "times"),
    [
        ([], [], 25, None),
        ([0], [Fraction(10)], 10, None),
        ([0], [Fraction(1000)], 25, None),
        ([0], [Fraction(60000), Fraction(50)], 50, None),
        ([0, 500], [Fraction(25)], 2, None),
        ([7, 7], [Fraction(25)], 25, None),
        ([0, None, 80], [Fraction(25)], 25, None),
        ([0, 33, 67, 100, 133], [Fraction(30)], 30, None),
        ([0, 33, 67, 100, 133], [None], 4 / 0.133, None),
        ([0, 40, 20], [Fraction(12)], 12, None),
        ([0, 40, 1040], [Fraction(25)], 2 / 1.04, [0, 40_000, 1_040_000]),
    ],
)
def test_pace(ticks, rates, fps, times):
    found = pace(ticks, MS, rates)
    assert found.fps == pytest.approx(fps)
    assert found.times is None if times is None else found.times.tolist() == times


def test_without_a_clock_ticks_say_nothing():
    assert pace([0, 40], None, [Fraction(12)]).fps == 12


def test_steps_back_and_contradictions():
    assert [first_step_back(each) for each in ([], [3], [1, 1, 2], [1, 3, 2], [None, 3, 2])] == [None] * 3 + [2, None]
    assert contradicts(Fraction(25), 2.5, 10) and not contradicts(Fraction(250, 91), 2.5, 10)
    assert not contradicts(None, 25, 10) and not contradicts(Fraction(50), 25, 1)
