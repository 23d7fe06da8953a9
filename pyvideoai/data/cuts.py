"""Hand clips over in parts: what was cut out of each frame, once, from which the network's device makes the clips.

Views of a video overlap: a worker that hands over 10 clips x 3 crops as parts writes half of their pixels or less, and
leaves the copying of crops to the device. With `resize_on = "device"` it leaves the resizing, too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from pyvideoai.data.resize import Cutter, cut_clips
from pyvideoai.video import Video


@dataclass(frozen=True)
class Shown:
    """Describe clips that show some frames of a video, all cut in one way.

    frames: int64 (F,), which frames of the video. clips: int64 (clips, T), which of these F frames each clip shows.
    order: (clip, crop) of each view; the crops are the cutter's.
    """

    cutter: Cutter
    frames: np.ndarray
    clips: np.ndarray
    order: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Parts:
    """Describe the parts of frames that clips are made of, (F, H, W, 3) each.

    cutter: what is left to do to them. clips, order: as in `Shown`.
    """

    cutter: Cutter
    shapes: list[tuple[int, ...]]
    clips: np.ndarray
    order: Sequence[tuple[int, int]]

    @property
    def size(self) -> int:
        """Return the bytes of all parts together."""
        return sum(map(math.prod, self.shapes))

    def of(self, memory: torch.Tensor) -> list[torch.Tensor]:
        """Return the parts that lie one after another in `memory`, uint8 (size,)."""
        each = memory.split([math.prod(shape) for shape in self.shapes])
        return [part.view(shape) for part, shape in zip(each, self.shapes, strict=True)]

    def views(self, memory: torch.Tensor) -> torch.Tensor:
        """Return uint8 (views, T, out_height, out_width, 3), on the device of `memory`."""
        crops = self.cutter.crops(self.of(memory))
        clips = torch.from_numpy(self.clips).to(memory.device, non_blocking=True)
        views = memory.new_empty(len(self.order), clips.shape[1], *crops[0].shape[1:])
        for view, (clip, crop) in zip(views, self.order, strict=True):
            torch.index_select(crops[crop], 0, clips[clip], out=view)
        return views


@dataclass
class Cuts:
    """Hold parts of several videos' frames. memory: uint8, with all of them one after another."""

    memory: torch.Tensor
    videos: list[Parts]

    def to(self, device: torch.device | str, *, non_blocking: bool = False) -> torch.Tensor:
        """Return all clips or views, uint8 (N, T, out_height, out_width, 3), made on a device."""
        pieces = self.memory.to(device, non_blocking=non_blocking).split([video.size for video in self.videos])
        clips = [video.views(piece) for video, piece in zip(self.videos, pieces, strict=True)]
        return torch.cat(clips) if len(clips) > 1 else clips[0]

    def pin_memory(self) -> "Cuts":
        return replace(self, memory=self.memory.pin_memory())


def cut_apart(video: Video, asked: Sequence[Shown], *, resize_later: bool, shared: bool = False) -> Cuts:
    """Decode and cut what clips of an open video show; all name equally many frames. Raises VideoError.

    resize_later: see `Cutter.halves`. shared: the memory can be handed to another process without a copy.
    """
    halves = [each.cutter.halves(resize_later=resize_later) for each in asked]
    parts = [
        Parts(later, [(len(each.frames), *size, 3) for size in now.given], each.clips, each.order)
        for each, (now, later) in zip(asked, halves, strict=True)
    ]
    memory = new_memory(sum(each.size for each in parts), shared=shared)
    into = [each.of(piece) for each, piece in zip(parts, memory.split([each.size for each in parts]), strict=True)]
    cut_clips(video, [each.frames for each in asked], [now for now, _ in halves], into)
    return Cuts(memory, parts)


def joined(cuts: Sequence[Cuts], *, shared: bool) -> Cuts:
    """Return the clips of all, in one piece of memory; shared: as in `cut_apart`."""
    memory = new_memory(sum(len(each.memory) for each in cuts), shared=shared)
    torch.cat([each.memory for each in cuts], out=memory)
    return Cuts(memory, [video for each in cuts for video in each.videos])


def new_memory(size: int, *, shared: bool) -> torch.Tensor:
    """Return uint8 (size,), not filled yet."""
    if not shared:
        return torch.empty(size, dtype=torch.uint8)
    # `share_memory_` would copy what isn't filled yet; torch's own collation takes new memory in this way
    return torch.empty(0, dtype=torch.uint8).set_(torch.UntypedStorage._new_shared(size))
