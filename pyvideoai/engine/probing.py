"""Try many heads on the features that a frozen network gave: what tools/run_probe.py does."""

import time
from collections.abc import Collection, Sequence
from typing import Any

import torch

from pyvideoai.config.load import Config
from pyvideoai.data.lists import Tables
from pyvideoai.data.loader import EvalLoader
from pyvideoai.engine.checks import check_experiment, is_probe
from pyvideoai.engine.kept_features import keep_features
from pyvideoai.engine.runner import say_what_runs, splits_of
from pyvideoai.engine.setup import build_training
from pyvideoai.engine.training import Training
from pyvideoai.errors import UserError
from pyvideoai.features.heads import (
    USUAL,
    Part,
    Setting,
    by_position,
    fit_head,
    losses_and_hits,
    sanity_hits,
    settings,
    standardised,
)
from pyvideoai.features.loaders import TrainFeatures
from pyvideoai.processes import start_processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.unpack import eval_loader, loader_options


def probe(config: Config, tables: Tables, kinds: Collection[str] = USUAL, seeds: Sequence[int] = ()) -> dict[str, Any]:
    """Fit the heads of these kinds, choose one on val, score it and the sanity checks on test; print and return all.

    seeds: of the heads' initial weights; a head is chosen for each. None given: the experiment's seed.
    """
    if not is_probe(config.exp):
        raise UserError("heads are tried on fixed views of a frozen network: take -E probe or -E probe_segments")
    splits = splits_of(config, tables)
    if config.dataset.multi_label or splits.val is None or splits.test is None:
        raise UserError("heads are chosen on val and scored on test, with one label a video: the dataset lacks that")
    with start_processes(config.exp.device) as processes:
        check_experiment(config, processes.world)
        reporter = Reporter(None, enabled=processes.is_main)
        say_what_runs(reporter, config, splits, processes, None)
        training = build_training(config, splits, processes, None, reporter)
        keep_features(training)
        has_features = training.features is not None or config.dataset.features
        if not has_features or training.val_loader is None or processes.world > 1:
            raise UserError("heads are tried on kept features, by one process: set feature_cache")
        parts = _parts(training, training.val_loader)
        result = _tried(parts, len(splits.classes), seeds or [config.exp.seed], kinds)
        reporter.log("\n".join(_lines(result)))
    return result


def _parts(training: Training, val: EvalLoader) -> dict[str, Part]:
    config, splits = training.config, training.splits
    options = loader_options(config, training.processes)
    assert splits.test is not None
    test = eval_loader(config, splits.test, config.exp.test_views, **options)
    if training.features is not None:
        test = training.features.of(test, "test")
    loader = training.train_loader
    assert isinstance(loader, TrainFeatures)
    found = {"train": (by_position(loader.features), loader.labels), "val": _of(val), "test": _of(test)}
    scaled = standardised(*(features for features, _ in found.values()))
    return {name: Part(each, found[name][1]) for name, each in zip(found, scaled, strict=True)}


def _of(loader: EvalLoader) -> tuple[torch.Tensor, torch.Tensor]:
    # A batch whose videos all failed has no features.
    batches = [batch for batch in loader if len(batch.rows)]
    return torch.cat([by_position(batch.clips) for batch in batches]), torch.cat([batch.labels for batch in batches])


def _tried(parts: dict[str, Part], classes: int, seeds: Sequence[int], kinds: Collection[str]) -> dict[str, Any]:
    """Return the scores of all heads, and of the one that is chosen for each seed."""
    started = time.perf_counter()
    by_seed = [_of_seed(parts, classes, seed, kinds) for seed in seeds]
    return {
        "videos": {name: len(part.labels) for name, part in parts.items()},
        "by_seed": by_seed,
        "mean_test_hits": sum(each["chosen"]["test_hits"] for each in by_seed) / len(by_seed),
        "seconds": time.perf_counter() - started,
        "sanity": sanity_hits(parts["train"], parts["test"]),
    }


def _of_seed(parts: dict[str, Part], classes: int, seed: int, kinds: Collection[str]) -> dict[str, Any]:
    """Return the heads of a seed; the one with the most hits on val is chosen, among equal ones by its loss."""
    rows = [_row(setting, parts, classes, seed) for setting in settings(kinds)]
    return {"seed": seed, "heads": rows, "chosen": min(rows, key=lambda row: (-row["val_hits"], row["val_loss"]))}


def _row(setting: Setting, parts: dict[str, Part], classes: int, seed: int) -> dict[str, Any]:
    head = fit_head(setting, parts["train"], classes, seed)
    (val_loss, val_hits), (_, test_hits) = (
        losses_and_hits(head, parts[name], setting.kind) for name in ("val", "test")
    )
    return {"head": str(setting), "val_loss": val_loss, "val_hits": val_hits, "test_hits": test_hits}


def _lines(result: dict[str, Any]) -> list[str]:
    val, test, by_seed = result["videos"]["val"], result["videos"]["test"], result["by_seed"]

    def score(hits: float) -> str:
        return f"test {hits:.4g} of {test} = {100 * hits / test:.2f}"

    rows = [
        f"  {row['head']}: val {row['val_hits']} of {val} (loss {row['val_loss']:.3f})"
        for each in by_seed
        for row in each["heads"]
    ]
    chosen = [
        f"chosen on val, seed {each['seed']}: {each['chosen']['head']}: {score(each['chosen']['test_hits'])}"
        for each in by_seed
    ]
    mean = [f"mean of {len(by_seed)} seeds: {score(result['mean_test_hits'])}"] if len(by_seed) > 1 else []
    sanity = [f"{name}: {score(hits)}" for name, hits in result["sanity"].items()]
    return [f"{len(rows)} heads in {result['seconds']:.1f} s", *rows, *sanity, *chosen, *mean]
