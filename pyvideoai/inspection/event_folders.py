"""Give TensorBoard a folder of links in which runs have readable names: `seed=1/train` and not
`motion/i3d_tiny/quickstart/seed=1/version_000/tensorboard/train`, which it cuts off.
"""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pyvideoai.errors import UserError

EVENTS = "tensorboard"  # the folder of a version that holds them


def event_folders(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the event folders of all versions below `folders`, by readable names.

    A name has the parts of the path in which the runs differ; the number of the version only where there are several of
    one experiment. Raises UserError if there are none.
    """
    found = sorted({Path(path) for folder in folders for path in _below(folder)})
    if not found:
        raise UserError(f"no run in {', '.join(map(str, folders))} has written {EVENTS}/")
    bases = [path.parent.parent for path in found]
    common, versions, short = Path(os.path.commonpath(bases)), Counter(bases), _short(set(bases))
    names = {}
    for path, base in zip(found, bases, strict=True):
        name = base.name if base == common else str(base.relative_to(common).with_name(short[base]))
        names[f"{name}/{path.parent.name.replace('version_', 'v')}" if versions[base] > 1 else name] = path
    return names


def link(names: dict[str, Path], into: Path) -> list[str]:
    """Link what is not linked yet into the folder `into`, run by run; return the names of the runs that are new."""
    new = []
    for name, events in names.items():
        new += [name] * (not (into / name).exists())
        for part in (part for part in sorted(events.iterdir()) if part.is_dir()):
            place = into / name / part.name
            if not place.is_symlink():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(part)
    return new


def _short(bases: set[Path]) -> dict[Path, str]:
    """Return names of folders of overrides, "learning_rate=0.1,seed=1", without what all of an experiment have."""
    short = {base: base.name for base in bases}
    for parent in {base.parent for base in bases}:
        items = {base: base.name.split(",") for base in bases if base.parent == parent and "=" in base.name}
        shared = set.intersection(*map(set, items.values())) if len(items) > 1 else set()
        for base, own in items.items():
            short[base] = ",".join(each for each in own if each not in shared) or base.name
    return short


def _below(folder: Path) -> list[Path]:
    """Return the event folders of the versions below a folder, or of itself."""
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder of experiments: it does not exist")
    found = []
    for path, names, _ in os.walk(folder.absolute()):
        if Path(path).name.startswith("version_") and EVENTS in names:
            found.append(Path(path, EVENTS))
            names.clear()
    return found
