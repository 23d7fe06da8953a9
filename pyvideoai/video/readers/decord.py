"""The decord reader, for comparison with work that used it. Not frame-exact on every file: see `open_video`."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pyvideoai import tarred
from pyvideoai.errors import UserError
from pyvideoai.video import libav
from pyvideoai.video.errors import VideoError
from pyvideoai.video.layouts.pace import FPS_UNKNOWN
from pyvideoai.video.video import Video


class DecordVideo(Video):
    """Read a file with decord, with decord's own frame count."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        decord = _decord()
        self.path, self.failure = path, decord.DECORDError
        libav.open_container(path).close()  # the library itself would follow a playlist to other files
        found = tarred.find(path)
        try:
            # Of a file-like object, the library reads all into memory.
            source = str(path.absolute()) if found is None else found.open(str(path))
            self.reader = decord.VideoReader(source, num_threads=threads)
            self.num_frames, self.fps = len(self.reader), float(self.reader.get_avg_fps()) or FPS_UNKNOWN
            self.height, self.width = self.reader[0].shape[:2]
        except (self.failure, RuntimeError, IndexError) as error:
            raise VideoError(path, f"decord can't open it: {_explain(error)}") from None

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        try:
            yield from enumerate(self.reader.get_batch(wanted.tolist()).asnumpy())
        except (self.failure, RuntimeError) as error:
            raise VideoError(self.path, f"decord can't decode it: {_explain(error)}") from None

    def close(self) -> None:
        self.reader = None


def _decord():
    try:
        import decord
    except ImportError:
        raise UserError(
            "reader = 'decord', but decord is not installed (wheels: Linux, x86-64); use reader = 'auto'"
        ) from None
    decord.logging.set_level(decord.logging.QUIET)
    return decord


def _explain(error: Exception) -> str:
    """Return decord's first line, without its place in decord's C++ source."""
    text = str(error).strip().splitlines() or [type(error).__name__]
    return re.sub(r"^(\[[\d:]+\] )?(\S+\.cc:\d+: )?", "", text[0])
