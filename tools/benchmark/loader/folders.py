"""A config for plain folders of videos, which have no classes and no network."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmark.loader.protocol import Protocol
from pyvideoai.config.contract import Contract
from pyvideoai.config.load import Config, load
from pyvideoai.data.views import Views

DATASET = """
root = "."


def classes():
    return ["any"]


def splits():
    return {}
"""
MODEL = """
from pyvideoai.models.normalise import Normalise

clip = (8, 8)
fps = 30.0
normalise = Normalise(mean=(0, 0, 0), std=(1, 1, 1))


def load_model(num_classes):
    return None
"""
EXPERIMENT = """
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling_peers import SampleFrames
from pyvideoai.data.views import Views

num_epochs = 1
global_batch = 8
train_clip = {sampler!r}
train_pixels = {steps!r}
val_views = test_views = {views}


def optimiser(model):
    return None
"""


def folder_config(contracts: Sequence[Contract], protocol: Protocol, root: Path, overrides: Sequence[str]) -> Config:
    """The three layers that say what `protocol` says, for videos relative to `root`."""
    with tempfile.TemporaryDirectory() as folder:
        text = EXPERIMENT.format(
            sampler=protocol.sampler, steps=list(protocol.steps), views=repr(protocol.views or Views())
        )
        for layer, source in (("dataset", DATASET), ("model", MODEL), ("exp", text)):
            place = Path(folder, f"{layer}_configs")
            place.mkdir()
            (place / "benchmark.py").write_text(source)
        chosen = [f"dataset.root={str(root)!r}", *overrides]
        config = load(contracts, "benchmark", "benchmark", "benchmark", chosen, roots=[Path(folder)])
        return config.execute()
