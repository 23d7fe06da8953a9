"""Choose a reader and open a video with it."""

from pathlib import Path

from pyvideoai.errors import UserError, hint
from pyvideoai.video.video import Video

READERS = ("auto", "pyav", "decord")


def open_video(path: str | Path, reader: str = "auto", *, threads: int = 1) -> Video:
    """Open a video file for reading frames by their index; use it in a `with` block.

    reader: "auto" (frame-exact on every file) or "pyav". "decord" is not exact: of AVIs with packed B-frames (HMDB-51)
        it counts one frame too many and returns other frames than decoding from the start.
    threads: decoder threads; 1 is right inside data-loading workers, 0 means one per core.

    Of several video streams the one is read that ffmpeg chooses too. A file whose decoding fails anywhere is refused
    whole; one that merely ends early counts the frames that it has.
    Raises VideoError, one line with the path and the reason, for whatever can't be decoded.
    """
    if reader not in READERS:
        raise UserError(f"reader {reader!r}: {hint(reader, READERS)}")
    if reader == "decord":
        from pyvideoai.video.decord_reader import DecordVideo

        return DecordVideo(Path(path), threads)
    from pyvideoai.video.pyav_reader import PyAVVideo

    return PyAVVideo(Path(path), threads)
