"""A folder of clips as tables: each class is a sub-folder, and nothing else has to be written.

    my_videos/fight/a.mp4 ...         my_videos/no_fight/b.mp4 ...     val and test are held out by group, with a seed
    my_videos/train/fight/a.mp4 ...   my_videos/test/fight/b.mp4 ...   splits are taken as they are

Folders without videos and hidden files are passed over.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

VIDEO = ".3gp .asf .avi .divx .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .ogv .ts .vob .webm .wmv"
EXTENSIONS = frozenset(VIDEO.split())
SPLITS = ("train", "val", "test")
SHOWN = 5


def classes(root: Path) -> list[str]:
    """Class names: the sub-folders with videos, sorted; UserError when there are fewer than two."""
    return sorted({name for found in _parts(Path(root)).values() for name in found})


def splits(root: Path) -> dict[str, "pd.DataFrame"]:
    """Tables with the columns video (relative to `root`) and label, sorted by class and path.

    `train/`, `val/` and `test/` sub-folders are taken as they are; val and test may be missing. Without them all videos
    are "train", of which `data.splits` holds out val and test.
    UserError: no folder, no videos, fewer than two classes, or a class without training videos.
    """
    root = Path(root)
    parts, names = _parts(root), classes(root)
    untrained = sorted(set(names) - set(parts.get("train", {})))
    if untrained:
        raise UserError(f"{root / 'train'} has no videos of {_some(untrained)}, of which there are in another split")
    return {part: _table(root, found, names) for part, found in parts.items()}


def find_videos(folder: Path) -> list[Path]:
    """All files below `folder` with a video's extension, sorted; nothing hidden."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in EXTENSIONS and path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _parts(root: Path) -> dict[str, dict[str, list[Path]]]:
    """Split -> class -> videos; all is "train" where there are no split folders."""
    if not root.is_dir():
        raise UserError(
            f"no folder {root.absolute()}; give the one that has a sub-folder of videos for each class: "
            "--set dataset.root=my_videos"
        )
    folders = {part: root / part for part in SPLITS} if _has_split_folders(root) else {"train": root}
    parts = {part: found for part, folder in folders.items() if (found := _by_class(folder))}
    if len({name for found in parts.values() for name in found}) < 2:
        raise UserError(f"{root} must have a sub-folder of videos for each of two or more classes; {_found(root)}")
    return parts


def _has_split_folders(root: Path) -> bool:
    """Whether `root/train` holds class folders; a class of the name "train" holds videos."""
    if not _by_class(root / "train") or any(path.parent == root / "train" for path in find_videos(root / "train")):
        return False
    others = sorted(set(_by_class(root)) - set(SPLITS))
    if others:
        raise UserError(f"{root} has split folders, but also videos in {_some(others)}; allowed: {', '.join(SPLITS)}")
    return True


def _by_class(folder: Path) -> dict[str, list[Path]]:
    if not folder.is_dir():
        return {}
    found = {path.name: find_videos(path) for path in sorted(folder.iterdir()) if _is_class(path)}
    return {name: videos for name, videos in found.items() if videos}


def _is_class(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _table(root: Path, found: dict[str, list[Path]], names: list[str]) -> "pd.DataFrame":
    import pandas as pd

    rows = [(path.relative_to(root).as_posix(), names.index(name)) for name in sorted(found) for path in found[name]]
    return pd.DataFrame(rows, columns=["video", "label"])


def _found(root: Path) -> str:
    """What `root` has instead, for an error line."""
    content = sorted(path.name + "/" * path.is_dir() for path in root.iterdir())
    with_videos = [f"{name}/ ({len(videos)} videos)" for name, videos in _by_class(root).items()]
    return f"found {_some(with_videos or content)}" if content else "it is empty"


def _some(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")
