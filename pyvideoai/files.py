"""Write files whole or not at all (to a temporary name, flushed, renamed), and find files below a folder."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import UnionType
from typing import Any

from pyvideoai import tarred
from pyvideoai.errors import UserError

VIDEO_ENDINGS = frozenset({  # of the files that a folder is searched for
    ".3gp", ".asf", ".avi", ".divx", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv",
    ".ts", ".vob", ".webm", ".wmv",
})  # fmt: skip
IN_PLACE = (  # what lies under a file's name where its download failed
    (re.compile(rb"\s*<(!doctype html|html)", re.IGNORECASE), "a web page: the download was probably refused"),
    (re.compile(rb"version https://git-lfs"), "a pointer of Git LFS: 'git lfs pull' fetches the file itself"),
)
Identity = tuple[int, int]  # device and inode: two paths of one file have the same


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; when the block ends without an error, it takes the place of `path`.

    A reader sees the old file or the new one, never a part. After an error `path` is unchanged.
    """
    path = Path(path)
    # In the same folder, because a rename is one step only within a file system.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _flush(temporary)
        # mkstemp makes files that only their owner may read; others should be able to as usual.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove the temporary files that a kill left below `folder`, where no other process may be writing."""
    for path in folder.rglob(".*.tmp"):
        path.unlink(missing_ok=True)


def not_downloaded(begin: bytes) -> str | None:
    """Return what a file is that begins so, if it only has the name of the file that was to be downloaded."""
    return next((told for pattern, told in IN_PLACE if pattern.match(begin)), None)


def user_cache() -> Path:
    """Return the folder of this program in the user's cache; it need not exist."""
    # expanduser returns its argument where nobody knows the home, as in some containers; Path.home() raises.
    return Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "pyvideoai"  # noqa: PTH111


def read_json(path: Path) -> Any:
    """Return the content of a JSON file. Raises FileNotFoundError, and UserError if it can't be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} can't be read as JSON: {error}") from None


def require(content: Any, kinds: Mapping[str, type | UnionType], where: str) -> None:
    """Raise UserError unless `content` is a dict in which these names have values of these types; it may have
    more names.
    """
    if not isinstance(content, dict):
        raise UserError(f"{where} holds {_told(type(content))} where names with values are expected")
    for name, kind in kinds.items():
        if name not in content:
            raise UserError(f"{where} has no {name!r}")
        given = content[name]
        if not isinstance(given, kind) or (isinstance(given, bool) and kind is not bool):
            raise UserError(f"{where}: {name!r} is {_told(type(given))}, not {_told(kind)}")


def _told(kind: type | UnionType) -> str:
    name = getattr(kind, "__name__", str(kind))
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def write_whole(path: str | Path, content: str | bytes) -> None:
    """Write `content` (text as UTF-8) to `path` through a temporary file."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


def files_below(folder: Path) -> dict[str, Identity | None]:
    """Return every file below `folder`, by its path relative to it, in the order of names; without hidden files.

    Links to folders are followed, except back up into a folder that contains them. A broken link has the identity None.
    Of a tarred folder, these are the files in its shards. Raises OSError for a folder that can't be read.
    """
    in_shards = tarred.entries_below(folder)
    if in_shards is not None:
        return {path: each for path, each in sorted(in_shards.items()) if not _is_hidden(path)}
    above = {_identity(parent.stat()) for parent in folder.resolve().parents}
    return dict(sorted(_walk(folder, "", frozenset(above))))


def _walk(folder: Path, below: str, above: frozenset[Identity]) -> Iterator[tuple[str, Identity | None]]:
    here = _identity(folder.stat())
    if here in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() and not Path(entry).exists():
                yield below + entry.name, None
            elif entry.is_dir():
                yield from _walk(Path(entry), f"{below}{entry.name}/", above | {here})
            elif entry.is_symlink():
                yield below + entry.name, _identity(entry.stat())
            else:
                yield below + entry.name, (here[0], entry.inode())  # comes with the list: no file is asked by itself


def _is_hidden(path: str) -> bool:
    return path.startswith(".") or "/." in path


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


def _flush(path: Path) -> None:
    # A file system may write a new name before the content that belongs to it: after a power cut the file would be
    # there and empty. The rename itself need not be flushed; if it is lost, the old file is still whole.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    # The umask can't be read without being set.
    umask = os.umask(0)
    os.umask(umask)
    return umask
