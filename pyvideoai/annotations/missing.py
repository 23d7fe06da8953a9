"""Find listed videos that are not there, and the likely reason: the root, the ending, or the spelling of the path."""

import glob
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pyvideoai.annotations.names import alike
from pyvideoai.annotations.presence import are_there, names_in
from pyvideoai.files import VIDEO_ENDINGS


def missing_videos(root: Path, videos: Sequence[str]) -> list[str]:
    """Return those of the videos, paths relative to `root` or absolute, that are not there."""
    return [video for video, there in zip(videos, are_there(root, videos), strict=True) if not there]


def note_on_missing(root: Path, videos: Sequence[str]) -> str | None:
    """Return a line that counts the missing videos and guesses where one of them is; None if none is missing."""
    missing = missing_videos(root, videos)
    if not missing:
        return None
    counted = f"{len(missing):,} of {len(videos):,} videos are not there, such as {missing[0]}"
    return counted + likely_cause(root, missing[0])


def likely_cause(root: Path, video: str) -> str:
    """Return, in brackets, what is there in place of a missing video, or where it is instead; "" if nothing is
    found.
    """
    parts = PurePosixPath(video.replace("\\", "/")).parts
    for skipped in range(len(parts)):  # a path from another folder, or another machine, has too many of them in front
        if found := _nearly(Path(root), parts[skipped:]):
            return f" (there is {found})"
    for place in (Path(root).absolute().parent, Path.cwd()):
        if any(are_there(place, [video])):
            return f" (it is in {place}: --set dataset.root={place})"
    below = sorted(Path(root).glob(f"*/{glob.escape(parts[0])}")) if len(parts) == 1 else []
    return f" (there is {below[0].relative_to(root).as_posix()})" if below else ""


def _nearly(folder: Path, parts: Sequence[str]) -> str | None:
    """Return the path below `folder` that equals `parts` except for spelling or, at its end, another ending or none."""
    if not parts:
        return ""
    names = sorted(names_in(folder))
    same = [name for name in names if name == parts[0]] or [name for name in names if alike([name, parts[0]])]
    other = [name for name in names if len(parts) == 1 and _without_ending(name) == _without_ending(parts[0])]
    name = next(iter([*same, *other]), None)
    below = None if name is None else _nearly(folder / name, parts[1:])
    return None if below is None else f"{name}/{below}".rstrip("/")


def _without_ending(name: str) -> str:
    path = PurePosixPath(name)
    return path.stem if path.suffix.lower() in VIDEO_ENDINGS else name
