"""Check a folder of extracted frames, or a single image."""

import hashlib
from pathlib import Path

from pyvideoai.video.readers.frame_folder import FrameFolder, looks_shifted

SHIFTED = "the first frame is there twice, all others come one late: extract with ffmpeg's -fps_mode passthrough"


def look(folder: Path, *, every_image: bool) -> tuple[FrameFolder, str, list[tuple[str, str]]]:
    """Return a folder's reader, the hash of its content, and notes. Raises VideoError.

    every_image: decode all images, not only the first ones.
    """
    with FrameFolder(folder) as video:
        for index in range(video.num_frames if every_image else 0):
            video.frames([index])
        notes = [("shifted", SHIFTED)] if looks_shifted(video) else []
        return video, _hash(video.files), notes


def _hash(files: list[Path]) -> str:
    content = hashlib.blake2b(digest_size=16)
    for file in files:
        content.update(file.read_bytes())
    return content.hexdigest()
