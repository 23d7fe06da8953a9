"""Keep the snapshot of a config on disk: every file that ran, the names, the overrides, and the resolved table.

A folder laid out like a repository: `dataset_configs/`, `model_configs/`, `exp_configs/`, beside `overrides.json` and
`resolved.txt`. A file that is hidden by another of its name (the user's own `x.py` inherits the shipped `x.py`) goes to
`hidden_1/`, which is searched next, and so on.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyvideoai.config.errors import ConfigError
from pyvideoai.config.lookup import Library
from pyvideoai.files import write_whole

OVERRIDES, RESOLVED = "overrides.json", "resolved.txt"


@dataclass(frozen=True)
class Snapshot:
    """Hold what a snapshot folder says besides its config files."""

    roots: list[Path]
    names: tuple[str, str, str]
    overrides: list[str]


def write_snapshot(folder: Path, library: Library, overrides: Iterable[str], resolved: str) -> None:
    """Write every text that `library` has read, and how to load them again."""
    originals = {}
    for path, text in library.texts.items():
        root, relative = library.place(path)
        hidden_by = sum(earlier / relative in library.texts for earlier in library.roots[: library.roots.index(root)])
        saved = (Path(f"hidden_{hidden_by}") if hidden_by else Path()) / relative
        (folder / saved).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / saved, text)
        originals[saved.as_posix()] = str(path)
    said = {"names": library.names, "overrides": list(overrides), "files": originals}
    write_whole(folder / RESOLVED, resolved + "\n")
    # Last: `read_snapshot` knows a snapshot by this file, and so a whole one.
    write_whole(folder / OVERRIDES, json.dumps(said, indent=2) + "\n")


def replace_override(folder: Path, name: str, override: str) -> None:
    """Write `override` of the experiment's setting `name` to a snapshot, in place of the one that it holds, if any."""
    said = _read(folder / OVERRIDES)
    # "num_epochs=3" and "experiment.num_epochs=3" set the same.
    others = [each for each in said["overrides"] if each.partition("=")[0].strip().rpartition(".")[2] != name]
    write_whole(folder / OVERRIDES, json.dumps({**said, "overrides": [*others, override]}, indent=2) + "\n")


def read_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot folder. Raises ConfigError if it is not one."""
    try:
        said = _read(folder / OVERRIDES)
        if len(said["names"]) != 3 or not _are_texts(said["names"]) or not _are_texts(said["overrides"]):
            raise ValueError("names must be three texts, overrides a list of texts")
        # By number: as text, hidden_10 would come before hidden_2.
        hidden = sorted(folder.glob("hidden_*"), key=lambda path: int(path.name.removeprefix("hidden_")))
        return Snapshot([folder, *hidden], tuple(said["names"]), list(said["overrides"]))
    except FileNotFoundError:
        raise ConfigError(f"{folder}: no snapshot of configs here ({OVERRIDES} is missing)") from None
    except KeyError as error:
        raise ConfigError(f"{folder / OVERRIDES}: cannot be read: it has no {error}") from None
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise ConfigError(f"{folder / OVERRIDES}: cannot be read: {error}") from None


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(each, str) for each in values)


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
