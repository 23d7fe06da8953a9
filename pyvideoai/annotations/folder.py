"""Read a folder of clips as tables: each class is a sub-folder, and nothing else has to be written.

    my_videos/fight/a.mp4 ...         my_videos/no_fight/b.mp4 ...     val and test are held out by group, with a seed
    my_videos/train/fight/a.mp4 ...   my_videos/test/fight/b.mp4 ...   splits are taken as they are

Split folders may have other usual names, such as Training, valid or Test (`split_folders`). Links are followed. What is
passed over (files of other endings, folders without videos) is reported; hidden files are ignored.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pyvideoai.annotations.listing import Listing, list_folder
from pyvideoai.annotations.names import composed, remark_on_alike, some
from pyvideoai.annotations.split_folders import split_places
from pyvideoai.errors import UserError, counted

if TYPE_CHECKING:
    import pandas as pd

Layout = Literal["auto", "classes"]
ByClass = dict[str, list[str]]


def classes(root: Path, layout: Layout = "auto") -> list[str]:
    """Return the class names: the sub-folders with videos, sorted. Raises UserError if there are fewer than two."""
    return _names(_by_split(list_folder(_checked(root)), layout))


def splits(root: Path, layout: Layout = "auto") -> dict[str, "pd.DataFrame"]:
    """Return tables with the columns video (relative to `root`) and label, sorted by class and path.

    Split folders are taken as they are; val and test may be missing. Without split folders all videos are "train", from
    which `data.splits` holds out val and test. layout: "classes" takes every top folder for a class, whatever its name.
    Paths that lead to the same file get the same `group`. `attrs["note"]` says what was passed over.
    Raises UserError: no folder, no videos, fewer than two classes, a class without training videos, a file in two
    classes.
    """
    listing = list_folder(_checked(root))
    found = _by_split(listing, layout)
    names, groups = _names(found), _groups(found, listing)
    _check_trained(found, names, listing.root)
    tables = {split: _table(by_class, names, groups) for split, by_class in found.items()}
    for split, place in _places(listing, layout).items():
        if split in tables and (passed_over := listing.passed_over(place)):
            tables[split].attrs["note"] = f"passed over: {passed_over}"
    return tables


def _checked(root: Path) -> Path:
    root = Path(root)
    if not root.is_dir():
        raise UserError(
            f"no folder {root.absolute()}; give the one that has a sub-folder of videos for each class: "
            "--set dataset.root=my_videos"
        )
    return root


def _by_split(listing: Listing, layout: Layout) -> dict[str, ByClass]:
    """Return split -> class -> videos; without split folders everything is "train"."""
    places = _places(listing, layout)
    found = {split: by_class for split, place in places.items() if (by_class := _by_class(listing.videos, place))}
    if len(_names(found)) < 2:
        raise UserError(
            f"{listing.root} must have a sub-folder of videos for each of two or more classes; {_instead(listing)}"
        )
    return found


def _places(listing: Listing, layout: Layout) -> dict[str, str]:
    """Return split -> its folder with a slash; "" is the root itself."""
    return (layout == "auto" and split_places(listing.videos, listing.root)) or {"train": ""}


def _by_class(videos: Iterable[str], place: str) -> ByClass:
    """Return class -> its videos below `place`; the two Unicode forms of a name are one class."""
    found = defaultdict(list)
    for path in videos:
        name, inside, _ = path.removeprefix(place).partition("/")
        if path.startswith(place) and inside:
            found[composed(name)].append(path)
    return dict(found)


def _names(found: dict[str, ByClass]) -> list[str]:
    return sorted({name for by_class in found.values() for name in by_class})


def _check_trained(found: dict[str, ByClass], names: list[str], root: Path) -> None:
    untrained = [name for name in names if name not in found.get("train", {})]
    if untrained:
        remark = remark_on_alike(names)
        raise UserError(
            f"train has no videos of {some(untrained)}, of which {root} has in another split"
            + f"; {remark}" * bool(remark)
        )


def _groups(found: dict[str, ByClass], listing: Listing) -> dict[str, str]:
    """Return for each path of a file with several paths the first of them.

    Raises UserError if they are in two classes.
    """
    paths = defaultdict(dict)
    for by_class in found.values():
        for name, videos in by_class.items():
            for path in videos:
                paths[listing.videos[path]][path] = name
    several = [names for names in paths.values() if len(names) > 1]
    two = next((names for names in several if len(set(names.values())) > 1), None)
    if two:
        raise UserError(f"{listing.root}: {some(list(two))} are links to one file, which then is in two classes")
    return {path: next(iter(names)) for names in several for path in names}


def _table(by_class: ByClass, names: list[str], groups: dict[str, str]) -> "pd.DataFrame":
    import pandas as pd

    rows = [(path, names.index(name)) for name in sorted(by_class) for path in by_class[name]]
    table = pd.DataFrame(rows, columns=["video", "label"])
    return table.assign(group=[groups.get(path, path) for path in table["video"]]) if groups else table


def _instead(listing: Listing) -> str:
    """Return what the folder has instead of classes, for an error line."""
    tops = _by_class(listing.videos, "")
    found = [f"{name}/ ({counted(len(videos), 'video')})" for name, videos in tops.items()]
    found += filter(None, [listing.passed_over("")])
    if len(tops) == 1 and len(_by_class(listing.videos, f"{min(tops)}/")) > 1:
        found.append(f"did you mean --set dataset.root={listing.root / min(tops)}?")
    return f"found {'; '.join(found)}" if found else "it is empty"
