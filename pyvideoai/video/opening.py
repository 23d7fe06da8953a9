"""Choose a reader and open a video with it."""

from pathlib import Path

from pyvideoai import tarred
from pyvideoai.errors import UserError, hint
from pyvideoai.video.errors import naming
from pyvideoai.video.reach import reaching
from pyvideoai.video.video import IMAGES, Video

READERS = ("auto", "pyav", "decord", "torchcodec", "torchcodec_cuda")


def open_video(path: str | Path, reader: str = "auto", *, threads: int = 1) -> Video:
    """Open a video for reading frames by their index; use it in a `with` block.

    path: a video file, an image, or a folder of numbered images (the extracted frames of a video).
    reader: "auto" or "pyav" is frame-exact on every file: for each file it decodes as little as is proven to be enough
        for its container and codec. "decord", "torchcodec" (`pip install torchcodec`) and "torchcodec_cuda", which
        decodes on a GPU, are not exact: in AVIs with packed B-frames (HMDB-51) they count one frame too many and return
        other frames than decoding from the start does.
    threads: decoder threads; 1 is right inside data-loading workers, 0 means one per core.

    If a file has several video streams, the one that ffmpeg chooses is read. A file in which decoding from the start
    fails is refused as a whole, once that is noticed; a file that merely ends early has the frames up to there.
    A file on a share that doesn't answer is tried again for some seconds.
    Raises VideoError, one line with path and reason, for a file that can't be decoded; UserError for an unknown reader.
    """
    path = Path(path)
    if reader not in READERS:
        raise UserError(f"reader {reader!r}: {hint(reader, READERS)}")
    return reaching(path, lambda: _opened(path, reader, threads))


def _opened(path: Path, reader: str, threads: int) -> Video:
    with naming(path):
        of_images = path.is_dir() or path.suffix.lower() in IMAGES
    # Outside `naming`: if a reader is not installed, the error must not blame the file.
    make = _reader_for("images" if of_images else reader)
    with naming(path):
        return make(path, threads)


def open_in_order(path: str | Path, reader: str = "auto") -> Video:
    """Open a video that is read once, from its start to its end, by `Video.stream`; use it in a `with` block.

    It is what `open_video` gives, except that no file is decoded beforehand, which takes long for hours of video. Where
    a file then turns out to be laid out in another way than its packets promise, `stream` raises PromiseBrokenError
    once; opened again, the file is read as it is. Raises as `open_video` does.
    """
    path = Path(path)
    if reader not in ("auto", "pyav") or not tarred.is_file(path) or path.suffix.lower() in IMAGES:
        return open_video(path, reader)
    from pyvideoai.video.readers.pyav import open_promised

    def opened() -> Video:
        with naming(path):
            return open_promised(path)

    return reaching(path, opened)


def _reader_for(reader: str) -> type[Video]:
    if reader == "images":
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
