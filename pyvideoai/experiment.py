"""The experiment folder: every path in it, and how versions are made and found.

<root>/<dataset>/<model>/<experiment>[/<overrides or -S name>]/version_000/
    configs/ logs/ plots/ predictions/ tensorboard/ weights/  summary.csv  run.json  results.json
"""

import contextlib
import errno
import json
import math
import os
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyvideoai.errors import UserError, hint
from pyvideoai.files import read_json, require, write_whole

DEFAULT_ROOT = Path("data/experiments")
BEGUN = (".version.", ".tmp")  # how the folder of a version begins and ends until it is whole
STALE_S = 24 * 3600
PARTS = ("configs", "logs", "plots", "predictions", "tensorboard", "weights")


@dataclass(frozen=True)
class ExperimentFolder:
    """One version of one experiment."""

    path: Path

    @property
    def configs(self) -> Path:
        return self.path / "configs"

    @property
    def splits(self) -> Path:
        return self.configs / "splits"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def plots(self) -> Path:
        return self.path / "plots"

    @property
    def predictions(self) -> Path:
        return self.path / "predictions"

    @property
    def tensorboard(self) -> Path:
        return self.path / "tensorboard"

    @property
    def weights(self) -> Path:
        return self.path / "weights"

    @property
    def summary(self) -> Path:
        return self.path / "summary.csv"

    @property
    def results(self) -> Path:
        return self.path / "results.json"

    def make_parts(self) -> None:
        """Make the folders that are missing: copies leave out empty ones, and people remove logs and plots."""
        for part in PARTS:
            if part != "weights":  # without them the run is lost, or this is another folder
                (self.path / part).mkdir(exist_ok=True)

    def read_run(self) -> dict[str, Any]:
        """Return the content of `run.json`, the record of the run. Raises UserError if it is missing or malformed."""
        path = self.path / "run.json"
        run = {"paths": {}, **_read_json(path, {"classes": list, "splits": dict})}
        require(run, {"paths": dict}, str(path))
        require(run["paths"], dict.fromkeys(run["paths"], str), f"{path}: paths")
        for name, facts in run["splits"].items():
            require(facts, {"sha256": str}, f"{path}: splits: {name}")
        return run

    def write_run(self, facts: dict[str, Any]) -> None:
        write_json(self.path / "run.json", facts)

    @property
    def is_finished(self) -> bool:
        return self.results.exists()

    def read_results(self) -> dict[str, Any]:
        """Return the final scores; `results.json` exists only once a run has finished."""
        return _read_json(self.results, {"num_epochs": int})


def experiment_base(names: tuple[str, str, str], variant: str = "", root: str | Path = DEFAULT_ROOT) -> Path:
    """Return the folder that holds an experiment's versions.

    variant: overrides in canonical spelling, or the name given with -S.
    """
    return Path(root, *names, *([variant] if variant else [])).absolute()


def check_subfolder(name: str) -> None:
    """Raise UserError unless `name`, which was given with -S, can name one folder beside an experiment's versions."""
    odd = [each for each in name if each in "/\\" or unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    if odd or name in (".", "..") or name != name.strip() or not name or len(name.encode(errors="replace")) > 200:
        raise UserError(
            f"-S {name!r} can't name a folder of the experiment: write one name of at most 200 bytes, without slashes, "
            "control characters or blanks around it"
        )
    if re.fullmatch(r"version_\d{3,}", name):
        raise UserError(f"-S {name!r}: versions are called that; give another name")


def new_version(base: Path, fill: Callable[[ExperimentFolder], None] = lambda folder: None) -> ExperimentFolder:
    """Make the folder of the next version, with what `fill` writes into it: whole, or not at all.

    Raises UserError if nothing can be written there.
    """
    refuse_unwritable(base)
    base.mkdir(parents=True, exist_ok=True)
    _remove_stale(base)
    with tempfile.TemporaryDirectory(dir=base, prefix=BEGUN[0], suffix=BEGUN[1]) as temporary:
        # A folder inside: the temporary one is its owner's alone (0700), and is removed at the end.
        begun = ExperimentFolder(Path(temporary, "version"))
        for part in PARTS:
            (begun.path / part).mkdir(parents=True)
        fill(begun)
        number = max(_versions(base), default=-1) + 1
        while True:
            path = base / f"version_{number:03d}"
            try:
                # A rename fails where a folder of this name has something in it, as every version has.
                return ExperimentFolder(begun.path.rename(path))
            except OSError as error:  # another run, started at the same moment, has taken this number
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
                number += 1


def _remove_stale(base: Path) -> None:
    """Remove the beginnings of versions that a kill left; not those of runs that may be starting now."""
    for each in base.glob(f"{BEGUN[0]}*{BEGUN[1]}"):
        with contextlib.suppress(OSError):
            if time.time() - each.stat().st_mtime > STALE_S:
                shutil.rmtree(each)


def refuse_unwritable(folder: Path) -> None:
    """Raise UserError unless files can be made in `folder`, or, if it doesn't exist, where it would be made.

    Nothing is left behind.
    """
    existing = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        at = "" if existing == folder else f" at {existing}"
        raise UserError(f"{folder} can't be written{at}: {error.strerror}") from None


def discard(folder: ExperimentFolder) -> None:
    """Remove a version in which nothing was trained, and the folder of versions if it is then empty."""
    if folder.path.is_dir() and not any(folder.weights.iterdir()):
        shutil.rmtree(folder.path)
        with contextlib.suppress(OSError):  # it holds others
            folder.path.parent.rmdir()


def has_versions(base: Path) -> bool:
    """Return whether the folder holds versions of an experiment."""
    return bool(_versions(base))


def find_version(base: Path, version: str | None = None) -> ExperimentFolder:
    """Return an existing version: the last one ('last' or None), or a number.

    One that a kill left before its run was recorded doesn't count as the last. Raises UserError that lists all.
    """
    versions = _versions(base)
    if version in (None, "last"):
        # All of them where no run was recorded: `read_run` then says of the last one that it is missing.
        versions = {number: path for number, path in versions.items() if (path / "run.json").exists()} or versions
    if not versions:
        raise UserError(f"no experiment in {base}{_near_experiments(base)}")
    if version in (None, "last"):
        return ExperimentFolder(versions[max(versions)])
    if not version.isdecimal() or int(version) not in versions:
        raise UserError(
            f"no version {version!r} in {base}; {hint(version, ['last', *(str(each) for each in versions)])}"
        )
    return ExperimentFolder(versions[int(version)])


def open_folder(path: str | Path, version: str | None = None) -> ExperimentFolder:
    """Return the experiment folder that the user named: a version, or the folder above it.

    version: which version of the folder above to take; None: the last one.
    """
    path = Path(path).absolute()
    if (path / "run.json").exists():
        if version is not None and find_version(path.parent, version).path != path:
            raise UserError(f"-v {version}: {path} is a version itself; give the folder above, or leave -v out")
        return ExperimentFolder(path)
    if path.is_file() or path.name in PARTS:
        raise UserError(f"{path} is a part of an experiment; give its folder, {version_of(path)}")
    if not path.is_dir():
        raise UserError(f"{path} is not an experiment folder: it does not exist")
    return find_version(path, version)


def version_of(file: str | Path) -> Path:
    """Return the version folder that a file lies in. Raises UserError if it lies in none."""
    path = Path(file).absolute()
    # A version's files lie up to three folders deep, as predictions/<evaluation>/per_class.csv does.
    for above in path.parents[:3]:
        if (above / "run.json").exists():
            return above
    raise UserError(f"{path} is not in an experiment folder, whose configs it needs: give the folder that it came from")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write readable JSON, whole or not at all. NaN and infinity are written as null."""
    write_whole(path, json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _read_json(path: Path, kinds: Mapping[str, type]) -> dict[str, Any]:
    try:
        content = read_json(path)
    except FileNotFoundError:
        raise UserError(f"{path} is missing: this is not an experiment folder, or its run never started") from None
    require(content, kinds, str(path))
    return content


def _versions(base: Path) -> dict[int, Path]:
    if not base.is_dir():
        return {}
    found = ((re.fullmatch(r"version_(\d{3,})", each.name), each) for each in base.iterdir())
    return {int(match[1]): each for match, each in found if match}


def _near_experiments(base: Path) -> str:
    """Return the end of an error line that lists other variants of the same experiment; "" if there are none."""
    siblings = sorted(
        each.name
        for folder in (base, base.parent)
        if folder.is_dir()
        for each in folder.iterdir()
        if each.is_dir() and _versions(each)
    )
    return f"; there are {', '.join(siblings)}" if siblings else ""
