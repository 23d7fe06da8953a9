"""Check one video."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyvideoai.video import libav
from pyvideoai.video.checking.container import Container, describe
from pyvideoai.video.checking.proof import prove
from pyvideoai.video.errors import VideoError
from pyvideoai.video.find_layout import find_layout
from pyvideoai.video.index import content_hash
from pyvideoai.video.layout import Layout

FAULTS = ("unreadable", "truncated", "damaged", "not_exact", "leak")
REMARKS = ("wrong_count", "short", "duplicate", "odd")
USUAL_FPS = (5, 121)
MISSING_SHARE = 0.01  # of the frames that the container declares: fewer may be its mistake, more are missing


@dataclass
class Checked:
    """What was found out about a video. notes: (kind, text); a kind is one of FAULTS or REMARKS."""

    path: Path
    split: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    layout: Layout | None = None
    container: Container | None = None
    content: str = ""
    status: os.stat_result | None = None

    @property
    def faults(self) -> list[tuple[str, str]]:
        return [note for note in self.notes if note[0] in FAULTS]


def check(path: Path, split: str = "", *, exact: bool = False, short_frames: int = 1) -> Checked:
    """Look at a video's packets, or with `exact` decode it whole and compare every frame that the reader gives."""
    checked = Checked(path, split)
    try:
        libav.check_file(path)
        checked.status, checked.content = path.stat(), content_hash(path)
        checked.layout, checked.container = find_layout(path), describe(path)
        if exact:
            _prove(checked)
    except VideoError as error:
        checked.layout = None
        checked.notes.append(("unreadable", error.reason))
        return checked
    checked.notes += [
        *_counts(checked.layout, checked.container, short_frames),
        *_odd(checked.layout, checked.container),
    ]
    return checked


def _prove(checked: Checked) -> None:
    proof = prove(checked.path, checked.layout)
    if proof.wrong:
        checked.notes.append(("not_exact", f"frames {_few(proof.wrong)} differ from decoding from the start"))
        checked.layout = None
    else:
        checked.layout = replace(proof.layout, proven=True)
    if proof.damaged:
        checked.notes.append(("damaged", f"the decoder had to make up parts of frames {_few(proof.damaged)}"))


def _few(frames: list[int], most: int = 5) -> str:
    return ", ".join(map(str, frames[:most])) + (f" and {len(frames) - most} more" if len(frames) > most else "")


def _counts(layout: Layout | None, container: Container, short_frames: int) -> list[tuple[str, str]]:
    if layout is None:
        return []
    notes, frames, declared = [], layout.num_frames, container.declared
    if container.cut_short or container.packets < declared * (1 - MISSING_SHARE) - 1:
        notes.append(("truncated", f"{frames} frames are left" + (f" of {declared}" if declared else "")))
    elif declared and declared != frames:
        notes.append(("wrong_count", f"the container declares {declared} frames, there are {frames}"))
    if frames < short_frames:
        notes.append(("short", f"{frames} frames"))
    return notes


def _odd(layout: Layout | None, container: Container) -> list[tuple[str, str]]:
    if layout is None:
        return []
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
