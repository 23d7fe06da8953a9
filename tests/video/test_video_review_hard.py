"""Files made to mislead a reader that seeks or counts packets: what counts is what decoding from the start gives."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import painting
import pytest
from av.bitstream import BitStreamFilterContext

from pyvideoai.video import VideoError, open_video

pytestmark = pytest.mark.long


@dataclass(frozen=True)
class Coded:
    """A packet to be; times in 1 / fps."""

    payload: bytes
    pts: int
    dts: int
    is_keyframe: bool


Edit = Callable[[list[Coded]], list[Coded]]


def remux(source: Path, target: Path, edit: Edit, *, fps: int = 25, bsf: str = "", **options: str) -> Path:
    """Copy the coded frames of `source` to another container, changed by `edit`."""
    with av.open(str(source)) as reading, av.open(str(target), "w", options=options) as writing:
        stream = writing.add_stream_from_template(reading.streams.video[0])
        filtered = BitStreamFilterContext(bsf, reading.streams.video[0]) if bsf else None
        for coded in edit(_coded(reading, fps, filtered)):
            packet = av.Packet(coded.payload)
            packet.stream, packet.time_base = stream, Fraction(1, fps)
            packet.pts, packet.dts, packet.is_keyframe = coded.pts, coded.dts, coded.is_keyframe
            writing.mux(packet)
    return target


def _coded(reading: av.container.InputContainer, fps: int, filtered: BitStreamFilterContext | None) -> list[Coded]:
    packets = [packet for packet in reading.demux(video=0) if packet.size]
    if filtered:
        packets = [part for packet in packets for part in filtered.filter(packet)]
    ticks = [packet.time_base * fps for packet in packets]
    return [
        Coded(bytes(packet), round(packet.pts * tick), round(packet.dts * tick), packet.is_keyframe)
        for packet, tick in zip(packets, ticks, strict=True)
    ]


def from_packet(first: int) -> Edit:
    return lambda packets: packets[first:]


def without(number: int) -> Edit:
    return lambda packets: packets[:number] + packets[number + 1 :]


def shifted(by: int) -> Edit:
    return lambda packets: [replace(each, pts=each.pts + by, dts=each.dts + by) for each in packets]


def all_called_keyframes(packets: list[Coded]) -> list[Coded]:
    return [replace(each, is_keyframe=True) for each in packets]


def every_third_called_a_keyframe(packets: list[Coded]) -> list[Coded]:
    return [replace(each, is_keyframe=number % 3 == 0) for number, each in enumerate(packets)]


def two_at_a_time(packets: list[Coded]) -> list[Coded]:
    """Time stamps that are shared by pairs of frames."""
    return [replace(each, pts=number // 2, dts=number // 2) for number, each in enumerate(packets)]


def some_hidden_vp8(packets: list[Coded]) -> list[Coded]:
    """Frames decoded but never shown, as two-pass libvpx makes them: bit 4 of the frame tag (RFC 6386, 9.1)."""
    shown_bit = 0x10
    return [
        replace(each, payload=bytes([each.payload[0] & ~shown_bit]) + each.payload[1:]) if number % 7 == 5 else each
        for number, each in enumerate(packets)
    ]


def some_not_coded_mpeg4(packets: list[Coded]) -> list[Coded]:
    """Every fifth packet says that nothing is coded, as XviD writes for a frame equal to the one before."""
    return [replace(each, payload=painting.NOT_CODED) if n % 5 == 4 else each for n, each in enumerate(packets)]


def keep(packets: list[Coded]) -> list[Coded]:
    return packets


X264 = {"bframes": 3, "frames": 50, "gop": 12}
LONG = {"bframes": 3, "frames": 70, "gop": 20}
NO_REORDERING = {"frames": 40, "gop": 10}
OPEN = "open-gop=1:keyint=10:min-keyint=10:scenecut=0"
HEVC_OPEN = {"codec": "libx265", "bframes": 3, "frames": 50, "options": {"x265-params": f"log-level=none:{OPEN}"}}
X264_OPEN = {"bframes": 3, "frames": 50, "options": {"x264-params": OPEN}}
REFRESH = {"frames": 50, "gop": 10, "options": {"x264-params": "intra-refresh=1:scenecut=0:ref=4"}}
VP9_HIDDEN = {
    "codec": "libvpx-vp9",
    "frames": 40,
    "gop": 20,
    "options": {"auto-alt-ref": "1", "lag-in-frames": "16", "cpu-used": "8"},
}
VP8_HIDDEN = {"codec": "libvpx", "frames": 40, "gop": 20, "options": VP9_HIDDEN["options"]}

HARD: dict[str, tuple[dict, str, Edit, dict]] = {  # how it is encoded, into which file, which packets, how it is muxed
    "starts_between_keyframes": (X264, "a.mp4", from_packet(5), {}),
    "starts_between_keyframes_ts": (X264, "a.ts", from_packet(5), {"bsf": "h264_mp4toannexb"}),
    "open_gop_starts_at_second": (X264_OPEN, "a.mp4", from_packet(10), {}),
    "hevc_starts_between_keyframes": (HEVC_OPEN, "a.mp4", from_packet(4), {}),
    "hevc_open_gop_starts_at_second": (HEVC_OPEN, "a.mp4", from_packet(10), {}),
    "hevc_open_gop_mkv": (HEVC_OPEN, "a.mkv", keep, {}),
    "edit_list_cuts_the_start": (LONG, "a.mp4", shifted(-7), {}),
    "edit_list_cuts_a_whole_group": (LONG, "a.mp4", shifted(-27), {}),
    "starts_late": (X264, "a.mp4", shifted(9), {}),
    "starts_late_mkv": (X264, "a.mkv", shifted(9), {}),
    "negative_offsets": (X264, "a.mp4", keep, {"movflags": "negative_cts_offsets"}),
    "fragmented_late": (X264, "a.mp4", shifted(9), {"movflags": "frag_keyframe+empty_moov"}),
    "all_called_keyframes": (X264, "a.mp4", all_called_keyframes, {}),
    "all_called_keyframes_mkv": (X264, "a.mkv", all_called_keyframes, {}),
    "some_called_keyframes": (LONG, "a.mp4", every_third_called_a_keyframe, {}),
    "hevc_all_called_keyframes": (HEVC_OPEN, "a.mp4", all_called_keyframes, {}),
    "vp9_some_called_keyframes": (VP9_HIDDEN, "a.webm", every_third_called_a_keyframe, {}),
    "mpeg4_some_called_keyframes": (
        {"codec": "mpeg4", "bframes": 2, "frames": 40},
        "a.avi",
        every_third_called_a_keyframe,
        {},
    ),
    "intra_refresh_mkv": (REFRESH, "a.mkv", keep, {}),
    "equal_times": (NO_REORDERING, "a.mkv", two_at_a_time, {}),
    "equal_times_fast": (NO_REORDERING, "a.mkv", keep, {"fps": 3000}),
    "a_reference_is_missing": (X264, "a.mp4", without(13), {}),
    "a_keyframe_is_missing": (LONG, "a.mp4", without(20), {}),
    "a_reference_is_missing_mpeg4": ({"codec": "mpeg4", "bframes": 2, "frames": 40}, "a.avi", without(4), {}),
    "no_times": (X264, "a.h264", keep, {"bsf": "h264_mp4toannexb"}),
    "no_times_hevc": (HEVC_OPEN, "a.hevc", keep, {"bsf": "hevc_mp4toannexb"}),
    "no_times_mpeg4": ({"codec": "mpeg4", "bframes": 2, "frames": 40}, "a.m4v", keep, {}),
    "hidden_frames_vp8": (VP8_HIDDEN, "a.webm", some_hidden_vp8, {}),
    "not_coded_mpeg4": ({"codec": "mpeg4", "bframes": 1, "frames": 40}, "a.avi", some_not_coded_mpeg4, {}),
    "not_coded_mpeg4_without_bframes": ({"codec": "mpeg4", "frames": 40}, "a.avi", some_not_coded_mpeg4, {}),
    "interlaced": ({**X264, "options": {"x264-params": "interlaced=1:slices=3"}}, "a.mp4", keep, {}),
    "many_references": ({**LONG, "options": {"x264-params": "ref=8:b-pyramid=strict:weightp=2"}}, "a.mp4", keep, {}),
}


@pytest.mark.parametrize("name", HARD)
def test_it_is_what_decoding_from_the_start_gives(tmp_path, name):
    how, file, edit, muxing = HARD[name]
    suffix = ".webm" if how.get("codec", "").startswith("libvpx") else ".mp4"
    source = painting.write_painted(tmp_path / f"source{suffix}", fps=muxing.get("fps", 25), **how)
    path = remux(source, tmp_path / file, edit, **muxing)
    check(path, seed=len(name))


def check(path: Path, seed: int) -> None:
    """Several asks of one open video against the truth; refused is what breaks when it is decoded from the start."""
    truth = sequential(path)
    if truth is None:
        with pytest.raises(VideoError):
            open_video(path)
        return
    rng = np.random.default_rng(seed)
    with open_video(path) as video:
        assert video.num_frames == len(truth)
        asks = [rng.integers(len(truth), size=count) for count in (1, 2, 8, 1, 1)]
        for indices in [*asks, np.arange(len(truth))[::-3], np.arange(len(truth) // 2, len(truth), 8), [0]]:
            assert np.array_equal(video.frames(indices), truth[indices]), indices


def sequential(path: Path) -> np.ndarray | None:
    """uint8 (T, H, W, 3), all that decoding from the start gives; None when it gives none or fails."""
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        try:
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        except av.FFmpegError:
            return None
    return np.stack(frames) if frames else None


@pytest.mark.parametrize("seed", range(8))
def test_any_settings_of_x264(tmp_path, seed):
    rng = np.random.default_rng(seed)
    settings = {
        "ref": rng.integers(1, 9),
        "open-gop": rng.integers(2),
        "keyint": rng.integers(3, 30),
        "scenecut": rng.choice([0, 40]),
        "b-pyramid": rng.choice(["none", "strict", "normal"]),
        "b-adapt": rng.integers(3),
        "bframes": rng.integers(0, 8),
        "slices": rng.integers(1, 3),
        "cabac": rng.integers(2),
    }
    options = {"x264-params": ":".join(f"{name}={value}" for name, value in settings.items())}
    times = np.cumsum(rng.integers(1, 4, size=60)).tolist() if seed % 2 else None
    file = rng.choice(["a.mp4", "a.mkv", "a.mov", "a.avi"] if times is None else ["a.mp4", "a.mkv"])
    check(painting.write_painted(tmp_path / str(file), 60, times=times, options=options), seed)


def test_who_wrote_an_mpeg4_file_is_learnt_from_its_first_packet_alone(tmp_path):
    """XviD's files are decoded with XviD's own inverse transform; here only the first packet names XviD."""
    plain = painting.write_painted(tmp_path / "plain.mp4", codec="mpeg4", gop=10)
    by_xvid = b"\x00\x00\x01\xb2XviD0046"  # user data
    named = remux(plain, tmp_path / "a.mp4", lambda all: [replace(all[0], payload=by_xvid + all[0].payload), *all[1:]])
    truth = sequential(named)
    assert not np.array_equal(truth[25], sequential(plain)[25])
    with open_video(named) as video:
        assert len(video.layout.entries) > 1 and video.layout.stored
        assert np.array_equal(video.frames([25, 27]), truth[[25, 27]])


def test_a_stream_that_is_joined_from_two(tmp_path):
    parts = [
        painting.write_painted(tmp_path / "a.ts", 25, bframes=2),
        painting.write_painted(tmp_path / "b.ts", 25, first=100, options={"x264-params": "ref=5:bframes=5"}),
    ]
    path = tmp_path / "joined.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    check(path, 0)


DAMAGED: dict[str, tuple[str, dict]] = {
    "h264": ("a.mp4", {"bframes": 3, "gop": 20}),
    "h264_mkv": ("a.mkv", {"bframes": 3, "gop": 20}),
    "hevc": ("a.mp4", {"codec": "libx265", "bframes": 3, "options": {"x265-params": "log-level=none:keyint=20"}}),
    "mpeg4": ("a.avi", {"codec": "mpeg4", "bframes": 2}),
    "vp8": ("a.webm", VP8_HIDDEN),
    "vp9": ("a.webm", VP9_HIDDEN),
    "mjpeg": ("a.avi", {"codec": "mjpeg"}),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_refused_or_shown_as_decoding_from_the_start_shows_it(tmp_path, name, seed):
    file, how = DAMAGED[name]
    rng = np.random.default_rng(seed)
    how = {key: value for key, value in how.items() if key != "frames"}
    path = painting.write_video(tmp_path / file, busy_pictures(40, rng), **how)
    content = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    for at, size in (places[number] for number in rng.integers(1, len(places), size=2)):
        content[at + size // 2 + int(rng.integers(max(size // 3, 1)))] ^= 1 << int(rng.integers(8))
    path.write_bytes(content)
    truth = until_it_breaks(path)
    for index in rng.permutation(len(truth))[:12]:
        try:
            with open_video(path) as video:
                frame = video.frames([index])[0]
        except VideoError:
            continue
        assert np.array_equal(frame, truth[index]), index


def busy_pictures(count: int, rng: np.random.Generator) -> list[np.ndarray]:
    """uint8 (64, 64, 3) each: something moves everywhere, so that every packet matters."""
    noise = rng.integers(60, size=(64, 64 + 2 * count, 3)).astype(np.uint8)
    return [painting.paint(number) // 2 + noise[:, 2 * number : 2 * number + 64] for number in range(count)]


def until_it_breaks(path: Path) -> list[np.ndarray]:
    """The frames that decoding from the start gives before it fails, if it does."""
    frames = []
    with av.open(str(path)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        try:
            for frame in container.decode(video=0):
                frames.append(frame.to_ndarray(format="rgb24"))
        except av.FFmpegError:
            pass
    return frames
