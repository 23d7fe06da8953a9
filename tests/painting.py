"""Test videos whose frames carry their own number, painted as black and white blocks that survive lossy coding.

from painting import paint, read_number, write_painted, write_video
path = write_painted(tmp_path / "a.mp4", frames=40, codec="libx264", gop=12, bframes=2)
assert read_number(open_video(path).frames([17])[0]) == 17
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

GRID = 4  # 4 x 4 blocks: 12 bits of number, and a row of marks, so that a mirrored or turned frame is told
NUMBER_BITS = 12
MARKS = 0b1011
TEXTURE = np.random.default_rng(0).integers(-20, 21, size=(97, 97)).astype(np.int16)


def paint(number: int, height: int = 64, width: int = 64) -> np.ndarray:
    """uint8 (height, width, 3): frame `number` (0 ... 4095); at least 16 x 16 pixels for lossy codecs.

    From one number to the next one block changes and a texture moves on, so that encoders predict frames from others.
    """
    bits = ((number ^ number >> 1) | MARKS << NUMBER_BITS) >> np.arange(GRID * GRID) & 1
    rows, columns = np.arange(height), np.arange(width)
    blocks = bits.reshape(GRID, GRID)[rows * GRID // height][:, columns * GRID // width]
    texture = TEXTURE[(rows + number) % 97][:, (columns + 2 * number) % 97]
    return np.repeat((np.where(blocks, 220, 35) + texture).astype(np.uint8)[:, :, None], 3, axis=2)


def read_number(frame: np.ndarray) -> int:
    """The number painted on an upright frame, uint8 (H, W, 3). ValueError when there is none."""
    height, width = frame.shape[:2]
    middle = 2 * np.arange(GRID) + 1
    samples = frame[middle * height // (2 * GRID)][:, middle * width // (2 * GRID)].mean(axis=2)
    code = int(((samples > 127).reshape(-1) << np.arange(GRID * GRID)).sum())
    if code >> NUMBER_BITS != MARKS:
        raise ValueError(f"no number is painted here (code {code:016b})")
    number = code & ((1 << NUMBER_BITS) - 1)
    for shift in (8, 4, 2, 1):
        number ^= number >> shift
    return number


def write_painted(
    path: Path, frames: int = 30, *, codec: str = "libx264", size: tuple[int, int] = (64, 64), first: int = 0, **how
) -> Path:
    """A video whose frame i shows the number `first` + i; size is (height, width); `how` is that of `write_video`."""
    return write_video(path, [paint(first + number, *size) for number in range(frames)], codec=codec, **how)


@contextmanager
def usual_scheduling() -> Iterator[None]:
    """Undo what SVT-AV1 does to the thread that encodes, if it belongs to root: it becomes a real-time one (FIFO 99).

    All that is started later inherits that. Real-time threads give way to nobody: where there are more of them than
    cores, those that spin at a barrier keep the others, for which they wait, from ever arriving.
    """
    try:
        yield
    finally:
        if hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) != os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def write_video(
    path: Path,
    pictures: Sequence[np.ndarray],
    *,
    codec: str = "libx264",
    fps: int = 25,
    gop: int = 12,
    bframes: int = 0,
    pixel_format: str | None = None,
    times: Sequence[int] | None = None,
    display_matrix: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    audio: bool = False,
) -> Path:
    """Encode uint8 (H, W, 3) pictures. The suffix of `path` chooses the container.

    times: when each frame is shown, in 1 / fps (variable frame rate); default 0, 1, 2, ...
    display_matrix: 9 integers as libav has them. audio: whether a silent track is muxed in.
    """
    with usual_scheduling(), av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=fps, options={"threads": "1", **(options or {})})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixel_format or {"mjpeg": "yuvj420p"}.get(codec, "yuv420p")
        stream.gop_size, stream.max_b_frames = gop, bframes
        stream.codec_context.time_base = Fraction(1, fps)
        if display_matrix is not None:
            stream.set_display_matrix(display_matrix)
        sound = container.add_stream("aac", rate=16000) if audio else None
        for place, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = times[place] if times else place, Fraction(1, fps)
            container.mux(stream.encode(frame))
            if sound:
                container.mux(sound.encode(_silence(place, 16000 // fps)))
        container.mux(stream.encode())
        if sound:
            container.mux(sound.encode())
    return path


def write_packed_avi(path: Path, frames: int = 30, *, fps: int = 25, **how) -> Path:
    """An MPEG-4 AVI with packed B-frames as HMDB-51 has them: a P- and a B-frame share a packet, an empty one follows;
    so does one byte after the first packet. The container counts one frame more than there are.
    """
    plain = write_painted(path.with_suffix(".plain.avi"), frames, codec="mpeg4", fps=fps, bframes=1, **how)
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for time, payload in enumerate(_packed([bytes(packet) for packet in source.demux(video=0) if packet.size])):
            packet = av.Packet(payload)
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, Fraction(1, fps), time, time
            packet.is_keyframe = _coding_type(payload) == 0
            target.mux(packet)
    plain.unlink()
    return path


DIVX_PACKED = b"\x00\x00\x01\xb2DivX503b1393p"  # user data: the p says packed
VOP, NOT_CODED, NOTHING = b"\x00\x00\x01\xb6", b"\x00\x00\x01\xb6\x51\x77\x13\x7f", b"\x7f"


def _packed(payloads: list[bytes]) -> list[bytes]:
    """I P B P B ... to I, nothing, P+B, empty, P+B, empty, ..."""
    at = payloads[0].index(VOP)
    payloads = [payloads[0][:at] + DIVX_PACKED + payloads[0][at:], *payloads[1:]]
    packed = [payloads[0], NOTHING]
    for payload in payloads[1:]:
        if _coding_type(payload) == 2:
            packed[-1:] = [packed[-1] + payload, NOT_CODED]
        else:
            packed.append(payload)
    return packed


def _coding_type(payload: bytes) -> int:
    """0 for an I-, 1 for a P-, 2 for a B-frame; -1 for none."""
    at = payload.find(VOP)
    return payload[at + 4] >> 6 if at >= 0 else -1


def _silence(place: int, samples: int) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, samples), np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts = 16000, place * samples
    return frame
