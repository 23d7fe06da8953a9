"""Choose which videos are copied, and name their copies."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from pyvideoai.errors import UserError
from pyvideoai.video.checking.many import jobs_of
from pyvideoai.video.layouts.index import content_hash
from pyvideoai.video.readers.frame_folder import numbered_images


@dataclass(frozen=True)
class Source:
    """Name a video to copy. name: as split tables have it, relative to the dataset's root."""

    name: str
    path: Path


def sources_of(source: Path, root: Path | None, out: Path) -> list[Source]:
    """Return the videos under a folder (without those in `out` below it), or those of a split table. Raises UserError.

    Their names are relative to `root`: by default the folder itself, or the table's.
    """
    base = root or (source if source.is_dir() else source.parent)
    paths = dict.fromkeys(job.path for job in jobs_of(source, root))
    if source.is_dir() and out.resolve() != source.resolve() and _is_below(out, source):
        paths = [path for path in paths if not _is_below(path, out)]
    return [Source(_relative(path, base), path) for path in paths]


def sources_named(names: Iterable[str], root: Path) -> list[Source]:
    """Return the videos that a dataset's tables name."""
    return [Source(one_spelling(name), root / name) for name in dict.fromkeys(names)]


def one_spelling(name: str) -> str:
    """Return a video's name in one spelling: `./a/b.mp4` becomes `a/b.mp4`."""
    return PurePosixPath(name).as_posix()


def copy_names(names: Iterable[str], *, jpeg: bool) -> dict[str, str]:
    """Return the name of each video's copy: `x/a.mp4` for `x/a.avi`, or the folder `x/a` for JPEGs.

    If `x/a.mkv` is there too, the copies keep their original endings: `x/a.avi.mp4` and `x/a.mkv.mp4`.
    """
    suffix = "" if jpeg else ".mp4"
    inside = {name: _inside(name) for name in dict.fromkeys(names)}
    short = {name: path.with_suffix("") if path.suffix else path for name, path in inside.items()}
    times = Counter(short.values())
    copies = {name: f"{short[name] if times[short[name]] == 1 else inside[name]}{suffix}" for name in inside}
    if len(set(copies.values())) < len(copies):
        one, two = _alike(copies)
        raise UserError(f"{one} and {two} would both be copied to {copies[one]}; prepare one of them elsewhere")
    return copies


def fingerprint(path: Path) -> tuple[int, int, str]:
    """Return (bytes, time of change in ns, content hash) of a video; for a folder the hash of its listing."""
    if path.is_dir():
        return 0, 0, _listing_hash(path)
    status = path.stat()
    return status.st_size, status.st_mtime_ns, content_hash(path)


def is_unchanged(path: Path, known: tuple[int, int, str]) -> bool:
    """Return whether a video still has this `fingerprint`; its content is read only if size and time don't tell."""
    if path.is_file() and (path.stat().st_size, path.stat().st_mtime_ns) == known[:2]:
        return True
    return path.exists() and fingerprint(path)[2] == known[2]


def refuse_inside(sources: Iterable[Source], out: Path) -> None:
    """Raise UserError if originals lie in the folder of the copies, where they could be overwritten."""
    inside = next((source.path for source in sources if _is_below(source.path, out)), None)
    if inside is not None:
        raise UserError(f"--out {out}: the original {inside} is in this folder; give the copies one of their own")


def _listing_hash(folder: Path) -> str:
    content = hashlib.blake2b(digest_size=16)
    for file in numbered_images(folder):
        content.update(
            f"{file.name} {file.stat().st_size} {file.stat().st_mtime_ns}\n".encode(errors="surrogateescape")
        )
    return content.hexdigest()


def _alike(copies: dict[str, str]) -> list[str]:
    """Return two videos with the same copy."""
    copy, _ = Counter(copies.values()).most_common(1)[0]
    return [name for name, each in copies.items() if each == copy][:2]


def _inside(name: str) -> PurePath:
    """Return where the copy lies in its folder, without parts of the path that would lead out of it."""
    path = PurePosixPath(name)
    return PurePosixPath(*(part for part in path.parts if part not in (path.anchor, "..")))


def _relative(path: Path, base: Path) -> str:
    return one_spelling((path.relative_to(base) if path.is_relative_to(base) else path).as_posix())


def _is_below(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
