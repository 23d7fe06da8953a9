"""Which frames, which pixels, which videos: from split tables to batches of uint8 clips, for any training loop.

    from pyvideoai.data import ClipSource, Dense, Targets, read_table, train_loader

sampling, pixels, views   (and *_peers) value objects of configs: pure arithmetic, no torch
control                   clips whose frames are disturbed, to see whether a model looks at motion
table, lists, splits      split tables, checked; what a dataset has; val and test where it has none
order, weights            which rows come when
source, targets           a video's clips, and their labels; imports pyvideoai.video
clips, loader             clips of a table, in batches
to_input, train_input     what a network is given, made on its device; train_input adds flips, augment/ and mixes
settings                  the contract of dataset configs and of experiments about data: the one file that knows configs

Everything takes plain arguments; `unpack.py` makes them of configs. What needs torch is loaded on first use.
Imports tasks, video, annotations, models.normalise and ground modules.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pyvideoai.data.augment import (
    ColourJitter,
    CutMix,
    Greyscale,
    Mixup,
    MixupOrCutMix,
    RandAugment,
    RandomErasing,
    TrivialAugment,
)
from pyvideoai.data.lists import Dataset, Tables, read_tables
from pyvideoai.data.pixels import (
    CentreCrop,
    HorizontalFlip,
    PixelStep,
    RandomCrop,
    RandomResizedCrop,
    ShortSide,
    ShortSideJitter,
)
from pyvideoai.data.sampling import AtFps, ClipSampler, Dense, Segments
from pyvideoai.data.table import read_table
from pyvideoai.data.views import Views
from pyvideoai.data.weights import class_weights, row_weights

if TYPE_CHECKING:
    from pyvideoai.data.batches import TrainBatch, ViewBatch
    from pyvideoai.data.loader import EvalLoader, TrainLoader, eval_loader, train_loader
    from pyvideoai.data.source import ClipSource
    from pyvideoai.data.splits import Splits, make_splits
    from pyvideoai.data.targets import Targets, mirrored_labels
    from pyvideoai.data.to_input import ToInput
    from pyvideoai.data.train_input import TrainInput
    from pyvideoai.data.workers import worker_count

__all__ = [
    "AtFps",
    "CentreCrop",
    "ClipSampler",
    "ClipSource",
    "ColourJitter",
    "CutMix",
    "Dataset",
    "Dense",
    "EvalLoader",
    "Greyscale",
    "HorizontalFlip",
    "Mixup",
    "MixupOrCutMix",
    "PixelStep",
    "RandAugment",
    "RandomCrop",
    "RandomErasing",
    "RandomResizedCrop",
    "Segments",
    "ShortSide",
    "ShortSideJitter",
    "Splits",
    "Tables",
    "Targets",
    "ToInput",
    "TrainBatch",
    "TrainInput",
    "TrainLoader",
    "TrivialAugment",
    "ViewBatch",
    "Views",
    "class_weights",
    "eval_loader",
    "make_splits",
    "mirrored_labels",
    "read_table",
    "read_tables",
    "row_weights",
    "train_loader",
    "worker_count",
]

_LATER = {  # what loads torch or a video library, by module
    "batches": ("TrainBatch", "ViewBatch"),
    "loader": ("EvalLoader", "TrainLoader", "eval_loader", "train_loader"),
    "source": ("ClipSource",),
    "splits": ("Splits", "make_splits"),
    "targets": ("Targets", "mirrored_labels"),
    "to_input": ("ToInput",),
    "train_input": ("TrainInput",),
    "workers": ("worker_count",),
}
_MODULE_OF = {name: module for module, names in _LATER.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load what needs torch when it is asked for."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
