"""MMAction2 1.2's order of work in our own words, with decord and OpenCV as there (configs of I3D, TSN, SlowOnly).

The file is read into memory, opened by decord with one thread, the frames come out whole as RGB; each is resized to a
short side of 256 by OpenCV, cropped, for training resized again to the crop's size and perhaps mirrored; all are put
together as N C T H W and stay uint8. `mmaction2_package` holds this against the package itself.
Source: open-mmlab/mmaction2 (Apache-2.0), mmaction/datasets/transforms: DecordInit, SampleFrames, DecordDecode
(accurate), Resize, MultiScaleCrop, Flip, CenterCrop, ThreeCrop, FormatShape; checked against mmaction2 1.2.0.
"""

import functools
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmark.loader.protocol import TEST_SCALE, Job, Protocol
from benchmark.loader.stopwatch import Stopwatch
from pyvideoai.data.pixels import Region
from pyvideoai.data.pixels_peers import MMActionShortSide, MultiScaleCrop
from pyvideoai.data.views_peers import MMActionViews
from pyvideoai.errors import UserError


class MMAction2:
    """The contestant."""

    name = "MMAction2's order"
    converts_as_pyav = False

    def __init__(self) -> None:
        self.cv2, self.decord = _libraries()

    def prepare(self, protocol: Protocol, job: Job) -> Callable[[Stopwatch], object]:
        """See `timing.Contestant`."""
        order = self.train if protocol.views is None else self.test
        return functools.partial(order, protocol, job)

    def train(self, protocol: Protocol, job: Job, watch: Stopwatch) -> list[np.ndarray]:
        """Return one uint8 (1, 3, T, size, size) per clip, each from a file that is opened for it."""
        return [
            self._clip(protocol, job.path, indices, np.random.default_rng([job.row, job.draw, clip]), watch)
            for clip, indices in enumerate(job.indices)
        ]

    def _clip(
        self, protocol: Protocol, path: str, indices: np.ndarray, rng: np.random.Generator, watch: Stopwatch
    ) -> np.ndarray:
        frames = self._resized(self._decoded(path, indices, watch))
        box = MultiScaleCrop(protocol.size).step(Region.whole(*frames[0].shape[:2]), rng)
        top, left, height, width = (int(side) for side in (box.top, box.left, box.height, box.width))
        size = (protocol.size, protocol.size)
        frames = [frame[top : top + height, left : left + width] for frame in frames]
        frames = [self.cv2.resize(frame, size, interpolation=self.cv2.INTER_LINEAR) for frame in frames]
        if rng.random() < 0.5:
            for frame in frames:
                self.cv2.flip(frame, 1, frame)
        clip = _clips_first(frames, 1, len(frames))
        watch.lap("pixels")
        return clip

    def test(self, protocol: Protocol, job: Job, watch: Stopwatch) -> np.ndarray:
        """Return uint8 (crops x clips, 3, T, size, size); a frame that several clips share is decoded once."""
        size, views = protocol.size, MMActionViews(1, protocol.views.crops, protocol.views.scale, protocol.size)
        frames = self._resized(self._decoded(job.path, job.indices.reshape(-1), watch))
        corners = views.corners(*frames[0].shape[:2])
        crops = [frame[top : top + size, left : left + size] for top, left in corners for frame in frames]
        clips = _clips_first(crops, *job.indices.shape)
        watch.lap("pixels")
        return clips

    def frames(self, path: str, indices: np.ndarray) -> np.ndarray:
        """uint8 (T, H, W, 3): what it takes for these frames, before any resizing."""
        return self._batch(self._open(path), indices)

    def _decoded(self, path: str, indices: np.ndarray, watch: Stopwatch) -> list[np.ndarray]:
        reader = self._open(path)
        watch.lap("open")
        frames = list(self._batch(reader, indices))
        del reader
        watch.lap("decode")
        return frames

    def _open(self, path: str) -> object:
        try:
            return self.decord.VideoReader(io.BytesIO(Path(path).read_bytes()), num_threads=1)
        except self.decord.DECORDError as error:
            raise ValueError(f"{path}: decord can't open it: {error}") from None

    def _batch(self, reader: object, indices: np.ndarray) -> np.ndarray:
        try:  # it would have drawn among the frames that decord counts, which may be fewer
            return reader.get_batch(np.minimum(indices, len(reader) - 1)).asnumpy()
        except self.decord.DECORDError as error:
            raise ValueError(f"decord can't decode it: {error}") from None

    def _resized(self, frames: Sequence[np.ndarray]) -> list[np.ndarray]:
        whole = MMActionShortSide(TEST_SCALE).step(Region.whole(*frames[0].shape[:2]), None)
        size = (whole.out_width, whole.out_height)
        return [self.cv2.resize(frame, size, interpolation=self.cv2.INTER_LINEAR) for frame in frames]


def _clips_first(frames: Sequence[np.ndarray], clips: int, clip_frames: int) -> np.ndarray:
    """Turn crops x clips x T frames of (H, W, 3), in this order, into (crops x clips, 3, T, H, W)."""
    stacked = np.array(frames)
    stacked = stacked.reshape(-1, clips, clip_frames, *stacked.shape[1:]).transpose(0, 1, 5, 2, 3, 4)
    return stacked.reshape(-1, *stacked.shape[2:])


def _libraries() -> tuple[object, object]:
    try:
        import cv2
        import decord
    except ImportError as error:
        raise UserError(
            f"MMAction2's order needs {error.name}: pip install 'pyvideoai[benchmark]', or leave it out with "
            "--against slowfast"
        ) from None
    cv2.setNumThreads(0)  # as MMAction2's runner sets it
    decord.logging.set_level(decord.logging.QUIET)
    return cv2, decord
