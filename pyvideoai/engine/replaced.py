"""Notice videos that were replaced while a run was stopped: a resumed run would train on others without a word."""

import math
import stat
from collections.abc import Collection
from contextlib import suppress

from pyvideoai.config.load import Config
from pyvideoai.data.source import ClipSource
from pyvideoai.data.splits import Splits
from pyvideoai.errors import counted
from pyvideoai.experiment import ExperimentFolder, write_json
from pyvideoai.files import read_json, require
from pyvideoai.unpack import source_of

MOST = 2000  # files that are looked at, spread evenly over the names: a share may take milliseconds for each
NAME = "video_sizes.json"


def keep_sizes(config: Config, splits: Splits, folder: ExperimentFolder) -> None:
    """Write the sizes of the videos' files into the folder of a run that begins."""
    if not config.dataset.features:
        videos = {video for table in splits.tables().values() for video in table["video"]}
        write_json(folder.configs / NAME, _sizes(source_of(config), videos))


def replaced(config: Config, folder: ExperimentFolder) -> str:
    """Return a line about files that have another size than when the run began; "" if all have the same."""
    path = folder.configs / NAME
    try:
        before = read_json(path)
    except FileNotFoundError:  # the run is of an older version
        return ""
    require(before, dict.fromkeys(before, int) if isinstance(before, dict) else {}, str(path))
    now = _sizes(source_of(config), before)
    changed = [video for video, size in before.items() if now.get(video, size) != size]
    if not changed:
        return ""
    return (
        f"WARNING: {len(changed):,} of {counted(len(before), 'video')} that were looked at have another size than when "
        f"the run began, such as {changed[0]} ({now[changed[0]]:,} bytes, not {before[changed[0]]:,}); the run is not "
        "bit for bit the undisturbed one"
    )


def _sizes(source: ClipSource, videos: Collection[str]) -> dict[str, int]:
    """Return the sizes in bytes of at most `MOST` files; folders of frames, and what is missing, are left out."""
    names, sizes = sorted(videos), dict[str, int]()
    for video in names[:: max(math.ceil(len(names) / MOST), 1)]:
        with suppress(OSError):
            found = source.path(video).stat()
            if stat.S_ISREG(found.st_mode):
                sizes[video] = found.st_size
    return sizes
