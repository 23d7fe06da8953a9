"""What is known of a file, kept for as long as the process runs and the file stays the same."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_MOST_FILES = 4096  # so that a worker that goes through a million videos stays small
_known: OrderedDict[tuple[str, int, int], object] = OrderedDict()


def per_file(path: Path, find_out: Callable[[], T]) -> T:
    """`find_out()`, remembered per path, size and time of change."""
    status = path.stat()
    key = (str(path.absolute()), status.st_size, status.st_mtime_ns)
    if key not in _known:
        _known[key] = find_out()
        if len(_known) > _MOST_FILES:
            _known.popitem(last=False)
    _known.move_to_end(key)
    return _known[key]
