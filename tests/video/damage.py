"""Damaged videos of every codec that this PyAV can encode: the same ones each time."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import painting

CONTAINERS = (".mp4", ".mkv", ".avi", ".mov", ".flv", ".gif", ".apng", ".rm", ".roq", ".nut")
SIZES = ((64, 64), (144, 176), (576, 720), (720, 1280))  # (height, width): some codecs take one size only
ON_HARDWARE = ("_amf", "_nvenc", "_qsv", "_v4l2m2m", "_vaapi", "_vulkan", "_videotoolbox")
NO_FILES = {"wrapped_avframe", "vnull", "a64multi", "a64multi5"}  # nothing reads them back
OPTIONS = {
    "libx265": {"x265-params": "log-level=none"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
    "vc2": {"b": "100M"},
    "dnxhd": {"b": "60M"},
}
FRAMES = 12


def encoders() -> list[str]:
    """The software video encoders, by name."""
    return [name for name in sorted(av.codecs_available) if _encodes(name)]


def _encodes(name: str) -> bool:
    if name in NO_FILES or name.endswith(ON_HARDWARE):
        return False
    try:
        codec = av.Codec(name, "w")
    except ValueError:
        return False
    return codec.type == "video" and codec.name == name  # another name is what decoders of it are called


def write_sound(folder: Path, codec: str) -> Path | None:
    """A small video of a codec, in the first container that takes it; None where none does, as for many images."""
    for suffix in CONTAINERS:
        for size in SIZES:
            path = folder / f"{codec}{suffix}"
            try:
                _write(path, codec, size)
            except (av.FFmpegError, ValueError, OSError):
                path.unlink(missing_ok=True)
            else:
                return path
    return None


def _write(path: Path, codec: str, size: tuple[int, int]) -> None:
    formats = [each.name for each in av.Codec(codec, "w").video_formats or ()]
    with painting.usual_scheduling(), av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"threads": "1", "strict": "-2"} | OPTIONS.get(codec, {}))
        stream.height, stream.width = size
        stream.pix_fmt = next((each for each in ("yuv420p", *formats) if each in formats and each != "pal8"), "yuv420p")
        stream.gop_size = 6
        stream.codec_context.time_base = Fraction(1, 25)
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(painting.paint(number, *size), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if not path.stat().st_size:
        raise OSError("nothing was written")


def damaged(content: bytes, how: int, rng: np.random.Generator) -> bytes:
    """The content cut short, or with bits flipped, a stretch of zeros, two chunks swapped or one doubled."""
    changed = bytearray(content)
    at, other = sorted(rng.integers(len(changed), size=2).tolist())
    length = int(rng.integers(1, max(len(changed) // 8, 2)))
    match how % 5:
        case 0:
            return content[: max(other, 1)]
        case 1:
            for place in rng.integers(len(changed), size=int(rng.integers(1, 40))):
                changed[place] ^= 1 << int(rng.integers(8))
        case 2:
            changed[at : at + length] = bytes(len(changed[at : at + length]))
        case 3:
            length = min(length, other - at)
            end = other + length
            changed[at:end] = changed[other:end] + changed[at + length : other] + changed[at : at + length]
        case 4:
            changed[at:at] = changed[at : at + length]
    return bytes(changed)


def write_damaged(folder: Path, count: int, *, seed: int = 0) -> list[Path]:
    """`count` damaged files; codecs, in an order of the seed's, and kinds of damage in turn."""
    rng = np.random.default_rng(seed)
    sound = [path for codec in rng.permutation(encoders())[:count] if (path := write_sound(folder, str(codec)))]
    contents = [(path, path.read_bytes()) for path in sound]
    for path in sound:
        path.unlink()
    written = []
    for number in range(count):
        whole, content = contents[number % len(contents)]
        kind = number // len(contents) + number
        written.append(folder / f"{number:03d}_{kind % 5}_{whole.name}")
        written[-1].write_bytes(damaged(content, kind, rng))
    return written
