"""Write the features of videos to a folder of their own: what tools/run_feature_extract.py does."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from pyvideoai._version import __version__
from pyvideoai.config.load import Config
from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.data.recorded import Part
from pyvideoai.data.rows import Rows
from pyvideoai.data.table import csv_text
from pyvideoai.engine.feature_maker import FeatureMaker, train_input_of
from pyvideoai.engine.pretrained import load_pretrained
from pyvideoai.engine.setup import build_model
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import ExperimentFolder, write_json
from pyvideoai.features import folder as feature_folder
from pyvideoai.features.collect import Collected
from pyvideoai.features.cut import Cut, Tap
from pyvideoai.features.store import Store
from pyvideoai.processes import Processes, start_processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.loading import load_trained, wrapped
from pyvideoai.unpack import (
    VIEWS,
    eval_loader,
    loader_options,
    mirrored_labels,
    targets_of,
    task_in,
    train_loader,
    views_of,
)

if TYPE_CHECKING:
    import pandas as pd

FIXED, MULTICROP = "fixed", "multicrop"
MODES = (FIXED, *VIEWS)
HELD = ("label", "frames")  # of an entry, in memory: features may be larger than it


@dataclass(frozen=True)
class Asked:
    """Hold what is to be extracted.

    parts: tables by the names of their splits. labelled: False for videos that belong to no split, named by their own
    paths. mode: which views; None: fixed views of train if the experiment has them, else its test_views. module: None
    for what goes into the classifier.
    """

    parts: Mapping[str, Part]
    classes: list[str]
    out: Path
    mode: str | None = None
    module: str | None = None
    labelled: bool = True


def extract(config: Config, asked: Asked, trained: ExperimentFolder | None, checkpoint: str) -> int:
    """Extract, print and write; return the exit code, 1 if some videos could not be decoded.

    trained: the run whose `checkpoint` gives the weights; None: the experiment's own `pretrained` weights.
    """
    with start_processes(config.exp.device) as processes:
        reporter = Reporter(None, enabled=processes.is_main)
        model, source = _network(config, asked.classes, trained, checkpoint, processes, reporter)
        extraction = Extraction(config, asked, model, processes, reporter)
        splits, failed = dict[str, Any](), 0
        for name, part in asked.parts.items():
            splits[name], lost = extraction.of_part(name, part)
            failed += lost
        if processes.is_main:
            told = extraction.about(source, splits)
            write_json(asked.out / feature_folder.ABOUT, told)
            shape = " x ".join(map(str, told["shape"]))
            reporter.log(f"features: {told['module']}, {shape} a view, in {asked.out.resolve()}")
    return 1 if failed else 0


def _network(
    config: Config,
    classes: list[str],
    trained: ExperimentFolder | None,
    checkpoint: str,
    processes: Processes,
    reporter: Reporter,
) -> tuple[nn.Module, str]:
    """Return the network on its device, and where its weights come from."""
    if trained is not None:
        found = load_trained(config, trained, checkpoint, processes.device)
        return found.model.network.module, str(found.path)  # type: ignore[attr-defined]  # a GuardedNetwork
    model = build_model(config, classes)
    if config.exp.pretrained is None:
        reporter.log("WARNING: features of random initial weights: pretrained is None")
    else:
        load_pretrained(model, config, classes, None, reporter)
    return wrapped(model, config).to(processes.device), str(config.exp.pretrained)


class Extraction:
    """Compute what a folder lacks of the features that are asked for, and write its tables."""

    def __init__(
        self, config: Config, asked: Asked, model: nn.Module, processes: Processes, reporter: Reporter
    ) -> None:
        self.config, self.asked, self.processes, self.reporter = config, asked, processes, reporter
        train_input = train_input_of(config, len(asked.classes)).to(processes.device)
        self.maker = FeatureMaker(
            config,
            Cut(model) if asked.module is None else Tap(model, asked.module),
            Store(asked.out),
            processes,
            reporter,
            to_input=train_input.to_input,
            train_input=train_input,
            held=HELD,
            originals=not asked.labelled,
            remedy="name a module with --module",
        )

    def of_part(self, name: str, part: Part) -> tuple[dict[str, Any], int]:
        """Compute and write a split; return what about.json says of it, and how many of its videos failed."""
        table, exp = part.table, self.config.exp
        mode = self.asked.mode or (FIXED if name == "train" and exp.fixed_views else MULTICROP)
        if mode == FIXED:
            loader = train_loader(self.config, table, **self._options)
            assert isinstance(loader, TrainLoader)
            keys, collected = self.maker.train_keys(table), self.maker.of_training(loader, table)
            views, told = exp.fixed_views, f"{counted(exp.fixed_views, 'fixed view')}, drawn as in training"
        else:
            shown = self._loader(table, mode)
            keys, collected = self.maker.view_keys(shown), self.maker.of_views(shown, name)
            views, told = 1, str(shown.views)
        # Keys are in the order of the rows, `views` for each.
        rows = [range(first, first + views) for first in range(0, len(keys), views)]
        written = self._table(part, [[keys[place] for place in row] for row in rows], collected, rows)
        failed = self._write(name, part, written, told)
        return {"rows": len(written), "views": int(written["views"].max()), "as": told}, failed

    @cached_property
    def _options(self) -> dict[str, Any]:
        return loader_options(self.config, self.processes)

    def _loader(self, table: "pd.DataFrame", mode: str) -> EvalLoader:
        views, options = views_of(self.config, mode), self._options
        if not self.asked.labelled:
            # The loader wants labels, which nobody reads here.
            without = task_in(self.config).of_numbers([])
            return eval_loader(
                self.config, table.assign(label=[without] * len(table)), views, originals=True, **options
            )
        if mirrored_labels(self.config, views) is not None:
            raise UserError(
                f"{type(views).__name__} has mirrored views, in which left is right; take views without mirror images"
            )
        return eval_loader(self.config, table, views, **options)

    def _table(self, part: Part, keys: list[list[str]], collected: Collected, rows: list[range]) -> "pd.DataFrame":
        """Return a split's table with the columns of its features; a row that failed has none."""
        errors = [
            next((collected.failures[place][0].reason for place in row if collected.failures.get(place)), "")
            for row in rows
        ]
        frames = list[list[list[int]]]()
        for row, error in zip(rows, errors, strict=True):
            found = [] if error else [collected.entries[place]["frames"] for place in row]
            frames.append([view for each in found for view in each.reshape(-1, each.shape[-1]).tolist()])
        if self.asked.labelled:
            self._check_labels(part, collected, rows)
        # A row has all of its views or none.
        whole = [[] if error else each for each, error in zip(keys, errors, strict=True)]
        return feature_folder.with_columns(part.table, whole, frames, errors)

    def _check_labels(self, part: Part, collected: Collected, rows: list[range]) -> None:
        """Raise UserError if a view has another label than its row: a table has one for all views."""
        targets, entries = targets_of(self.config), Rows(part.table)
        for row, places in enumerate(rows):
            own = targets.of_row(entries[row])
            for place in (each for each in places if each in collected.entries and each not in collected.failures):
                if not torch.equal(collected.entries[place]["label"].reshape(own.shape), own):
                    raise UserError(
                        f"{entries[row].video}: a view has another label than the video, by dataset.flip_labels or the "
                        "hook target; take views that keep it: -m multicrop, or --set dataset.flip_keeps_label=False"
                    )

    def _write(self, name: str, part: Part, table: "pd.DataFrame", told: str) -> int:
        """Write a split's table, say so, and name the videos that failed; return how many."""
        failed = table[table["error"] != ""]
        if self.processes.is_main:
            labelled = csv_text(table, part.classes, task=task_in(self.config)) if self.asked.labelled else None
            path = feature_folder.write_table(self.asked.out, name, labelled or table.to_csv(index=False))
            lost = [f"FAILED: {row.video}: {row.error}" for row in failed.itertuples()]
            self.reporter.log("\n".join([*part.notes, *lost, f"{name}: {counted(len(table), 'row')}, {told}: {path}"]))
        return len(failed)

    def about(self, source: str, splits: Mapping[str, Any]) -> dict[str, Any]:
        """Return about.json; splits of an earlier call stay in it if its network and classes were the same."""
        try:
            before = feature_folder.about(self.asked.out)
        except UserError:
            before = {}
        own = {"network": self.maker.network, "classes": list(self.asked.classes)}
        # Features of another network, or labels of other classes, don't belong beside these: such splits are forgotten.
        kept = before.get("splits", {}) if all(before.get(name) == value for name, value in own.items()) else {}
        return {
            **own,
            "configs": list(self.config.names),
            "overrides": [each.typed for each in self.config.overrides],
            "weights": source,
            "module": self.maker.cut.told,
            "multi_label": self.config.dataset.multi_label,
            "shape": self._shape(splits),
            "splits": {**kept, **splits},
            "pyvideoai": __version__,
        }

    def _shape(self, splits: Mapping[str, Any]) -> list[int]:
        """Return the shape of a view's features. Raises UserError if no video could be decoded."""
        for name in splits:
            for keys in feature_folder.keys_of(self.asked.out, name):
                entry = self.maker.store.get(keys[:1])[keys[0]]
                return list(feature_folder.by_view(entry["features"], entry["frames"]).shape[1:])
        raise UserError("no video could be decoded")
