"""Keep the layouts of files as long as the process runs and the file stays the same."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from pyvideoai import tarred
from pyvideoai.video.layouts.layout import Layout
from pyvideoai.video.layouts.packing import pack, unpack

_MOST_FILES = 32768  # about 40 MB; so that a worker that goes through a million videos stays small
_known: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()


def per_file(path: Path, find: Callable[[Path], Layout]) -> Layout:
    """Return `find(path)`, remembered by path, size and time of change."""
    key = _key(path)
    if key in _known:
        _known.move_to_end(key)
        return unpack(_known[key])
    return replace(path, find)


def known(path: Path) -> Layout | None:
    """Return what is remembered of a file; None if nothing is."""
    packed = _known.get(_key(path))
    return None if packed is None else unpack(packed)


def replace(path: Path, find: Callable[[Path], Layout]) -> Layout:
    """Return `find(path)` and remember it in place of what is known."""
    layout, key = find(path), _key(path)
    _known[key] = pack(layout)
    if len(_known) > _MOST_FILES:
        _known.popitem(last=False)
    return layout


def _key(path: Path) -> tuple[str, int, int]:
    status = tarred.status_of(path)
    return str(path.absolute()), status.st_size, status.st_mtime_ns


def forget() -> None:
    """Forget all files."""
    _known.clear()
