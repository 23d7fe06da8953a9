"""Videos that are made in memory, so that tables can be read without files."""

from pathlib import Path

from endurance.made import MadeVideo

from pyvideoai.data import ClipSource
from pyvideoai.video import Video


class MadeSource(ClipSource):
    """Open a `MadeVideo` for every name."""

    def open(self, video: str | Path) -> Video:
        return MadeVideo(Path(video), self.reader)
