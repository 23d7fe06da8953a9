"""Compare folders of extracted frames with their videos: a folder with more images than frames is shifted somewhere."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyvideoai.errors import UserError
from pyvideoai.video.checking.many import VIDEO_SUFFIXES
from pyvideoai.video.errors import VideoError
from pyvideoai.video.opening import open_video
from pyvideoai.video.readers.frame_folder import numbered_images


@dataclass(frozen=True)
class Compared:
    """Compare a video with its folder. None: it can't be read, or is not there."""

    video: str
    frames: int | None
    images: int | None

    @property
    def kind(self) -> str:
        if self.frames is None:
            return "unreadable video"
        if self.images is None:
            return "no images"
        if self.images == self.frames:
            return "same"
        return "more images than frames" if self.images > self.frames else "fewer images than frames"


def compare_all(frames: Path, videos: Path, processes: int) -> Iterator[Compared]:
    """Yield the result for each video below `videos`, in order. Raises UserError for a folder without videos."""
    paths = sorted(path.relative_to(videos) for path in videos.rglob("*") if path.suffix.lower() in VIDEO_SUFFIXES)
    if not paths:
        raise UserError(f"{videos}: no video in this folder")
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(compare, frames, videos), paths, chunksize=8)


def compare(frames: Path, videos: Path, video: Path) -> Compared:
    """Count the frames of one video (as decoding gives them) and the images of its folder."""
    return Compared(video.as_posix(), _frames(videos / video), _images(frames, video.with_suffix("")))


def _frames(path: Path) -> int | None:
    try:
        with open_video(path) as video:
            return video.num_frames
    except VideoError:
        return None


def _images(frames: Path, name: Path) -> int | None:
    for folder in (frames / name, frames / name.name):
        if folder.is_dir():
            try:
                return len(numbered_images(folder))
            except VideoError:
                return None
    return None
