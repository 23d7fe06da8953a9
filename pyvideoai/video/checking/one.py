"""Check one video."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyvideoai import tarred
from pyvideoai.errors import counted, explain
from pyvideoai.video import libav
from pyvideoai.video.checking.container import Container, describe
from pyvideoai.video.checking.frames import look
from pyvideoai.video.checking.proof import prove
from pyvideoai.video.errors import VideoError, naming
from pyvideoai.video.layouts.find import find_layout
from pyvideoai.video.layouts.index import content_hash
from pyvideoai.video.layouts.layout import Layout
from pyvideoai.video.layouts.pace import contradicts, first_step_back
from pyvideoai.video.layouts.packets import Packets, collect
from pyvideoai.video.video import IMAGES

FAULTS = ("unreadable", "truncated", "damaged", "not_exact", "leak")
REMARKS = ("wrong_count", "shifted", "short", "duplicate", "odd")
USUAL_FPS = (5, 121)
MISSING_SHARE = (
    0.01  # of the declared frames: if fewer are absent, the container may be wrong; if more, the end is missing
)


@dataclass
class Checked:
    """Hold what was found out about a video. notes: (kind, text); each kind is one of FAULTS or REMARKS.

    num_frames, fps, height, width: None if it can't be read. layout: its entry in the frame index.
    """

    path: Path
    split: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    num_frames: int | None = None
    fps: float | None = None
    height: int | None = None
    width: int | None = None
    container: str = ""
    codec: str = ""
    content: str = ""
    status: tarred.Status | os.stat_result | None = None
    layout: Layout | None = None

    @property
    def faults(self) -> list[tuple[str, str]]:
        return [note for note in self.notes if note[0] in FAULTS]

    def readable_as(self, num_frames: int, fps: float, height: int, width: int) -> None:
        """Note what the video's reader says of it."""
        self.num_frames, self.fps, self.height, self.width = num_frames, fps, height, width


def check(path: Path, split: str = "", *, exact: bool = False, short_frames: int = 1) -> Checked:
    """Look at a video's packets; with `exact`, decode all of it and compare every frame that the reader gives."""
    checked = Checked(path, split)
    try:
        with naming(path):
            is_images = path.is_dir() or path.suffix.lower() in IMAGES
            (_check_images if is_images else _check_file)(checked, exact=exact)
    except VideoError as error:
        explain(error)
        checked.notes.append(("unreadable", error.reason))
        return checked
    if checked.num_frames is not None and checked.num_frames < short_frames:
        checked.notes.append(("short", counted(checked.num_frames, "frame")))
    return checked


def _check_images(checked: Checked, *, exact: bool) -> None:
    video, checked.content, checked.notes = look(checked.path, every_image=exact)
    checked.readable_as(video.num_frames, video.fps, video.height, video.width)
    checked.container = "images"


def _check_file(checked: Checked, *, exact: bool) -> None:
    libav.check_file(checked.path)
    checked.status, checked.content = tarred.status_of(checked.path), content_hash(checked.path)
    in_shard = tarred.find(checked.path)
    if in_shard is not None and in_shard.entry.content != checked.content:
        checked.notes.append(("damaged", f"its bytes in {in_shard.shard.path.name} are others than were written there"))
    packets = collect(checked.path)
    layout, container = find_layout(checked.path, packets), describe(checked.path)
    checked.container, checked.codec = container.format, container.codec
    checked.layout = _prove(checked, layout) if exact else layout
    if checked.layout is not None:
        checked.readable_as(layout.num_frames, layout.fps, *layout.size)
        checked.notes += [*_counts(layout, container), *_odd(layout, container), *_times(layout, packets)]


def _prove(checked: Checked, layout: Layout) -> Layout | None:
    proof = prove(checked.path, layout)
    if proof.damaged:
        checked.notes.append(("damaged", f"the decoder had to make up parts of frames {_few(proof.damaged)}"))
    if proof.wrong:
        checked.notes.append(("not_exact", f"frames {_few(proof.wrong)} differ from decoding from the start"))
        return None
    return replace(proof.layout, proven=True)


def _few(frames: list[int], most: int = 5) -> str:
    return ", ".join(map(str, frames[:most])) + (f" and {len(frames) - most} more" if len(frames) > most else "")


def _counts(layout: Layout, container: Container) -> list[tuple[str, str]]:
    frames, declared = layout.num_frames, container.declared
    if container.cut_short or container.packets < declared * (1 - MISSING_SHARE) - 1:
        return [("truncated", f"{counted(frames, 'frame')} left" + (f" of {declared}" if declared else ""))]
    if declared and declared != frames:
        return [("wrong_count", f"the container declares {counted(declared, 'frame')}, the file has {frames}")]
    return []


def _odd(layout: Layout, container: Container) -> list[tuple[str, str]]:
    low, high = USUAL_FPS
    oddities = {
        f"{layout.fps:.4g} fps": not low <= layout.fps <= high,
        "variable frame rate": container.variable_rate,
        "turned or mirrored": layout.upright != libav.Upright(),
        f"{container.video_streams} video streams": container.video_streams > 1,
        f"pixel format {container.pixel_format}": container.pixel_format not in ("yuv420p", "yuvj420p"),
        "an edit list hides frames": container.hidden > 0,
        "a size below 32 pixels": min(layout.size) < 32,
    }
    return [("odd", text) for text, is_so in oddities.items() if is_so]


def _times(layout: Layout, packets: Packets) -> list[tuple[str, str]]:
    """Note where the frames' own times contradict the header, or each other."""
    if layout.order is None:
        return []
    back = first_step_back(packets.shown_at(layout.order))
    if back is not None:
        return [
            ("odd", f"frame {back} is timed before frame {back - 1}; no time is used, {layout.fps:.5g} fps assumed")
        ]
    declared = packets.rates[0]
    if contradicts(declared, layout.fps, layout.num_frames):
        return [("odd", f"header {float(declared):.5g} fps, frames at {layout.fps:.5g}")]
    return []
