"""Read videos that were extracted to images: a folder of numbered frames, or a single image."""

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from av.video.frame import VideoFrame

from pyvideoai.errors import counted
from pyvideoai.video.errors import VideoError
from pyvideoai.video.libav import check_file
from pyvideoai.video.pulse import beat
from pyvideoai.video.to_rgb import ToRgb
from pyvideoai.video.upright import Upright
from pyvideoai.video.video import IMAGES, Video

if TYPE_CHECKING:
    from PIL import Image

FRAMES_PER_SECOND = 25.0  # images don't tell
FRAME_NAMES = ("", "img", "image", "frame", "im", "rgb")  # what frames are called where optical flow lies beside them
WITH_PREVIEWS = {"MPO"}  # JPEGs of cameras and phones: their first picture is the one, others are previews of it


class FrameFolder(Video):
    """Read a folder of images, in which frame i is the i-th by number, or one image. Raises VideoError.

    Which frame i is depends on how they were extracted. `ffmpeg -fps_mode passthrough -i a.avi %05d.jpg` gives the same
    frames as the other readers; without -fps_mode the frame rate is made constant, and frames may be doubled.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        self.path = path
        if not path.is_dir():
            check_file(path)
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
        from PIL import Image

        name = self.files[index].name
        beat()
        if not self.files[index].is_file():  # a pipe would be waited for
            raise VideoError(self.path, f"{name} is not a file")
        try:
            with Image.open(self.files[index]) as image:
                unfit = _unfit(image)
                if unfit:
                    raise VideoError(self.path, f"{name} {unfit}")
                return _rgb(image)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise VideoError(self.path, f"{name} can't be decoded: {str(error).replace(str(self.path), '')}") from None

    def close(self) -> None:
        """Do nothing: no file stays open."""


def _unfit(image: "Image.Image") -> str:
    """Return why an image is not a frame; "" if it is one."""
    pictures = 1 if image.format in WITH_PREVIEWS else getattr(image, "n_frames", 1)
    if pictures > 1:
        return f"holds {pictures} pictures ({image.format}); convert it to a video or to single images"
    if image.mode == "F" or (image.mode == "I" and image.format != "PNG"):
        return f"has {'floating-point' if image.mode == 'F' else '32-bit'} pixels, whose range isn't known; give 8 bits"
    return ""


def _rgb(image: "Image.Image") -> np.ndarray:
    """Return uint8 (H, W, 3), upright."""
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image)
    if not upright.mode.startswith("I"):
        return np.array(upright.convert("RGB"))  # of our own: PIL's memory is read-only, which torch warns of
    # 16 bits of grey, which PIL would clip at 255: scaled by swscale as those of a video are
    frame = VideoFrame.from_ndarray(np.asarray(upright).astype(np.uint16), format="gray16le")
    return ToRgb(Upright()).convert(frame).copy()


def numbered_images(folder: Path) -> list[Path]:
    """Return the images of a folder in the order of their numbers.

    Raises VideoError if some are missing or kinds are mixed.
    """
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
        raise VideoError(folder, f"{counted(len(missing), 'frame')} missing, the first is number {missing[0]}")
    return [kinds[kind][number] for number in numbers]


def looks_shifted(video: FrameFolder) -> bool:
    """Return whether the first frame is there twice, which a constant frame rate does to 30 % of UCF-101."""
    if video.num_frames < 3:
        return False
    first, second, third = video.frames([0, 1, 2])
    return bool(np.array_equal(first, second) and not np.array_equal(second, third))
