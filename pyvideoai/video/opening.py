"""Choose a reader and open a video with it."""

from pathlib import Path

from pyvideoai.errors import UserError, hint
from pyvideoai.video.errors import naming
from pyvideoai.video.video import IMAGES, Video

READERS = ("auto", "pyav", "decord", "torchcodec", "torchcodec_cuda")


def open_video(path: str | Path, reader: str = "auto", *, threads: int = 1) -> Video:
    """Open a video for reading frames by their index; use it in a `with` block.

    path: a video file, an image, or a folder of numbered images, which is a video somebody has extracted.
    reader: "auto" or "pyav" is frame-exact on every file: it chooses per file, by what is proven of its container and
        codec, how to decode as little as can be. "decord", "torchcodec" (`pip install torchcodec`) and
        "torchcodec_cuda", which decodes on a GPU, are not: of AVIs with packed B-frames (HMDB-51) they count one frame
        too many and return other ones than decoding from the start.
    threads: decoder threads; 1 is right inside data-loading workers, 0 means one per core.

    Of several video streams the one is read that ffmpeg chooses too. A file is refused whole where decoding it from the
    start fails, once that is seen; one that merely ends early counts the frames that it has.
    Raises VideoError, one line with the path and the reason, for whatever can't be decoded; UserError for the reader.
    """
    path = Path(path)
    if reader not in READERS:
        raise UserError(f"reader {reader!r}: {hint(reader, READERS)}")
    reader_type = _reader_for(path, reader)
    with naming(path):
        return reader_type(path, threads)


def _reader_for(path: Path, reader: str) -> type[Video]:
    if path.is_dir() or path.suffix.lower() in IMAGES:
        from pyvideoai.video.readers.frame_folder import FrameFolder as Reader
    elif reader == "decord":
        from pyvideoai.video.readers.decord import DecordVideo as Reader
    elif reader == "torchcodec":
        from pyvideoai.video.readers.torchcodec import TorchCodecVideo as Reader
    elif reader == "torchcodec_cuda":
        from pyvideoai.video.readers.torchcodec import TorchCodecCudaVideo as Reader
    else:
        from pyvideoai.video.readers.pyav import PyAVVideo as Reader
    return Reader
