"""Count the videos that lie outside of the dataset's root: absolute paths, and links that lead out of it."""

from collections.abc import Collection
from pathlib import Path

MOST_FOLLOWED = 20_000  # links are followed for so many videos: each costs a few accesses


def outside(root: Path, videos: Collection[str]) -> str:
    """Return a line for --check. Such videos are allowed, but a table from somebody else shouldn't name them."""
    absolute = [video for video in videos if Path(video).is_absolute()]
    inside = [video for video in videos if not Path(video).is_absolute()]
    home = root.resolve()
    linked = [video for video in inside[:MOST_FOLLOWED] if not _target(root / video).is_relative_to(home)]
    told = [_counted(absolute, "absolute path{s}"), _counted(linked, "link{s} out of it")]
    some = "" if len(inside) <= MOST_FOLLOWED else f" (links looked at for the first {MOST_FOLLOWED:,})"
    return f"{len(inside):,} of {len(videos):,} videos are named below {home}; {' and '.join(told)}{some}"


def _target(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a circle of links: the reader says that it can't be opened
        return path


def _counted(found: list[str], what: str) -> str:
    some = f", such as {found[0]}" if found else ""
    return f"{len(found):,} {what.format(s='' if len(found) == 1 else 's')}{some}"
