"""Read copies made by tools/prepare_videos.py instead of the originals: `dataset.prepared = FOLDER`."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path, PurePosixPath

from pyvideoai.annotations.presence import are_there
from pyvideoai.errors import UserError, counted
from pyvideoai.program import typed
from pyvideoai.video import Video, VideoError, open_video
from pyvideoai.video.preparing import manifest
from pyvideoai.video.preparing.manifest import Row


class Copies:
    """Read a folder of copies. Frame i of a copy is frame i of its original, and its fps is the original's.

    settings: the options with which they were made. Raises UserError if the folder has no manifest.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.rows = folder, manifest.read(folder)
        if not self.rows:
            raise UserError(
                f"dataset.prepared = {folder.absolute()}: no {manifest.NAME} with copies; {typed('prepare-videos')} "
                f"... --out {folder} makes it"
            )
        self.settings = next(iter(self.rows.values())).settings

    def path(self, video: str | Path) -> Path:
        """Return the path of a video's copy; the file is missing if the video was not copied."""
        row = self._row(video)
        return self.folder / (row.copy if row and row.copy else f"no copy of {PurePosixPath(video).name}")

    def open(self, video: str | Path, reader: str = "auto") -> Video:
        """Open the copy of a video, which is named relative to the dataset's root. Raises VideoError."""
        row = self._row(video)
        if row is None:
            raise VideoError(str(video), f"it has no copy in {self.folder}")
        if row.reason:
            raise VideoError(str(video), f"it could not be prepared: {row.reason}")
        copy = open_video(self.folder / row.copy, reader)
        # If the numbers of frames differ, frame i of the copy may show another moment than frame i of the original.
        if copy.num_frames != row.frames:
            copy.close()
            raise VideoError(
                self.folder / row.copy, f"it has {counted(copy.num_frames, 'frame')}, its manifest says {row.frames}"
            )
        copy.fps = row.fps
        return copy

    def check(self, videos: Iterable[str], root: Path) -> str:
        """Return a console line. Raises UserError if videos were never prepared, or their copies are gone."""
        rows = {video: self._row(video) for video in videos}
        copies = are_there(self.folder, [row.copy if row else "" for row in rows.values()])
        absent = [
            video
            for (video, row), there in zip(rows.items(), copies, strict=True)
            if row is None or not (row.reason or there)
        ]
        if absent:
            raise UserError(
                f"dataset.prepared = {self.folder.absolute()}: {len(absent)} of {len(rows)} videos have no copy there, "
                f"such as {absent[0]}; {typed('prepare-videos')} {root} --out {self.folder} {self.settings} makes them"
            )
        failed = sum(row is not None and bool(row.reason) for row in rows.values())
        some = f"; {failed} of {len(rows)} could not be prepared" if failed else ""
        return f"videos: prepared copies in {self.folder.absolute()} ({self.settings}){some}"

    def _row(self, video: str | Path) -> Row | None:
        # PurePosixPath makes "./a//b" the manifest's "a/b".
        return self.rows.get(PurePosixPath(video).as_posix())


@lru_cache(maxsize=8)
def copies_in(folder: Path) -> Copies:
    """Return the copies of a folder; a process reads its manifest once."""
    return Copies(folder)
