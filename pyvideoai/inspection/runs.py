"""Read what a run left in its folder: names, settings, results and saved predictions."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyvideoai.config.run.snapshot import RESOLVED
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.scoring.fusing import Saved, read_saved

LAYERS = {"dataset": "dataset.", "model": "model.", "experiment": ""}


@dataclass(frozen=True)
class Run:
    """Hold one version of an experiment. which: the weights that are looked at, "best" or "last"."""

    folder: ExperimentFolder
    which: str

    @cached_property
    def name(self) -> str:
        """Return dataset/model/experiment[/variant]/version_000: the last parts of the folder's path."""
        parts = self.folder.path.parts
        facts = self.folder.read_run()
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
    def settings(self) -> dict[str, str]:
        """Return every setting by the name that `--set` takes, as the snapshot's table shows it."""
        try:
            lines = (self.folder.configs / RESOLVED).read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise UserError(f"{self.folder.configs / RESOLVED} can't be read: {error.strerror}") from None
        settings, prefix = {}, ""
        for line in lines:
            if not line.startswith(" "):
                prefix = LAYERS.get(line.partition(":")[0], prefix)
            elif parts := re.fullmatch(r"  (\S+)\s+(.*?)\s{2,}\S.*", line):
                settings[f"{prefix}{parts[1]}"] = parts[2]
        return settings

    def predictions(self) -> Saved | None:
        """Return the saved predictions of the score, by video; None for a run of an older version, which saved none."""
        stem = f"{self.results['split']}_epoch{self.score['epoch']:04d}_"
        found = sorted(self.folder.predictions.glob(f"{stem}*.npz"), key=lambda path: path.stat().st_mtime)
        own = [path for path in found if len(read_saved(path).keys) == self.score["videos"]]
        return read_saved(own[-1]) if own else None


def different(runs: Sequence[Run], ignored: Collection[str] = ()) -> dict[str, list[str]]:
    """Return the settings that differ, with their values run by run; those that a run of an older version lacks are
    left out.
    """
    names = [name for name in runs[0].settings if name not in ignored and all(name in run.settings for run in runs)]
    values = {name: [run.settings[name] for run in runs] for name in names}
    return {name: of_runs for name, of_runs in values.items() if len(set(of_runs)) > 1}
