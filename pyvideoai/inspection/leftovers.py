"""Find what a folder of experiments takes, and what of it nobody needs any more; remove that on demand.

Checkpoints of epochs, results, predictions, logs and figures are never removed. What is younger than an hour, or
belongs to a run that is going on, is left alone. Links are neither followed nor counted.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pyvideoai.checkpoint import numbered_checkpoints, resume_files
from pyvideoai.errors import UserError
from pyvideoai.experiment import BEGUN, PARTS, STALE_S, ExperimentFolder
from pyvideoai.lock import Lock, holder

YOUNG_S = 3600.0  # a file that has just been written may belong to a process that is starting, or to an evaluation
RUNNING, FINISHED, UNFINISHED, NEVER_BEGAN = "running", "finished", "unfinished", "never began"
_VERSION = re.compile(r"version_\d{3,}")
_FEATURES = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Leftover:
    """Name a file or folder that can go, and why. version: the version whose lock must be held meanwhile."""

    path: Path
    size: int
    why: str
    version: Path | None = None


@dataclass
class Place:
    """Hold what a version takes: sizes in bytes by "checkpoints", "resume", "predictions" and "rest"."""

    path: Path
    state: str
    sizes: dict[str, int] = field(default_factory=dict)
    leftovers: list[Leftover] = field(default_factory=list)


@dataclass
class Found:
    """Hold everything that lies below a folder. features: folders of kept features."""

    versions: list[Place] = field(default_factory=list)
    features: list[Path] = field(default_factory=list)
    beginnings: list[Leftover] = field(default_factory=list)


def look(folder: Path) -> Found:
    """Look through a folder: of experiments, of one of them, a version, or of features. Raises UserError."""
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder of experiments: it does not exist")
    if folder.name in PARTS and (folder.parent / "run.json").exists():
        raise UserError(f"{folder} is a part of an experiment; give its folder, {folder.parent}")
    found = Found()
    for path, names in _folders(folder):
        if _is_version(path):
            found.versions.append(_version(path))
        elif _FEATURES.fullmatch(path.name) and any(path.glob("*.safetensors")):
            found.features.append(path)
        elif path.name.startswith(BEGUN[0]) and path.name.endswith(BEGUN[1]):
            if _age_s(path) > STALE_S:
                found.beginnings.append(Leftover(path, size_of(path), "the beginning of a version that a kill left"))
        else:
            continue
        names.clear()
    return found


def remove(leftover: Leftover, say: Callable[[str], None]) -> int:
    """Remove what can go; return its size, or 0 where it is needed by now. Raises OSError."""
    if leftover.version is None:
        return _removed(leftover)
    lock, doubts = Lock(leftover.version), list[str]()
    try:
        lock.take(doubts.append)
    except (UserError, FileNotFoundError) as error:
        say(f"left alone: {leftover.path}: {error}")
        return 0
    try:
        if doubts or leftover.path not in {each.path for each in _leftovers(leftover.version)}:
            say(f"left alone: {leftover.path}: {doubts[0] if doubts else 'its run went on in the meantime'}")
            return 0
        return _removed(leftover)
    finally:
        with suppress(OSError):  # the lock's file went with its folder
            lock.release()


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder, without links."""
    # What is gone by now, as the files are that a run replaces meanwhile, takes nothing.
    with suppress(FileNotFoundError):
        if path.is_symlink():
            return 0
        if path.is_file():
            return path.stat().st_size
    return sum(size_of(Path(below, name)) for below, _, names in os.walk(path) for name in names)


def _folders(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder and the list of its sub-folders; those that the caller takes out are passed over."""
    for path, names, _ in os.walk(folder):
        names.sort()
        yield Path(path), names


def _is_version(path: Path) -> bool:
    return _VERSION.fullmatch(path.name) is not None and ((path / "run.json").exists() or (path / "weights").is_dir())


def _version(path: Path) -> Place:
    resume = sum(size_of(each) for each in resume_files(path / "weights"))
    sizes = {
        "checkpoints": size_of(path / "weights") - resume,
        "resume": resume,
        "predictions": size_of(path / "predictions"),
    }
    sizes["rest"] = size_of(path) - sum(sizes.values())
    running = holder(path) is not None
    return Place(path, RUNNING if running else _state(path), sizes, [] if running else _leftovers(path))


def _state(path: Path) -> str:
    folder = ExperimentFolder(path)
    if folder.is_finished:
        return FINISHED
    began = numbered_checkpoints(folder.weights) or resume_files(folder.weights)
    # A run whose weights lie elsewhere by now has left its scores or predictions here.
    began = began or folder.summary.exists() or any(folder.predictions.glob("*"))
    return UNFINISHED if began or any(folder.weights.glob("*.pth")) else NEVER_BEGAN


def _leftovers(path: Path) -> list[Leftover]:
    """Return what can go of a version in which no run is going on."""
    state, folder = _state(path), ExperimentFolder(path)
    if state == NEVER_BEGAN:
        young = min(map(_age_s, (each for each in path.rglob("*") if each.name != ".lock")), default=YOUNG_S) < YOUNG_S
        return [] if young else [Leftover(path, size_of(path), "nothing was trained in it", path)]
    found = []
    if state == FINISHED:
        ended = folder.results.stat().st_mtime  # a state that is newer is of a run that trains longer
        old = [each for each in resume_files(folder.weights) if each.stat().st_mtime <= ended]
        found = [Leftover(each, size_of(each), "a state within an epoch; the run has finished", path) for each in old]
    halves = [each for each in path.rglob(".*.tmp") if each.is_file() and _age_s(each) > YOUNG_S]
    return [*found, *(Leftover(each, size_of(each), "half written when a kill came", path) for each in halves)]


def _removed(leftover: Leftover) -> int:
    path = leftover.path
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    if leftover.version in (None, path):
        with suppress(OSError):  # it holds others
            path.parent.rmdir()
    return leftover.size


def _age_s(path: Path) -> float:
    return time.time() - path.lstat().st_mtime
