"""The splits that a command looks at: those of a dataset, or those that a run had."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from pyvideoai.commands.train import load_tables
from pyvideoai.config.load import Config
from pyvideoai.errors import UserError, hint
from pyvideoai.experiment import ExperimentFolder

if TYPE_CHECKING:
    from pyvideoai.data.recorded import Part

SPLITS = ("train", "val", "test")
SPLIT_HELP = "train, val, test, or several joined by commas (all)"


def asked_parts(
    config: Config, folder: ExperimentFolder | None, asked: str | None
) -> "tuple[list[str], dict[str, Part]]":
    """Return the classes, and the splits by their names.

    folder: the run whose splits are meant; None: the dataset's. asked: names joined by commas; None: all.
    """
    from pyvideoai.data.recorded import Part

    if folder is not None:
        from pyvideoai.scoring.evaluation import part_of_run

        run = folder.read_run()
        names = _names(asked, run["splits"])
        return run["classes"], {name: part_of_run(config, folder, name) for name in names}
    from pyvideoai.engine.runner import splits_of

    splits = splits_of(config, load_tables(config))
    names = _names(asked, splits.tables())
    return splits.classes, {name: Part(name, splits.classes, splits.tables()[name]) for name in names}


def _names(asked: str | None, there: Collection[str]) -> list[str]:
    """Return the splits that are asked for; None: all. Raises UserError for one that isn't there."""
    names = [name.strip() for name in asked.split(",")] if asked else [name for name in SPLITS if name in there]
    for name in names:
        if name not in there:
            raise UserError(f"--split {name}: the dataset has no such split; {hint(name, there)}")
    return names
