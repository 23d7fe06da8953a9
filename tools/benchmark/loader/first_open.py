"""What the first opening of a file costs, when nothing is known of it yet."""

from pathlib import Path

import numpy as np

from benchmark.loader.jobs import Group
from benchmark.loader.stopwatch import Stopwatch
from pyvideoai.video import open_video
from pyvideoai.video.layouts import index, memo


def first_opening_ms(group: Group) -> float:
    """Median processor time of opening each video as a new process does; a frame index is used where there is one."""
    return 1000 * float(np.median([_seconds(group.root / video) for video in group.table["video"]]))


def _seconds(path: Path) -> float:
    memo.forget()
    index.forget()
    watch = Stopwatch()
    with open_video(path):
        watch.lap("open")
    return watch.seconds["open"]
