"""Write a copy, whole or not at all: H.264 by PyAV's own libx264, or a folder of JPEGs."""

import itertools
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from PIL import Image

from pyvideoai.errors import UserError
from pyvideoai.files import replacing
from pyvideoai.video.preparing.pictures import Resizer
from pyvideoai.video.preparing.settings import Settings

if TYPE_CHECKING:
    from av.container import OutputContainer

USUAL_FPS = (
    0.1,
    1000.0,
)  # other rates are mistakes of their container: the mp4 gets 25 fps, the manifest keeps the rate
TICK = Fraction(1, 90000)  # seconds; for copies whose frames don't follow each other evenly
FINEST = 60060  # the largest denominator of a frame rate: 30000/1001 is written exactly


def check_encoder() -> None:
    """Raise UserError if PyAV can't write H.264."""
    try:
        av.codec.Codec("libx264", "w")
    except ValueError:
        raise UserError(
            f"PyAV {av.__version__} was built without the encoder libx264; PyPI's wheels have it "
            "(pip install --force-reinstall --only-binary av av), and --jpeg needs none"
        ) from None


def write_copy(
    pictures: Iterable[np.ndarray],
    path: Path,
    size: tuple[int, int],
    settings: Settings,
    *,
    fps: float,
    times: np.ndarray | None = None,
) -> int:
    """Write the pictures, uint8 (H, W, 3), RGB, at `size` (height, width) to `path`; return their number.

    times: seconds at which each picture is shown; None: evenly, at `fps`. Images don't keep times.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if settings.jpeg is not None:
        with _replacing_folder(path) as folder:
            return _write_jpegs(pictures, folder, size, settings.jpeg)
    with replacing(path) as temporary:
        return _write_h264(pictures, temporary, size, settings, fps, times)


def _write_h264(
    pictures: Iterable[np.ndarray],
    path: Path,
    size: tuple[int, int],
    settings: Settings,
    fps: float,
    times: np.ndarray | None,
) -> int:
    """Write H.264.

    Colours go through RGB, as the reader shows them, so the copy needs none of the original's colour tags.
    """
    rate = Fraction(fps if USUAL_FPS[0] <= fps <= USUAL_FPS[1] else 25).limit_denominator(FINEST)
    tick, starts = (1 / rate, itertools.count()) if times is None else (TICK, rising_ticks(times))
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=rate, options=_x264(settings))
        stream.height, stream.width, stream.pix_fmt = *size, "yuv420p"
        stream.gop_size, stream.max_b_frames = settings.gop, settings.bframes
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = tick
        return _mux(container, _encoded(stream, map(Resizer(*size, "yuv420p"), pictures), starts, tick), rate, tick)


def rising_ticks(times: np.ndarray) -> np.ndarray:
    """Return int64: the times in ticks.

    A frame shown at the same time as the one before, which mp4 forbids, is a tick later.
    """
    ticks, numbers = np.round(times / float(TICK)).astype(np.int64), np.arange(len(times))
    # Take i from tick i, make that never fall, and add i again: now each tick is at least one above the one before.
    return np.maximum.accumulate(ticks - numbers) + numbers


def _encoded(
    stream: "av.VideoStream", frames: Iterable["av.VideoFrame"], starts: Iterable[int], tick: Fraction
) -> Iterator["av.Packet"]:
    """Yield a packet for each frame, which is shown at its start, in ticks."""
    for frame, start in zip(frames, starts, strict=False):
        frame.pts, frame.time_base = int(start), tick
        yield from stream.encode(frame)
    yield from stream.encode()


def _mux(container: "OutputContainer", packets: Iterator["av.Packet"], rate: Fraction, tick: Fraction) -> int:
    """Write the packets; return their number. The last one lasts until the mean rate is `rate`, if that is possible."""
    count, first, last = 0, 0, None
    for packet in packets:
        if last is None:
            first = packet.dts
        else:
            container.mux(last)
        last, count = packet, count + 1
    if last is not None:
        last.duration = max(round(count / rate / tick) - (last.dts - first), 1)
        container.mux(last)
    return count


def _x264(settings: Settings) -> dict[str, str]:
    # B-frames that no other frame needs, and few reference frames: what isn't wanted need not be decoded
    return {
        "preset": settings.preset,
        "crf": str(settings.crf),
        "tune": "fastdecode",
        "x264-params": "b-pyramid=none:open-gop=0",
    }


def _write_jpegs(pictures: Iterable[np.ndarray], folder: Path, size: tuple[int, int], quality: int) -> int:
    """Write 00001.jpg, 00002.jpg, ...: frame 0 is number 1, as ffmpeg counts."""
    count, resize = 0, Resizer(*size, "rgb24")
    for count, picture in enumerate(pictures, start=1):
        pixels = picture if picture.shape[:2] == size else resize(picture).to_ndarray()
        Image.fromarray(np.ascontiguousarray(pixels)).save(folder / f"{count:05d}.jpg", quality=quality)
    return count


@contextmanager
def _replacing_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; when the block ends well, it takes the place of `path`."""
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"))
    try:
        yield temporary
        temporary.chmod(0o755)
        if path.exists():
            shutil.rmtree(path)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
