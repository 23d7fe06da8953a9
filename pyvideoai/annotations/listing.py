"""List what lies below a folder of clips: videos, and what is passed over and why."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pyvideoai.annotations.names import in_one_line, some
from pyvideoai.errors import UserError, counted
from pyvideoai.files import VIDEO_ENDINGS, Identity, files_below


@dataclass(frozen=True)
class Listing:
    """Hold paths relative to `root`, in the order of names, without hidden files; links were followed.

    videos: with an identity that is equal for two paths of one file. others: files of other endings. dead: broken
    links.
    """

    root: Path
    videos: dict[str, Identity]
    others: list[str]
    dead: list[str]

    def passed_over(self, place: str) -> str:
        """Return what lies in `place` ("" or "train/") besides the videos of its class folders; "" for nothing."""
        of_class = {_first(path, place) for path in self.videos if path.startswith(place)} - {""}
        others, without = Counter(), defaultdict(Counter)
        for path in self.others:
            if path.startswith(place) and (name := _first(path, place)):
                (others if name in of_class else without[name])[ending(path)] += 1
        for name in self._folders(place) - of_class:
            without[name] += Counter()
        loose = [path for path in self.videos if path.startswith(place) and not _first(path, place)]
        dead = [path for path in self.dead if path.startswith(place)]
        kinds = [some([f"{place}{name}/ ({_counts(found) or 'empty'})" for name, found in sorted(without.items())])]
        kinds += [f"{_counts(others)} in class folders"] * bool(others)
        kinds += [f"{counted(len(loose), 'video')} outside of class folders ({some(loose, 3)})"] * bool(loose)
        kinds += [f"{counted(len(dead), 'broken link')} ({some(dead, 3)})"] * bool(dead)
        return "; ".join(filter(None, kinds))

    def _folders(self, place: str) -> set[str]:
        return {each.name for each in (self.root / place).iterdir() if each.is_dir() and not each.name.startswith(".")}


def list_folder(root: Path) -> Listing:
    """List all files below `root`. Raises UserError for a folder that can't be read or a name that isn't UTF-8."""
    try:
        files = files_below(root)
    except OSError as error:
        raise UserError(f"{error.filename} can't be read: {error.strerror}") from None
    _refuse_undecodable(files, root)
    videos = {path: identity for path, identity in files.items() if identity and ending(path) in VIDEO_ENDINGS}
    others = [path for path, identity in files.items() if identity and path not in videos]
    return Listing(root, videos, others, [path for path, identity in files.items() if identity is None])


def ending(path: str) -> str:
    """Return the ending of a file's name in lower case, such as ".mp4"."""
    return PurePosixPath(path).suffix.lower()


def _refuse_undecodable(paths: Iterable[str], root: Path) -> None:
    """Refuse names in another encoding (from an old archive, perhaps), which neither a table nor a log can hold."""
    foreign = [path for path in paths if any("\ud800" <= each <= "\udfff" for each in path)]
    if foreign:
        raise UserError(
            f"{root} has {counted(len(foreign), 'file')} whose path isn't UTF-8, such as {in_one_line(foreign[0])}; "
            "rename the file or its folder (convmv renames many)"
        )


def _first(path: str, place: str) -> str:
    """Return the folder of `place` that a path is in; "" for a file directly in `place`."""
    head, slash, _ = path.removeprefix(place).partition("/")
    return head if slash else ""


def _counts(endings: Counter) -> str:
    return some([f"{number} {each or 'without an ending'}" for each, number in endings.most_common()])
