"""Which videos are copied, and what their copies are called."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from pyvideoai.video.checking.frames import look
from pyvideoai.video.checking.many import jobs_of
from pyvideoai.video.index import content_hash


@dataclass(frozen=True)
class Source:
    """A video to copy. name: as split tables have it, relative to the dataset's root."""

    name: str
    path: Path


def sources_of(source: Path, root: Path | None, out: Path) -> list[Source]:
    """The videos under a folder (without those in `out`), or those that a split table names. Raises UserError.

    They are named relative to `root`: by default the folder itself, or the table's.
    """
    base = root or (source if source.is_dir() else source.parent)
    paths = (job.path for job in jobs_of(source, root))
    return [Source(_relative(path, base), path) for path in dict.fromkeys(paths) if not _is_below(path, out)]


def sources_named(names: Iterable[str], root: Path) -> list[Source]:
    """The videos that a dataset's tables name."""
    return [Source(plain(name), root / name) for name in dict.fromkeys(names)]


def plain(name: str) -> str:
    """A video's name in one spelling: `./a/b.mp4` is `a/b.mp4`."""
    return PurePosixPath(name).as_posix()


def copy_names(names: Iterable[str], *, jpeg: bool) -> dict[str, str]:
    """Video to copy: `x/a.avi` to `x/a.mp4`, or the folder `x/a`; both with `a.avi` for `a` where `x/a.mkv` is too."""
    suffix = "" if jpeg else ".mp4"
    inside = {name: _inside(name) for name in dict.fromkeys(names)}
    short = {name: path.with_suffix("") if path.suffix else path for name, path in inside.items()}
    times = Counter(short.values())
    return {name: f"{short[name] if times[short[name]] == 1 else inside[name]}{suffix}" for name in inside}


def fingerprint(path: Path) -> tuple[int, int, str]:
    """(size in bytes, time of change in ns, hash of the content) of a video, or of a folder of images."""
    status = path.stat()
    if path.is_dir():
        return 0, 0, look(path, every_image=False)[1]
    return status.st_size, status.st_mtime_ns, content_hash(path)


def _inside(name: str) -> PurePath:
    """Where the copy lies in its folder: without what would lead out of it."""
    path = PurePosixPath(name)
    return PurePosixPath(*(part for part in path.parts if part not in (path.anchor, "..")))


def _relative(path: Path, base: Path) -> str:
    return plain((path.relative_to(base) if path.is_relative_to(base) else path).as_posix())


def _is_below(path: Path, folder: Path) -> bool:
    return path.absolute().is_relative_to(folder.absolute())
