"""Read what a run left in its folder: names, settings, results and saved predictions."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pyvideoai import tarred
from pyvideoai.annotations.columns import BOUNDS
from pyvideoai.annotations.names import in_one_line
from pyvideoai.config.run.snapshot import RESOLVED
from pyvideoai.data.prepared import copies_in
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.program import typed
from pyvideoai.reporting.spreadsheet import uncell
from pyvideoai.reporting.summary import read_history
from pyvideoai.scoring.fusing import Saved, read_saved

if TYPE_CHECKING:
    import pandas as pd

PART = tuple(name for pair in BOUNDS for name in pair)  # columns that say which part of a video a row is
LAYERS = {"dataset": "dataset.", "model": "model.", "experiment": ""}


class Resolved(NamedTuple):
    """Hold a setting as it ran: its name for `--set`, its value, and the file and line that it comes from."""

    layer: str
    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Run:
    """Hold one version of an experiment. which: the weights that are looked at, "best" or "last"."""

    folder: ExperimentFolder
    which: str

    @cached_property
    def name(self) -> str:
        """Return dataset/model/experiment[/variant]/version_000: the last parts of the folder's path."""
        parts = self.folder.path.parts
        facts = self._facts
        for length in (4, 5):
            if list(parts[-length:][:3]) == [facts.get(layer) for layer in LAYERS]:
                return "/".join(parts[-length:])
        return self.folder.path.name

    @cached_property
    def results(self) -> dict[str, Any]:
        """Return results.json. Raises UserError if the run has not finished, or scored nothing."""
        if not self.folder.is_finished:
            raise UserError(f"{self.folder.path} has not finished: it has no results.json")
        results = self.folder.read_results()
        if not isinstance(results.get("last"), dict):
            raise UserError(f"{self.folder.results} has no score: the run held nothing out")
        return results

    @property
    def score(self) -> dict[str, Any]:
        """Return the score of the weights that are looked at; of the last ones if no best epoch was chosen."""
        score: dict[str, Any] = self.results.get(self.which) or self.results["last"]
        return score

    @cached_property
    def table(self) -> list[Resolved]:
        """Return every setting with its origin, as the snapshot's table shows them. Raises UserError."""
        try:
            lines = (self.folder.configs / RESOLVED).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise UserError(f"{self.folder.configs / RESOLVED} can't be read: {error.strerror}") from None
        found, layer = list[Resolved](), ""
        for line in lines:
            if not line.startswith(" "):
                layer = line.partition(":")[0]
            elif parts := re.fullmatch(r"  (\S+)\s+(.*?)\s{2,}(\S.*)", line):
                found.append(Resolved(layer, f"{LAYERS.get(layer, '')}{parts[1]}", parts[2], parts[3]))
            elif found and line.strip():  # a long value goes on
                found[-1] = found[-1]._replace(value=f"{found[-1].value} {line.strip()}")
        return found

    @cached_property
    def settings(self) -> dict[str, str]:
        """Return every setting by the name that `--set` takes. Raises UserError."""
        return {each.name: each.value for each in self.table}

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return self.folder.read_run()

    @cached_property
    def classes(self) -> list[str]:
        """Return the names of the classes in label order."""
        return [str(each) for each in self._facts["classes"]]

    def split_table(self, split: str) -> "pd.DataFrame":
        """Return the table of a split as the run had it; label: a tuple of class numbers. Raises UserError."""
        import pandas as pd

        path = self.folder.splits / f"{split}.csv"
        try:
            table = pd.read_csv(path, dtype={"video": str, "label": str}, keep_default_na=False)
            labels = [tuple(int(each) for each in cell.split(";") if each) for cell in table["label"]]
        except (OSError, ValueError, KeyError) as error:
            raise UserError(f"{path} can't be read, the run's table of {split}: {in_one_line(str(error))}") from None
        if any(not 0 <= each < len(self.classes) for label in labels for each in label):
            raise UserError(f"{path} has labels that are none of the run's {len(self.classes)} classes")
        for name in PART:
            if name in table:
                table[name] = pd.to_numeric(table[name], errors="coerce")
        return table.assign(label=pd.Series(labels, dtype=object))

    def video(self, name: str) -> Path | None:
        """Return the file of a video where the run read it, or its prepared copy if the original is gone; None if the
        run didn't record where that is.
        """
        root, prepared = (self._facts["paths"].get(each) for each in ("root", "prepared"))
        file = None if root is None else Path(root, name)
        if prepared is None or (file is not None and tarred.is_there(file)) or not Path(prepared).is_dir():
            return file
        copy = copies_in(Path(prepared)).path(name)
        return copy if tarred.is_there(copy) else file

    @cached_property
    def history(self) -> list[dict[str, float]]:
        """Return the values of each epoch, such as "val/top1". Raises UserError."""
        return read_history(self.folder.summary)

    def predictions(self) -> Saved | None:
        """Return the saved predictions of the score, by video; None for a run of an older version, which saved none."""
        stem = f"{self.results['split']}_epoch{self.score['epoch']:04d}_"
        found = sorted(self.folder.predictions.glob(f"{stem}*.npz"), key=lambda path: path.stat().st_mtime)
        own = [path for path in found if len(read_saved(path).keys) == self.score["videos"]]
        return read_saved(own[-1]) if own else None

    @cached_property
    def _saved(self) -> Saved | None:
        return self.predictions()

    def saved(self) -> Saved:
        """Return the saved predictions of the score. Raises UserError if there are none."""
        if self._saved is None:
            raise UserError(f"{self.folder.predictions} has no predictions of this score: {typed('eval')} saves them")
        return self._saved

    def details(self, name: str) -> "pd.DataFrame":
        """Return a table that the evaluation wrote beside its predictions, such as slices.csv. Raises UserError."""
        import pandas as pd

        path = self.saved().path.with_suffix("") / name
        try:
            return pd.read_csv(path, keep_default_na=False, na_values=[""]).map(uncell)
        except (OSError, ValueError) as error:
            raise UserError(f"{path} can't be read: {in_one_line(str(error))}; {typed('eval')} writes it") from None


def different(runs: Sequence[Run], ignored: Collection[str] = ()) -> dict[str, list[str]]:
    """Return the settings that differ, with their values run by run; those that a run of an older version lacks are
    left out.
    """
    names = [name for name in runs[0].settings if name not in ignored and all(name in run.settings for run in runs)]
    values = {name: [run.settings[name] for run in runs] for name in names}
    return {name: of_runs for name, of_runs in values.items() if len(set(of_runs)) > 1}
