"""Videos that somebody has extracted to images: a folder of numbered frames, or a single image."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pyvideoai.video.errors import VideoError
from pyvideoai.video.opening import IMAGES
from pyvideoai.video.video import Video

FRAMES_PER_SECOND = 25.0  # images don't tell
FRAME_NAMES = ("", "img", "image", "frame", "im", "rgb")  # what frames are called where optical flow lies beside them


class FrameFolder(Video):
    """A folder of images, frame i being the i-th by number, or one image. Raises VideoError.

    Whoever extracted them decides what frame i is. `ffmpeg -fps_mode passthrough -i a.avi %05d.jpg` gives the frames
    that the other readers give; without -fps_mode the frame rate is made constant, and frames may be doubled.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path = path
        self.files = [path] if path.is_file() else numbered_images(path)
        self.num_frames, self.fps = len(self.files), FRAMES_PER_SECOND
        self.height, self.width = self._read(0).shape[:2]

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        for number, index in enumerate(wanted.tolist()):
            picture = self._read(index)
            if picture.shape[:2] != (self.height, self.width):
                raise VideoError(
                    self.path, f"{self.files[index].name} is not {self.height} x {self.width}, as the first"
                )
            yield number, picture

    def _read(self, index: int) -> np.ndarray:
        from PIL import Image, ImageOps

        try:
            with Image.open(self.files[index]) as image:
                return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            name = self.files[index].name
            raise VideoError(self.path, f"{name} can't be decoded: {str(error).replace(str(self.path), '')}") from None

    def close(self) -> None:
        """Nothing is open."""


def numbered_images(folder: Path) -> list[Path]:
    """The images of a folder in the order of their numbers. Raises VideoError for gaps and for several kinds."""
    kinds = defaultdict(dict)
    for path in folder.iterdir():
        name = re.fullmatch(r"(.*?)[_\-. ]?(\d+)", path.stem)
        if path.suffix.lower() in IMAGES and name:
            kinds[name[1].lower()][int(name[2])] = path
    if not kinds:
        raise VideoError(folder, "a folder without numbered images")
    kind = next((name for name in FRAME_NAMES if name in kinds), None) if len(kinds) > 1 else next(iter(kinds))
    if kind is None:
        raise VideoError(folder, f"images of several kinds: {', '.join(sorted(kinds))}")
    numbers = sorted(kinds[kind])
    missing = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers))
    if missing:
        raise VideoError(folder, f"{len(missing)} frames are missing, the first is number {missing[0]}")
    return [kinds[kind][number] for number in numbers]


def looks_shifted(video: FrameFolder) -> bool:
    """Whether the first frame is there twice, as a constant frame rate makes it for 30 % of UCF-101."""
    if video.num_frames < 3:
        return False
    first, second, third = video.frames([0, 1, 2])
    return bool(np.array_equal(first, second) and not np.array_equal(second, third))
