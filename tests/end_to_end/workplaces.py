"""What a whole workplace is made of: tiny clips of two colours, three configs, and how a tool is started."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from pyvideoai.reporting import reporter
from pyvideoai.scoring import details

HANGS_S = 600  # whatever takes so long isn't slow but stuck
REPOSITORY = Path(__file__).parents[2]
COLOURS = {"red": (200, 30, 30), "blue": (30, 30, 200)}
VIDEOS = {"train": 16, "val": 3, "test": 5}  # of each class
FIGURES = {name: getattr(reporter, name) for name in dir(reporter) if name.startswith("draw_")}

DATASET = '''
"""Two colours."""
import pandas as pd

root = "clips"


def classes():
    return ["red", "blue"]


def splits():
    return {name: f"{name}.csv" for name in ("train", "val", "test")}
'''
MODEL = '''
"""A network of a few thousand parameters."""
from pyvideoai.models.i3d import I3D
from pyvideoai.models.normalise import Normalise

clip = (4, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
width, dropout = 4, 0.2


def load_model(num_classes):
    return I3D(num_classes, depth=18, width=width, dropout=dropout)
'''
EXPERIMENT = '''
"""A few steps."""
import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views

num_epochs = 3
global_batch = 4
learning_rate = 0.05
workers = 0
train_clip = Dense(*model_cfg.clip)
train_pixels = [ShortSideJitter(32, 40), RandomCrop(32), HorizontalFlip()]
val_views = Views(clips=1, crops=1, scale=32, size=32)
test_views = Views(clips=2, crops=3, scale=32, size=32)


def optimiser(model):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
'''
FRAMES = '''
"""A convolution that sees one frame, and the mean of its features."""
from torch import nn

from pyvideoai.models.frames import AverageHead, FrameNetwork
from pyvideoai.models.normalise import Normalise

clip = (4, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))
dropout = 0.3


def load_model(num_classes):
    layers = nn.Conv2d(3, 12, 3, stride=4), nn.BatchNorm2d(12), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return FrameNetwork(nn.Sequential(*layers), AverageHead(12, num_classes, dropout=dropout))
'''
PROBE = '''
"""Two fixed views of each video, a frozen network."""
from pyvideoai.config import inherit

inherit("brief", num_epochs=2, fixed_views=2, freeze="backbone", loggers=[])
'''


def lay_out(folder: Path, clips: Path) -> None:
    """Put the data of `clips` and the three configs into a folder."""
    for name in ("clips", "train.csv", "val.csv", "test.csv"):
        (folder / name).symlink_to(clips / name)
    for layer, name, text in (("dataset", "colours", DATASET), ("model", "small", MODEL), ("exp", "brief", EXPERIMENT)):
        (folder / f"{layer}_configs").mkdir()
        (folder / f"{layer}_configs" / f"{name}.py").write_text(text.lstrip())


def write_clip(path: Path, colour: tuple[int, int, int], seed: int) -> None:
    """A 12-frame clip of a noisy colour, 48 x 40."""
    random = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 48, 40, "yuv420p"
        for _ in range(12):
            pixels = np.clip(np.array(colour) + random.normal(0, 20, (40, 48, 3)), 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


@contextmanager
def without_figures() -> Iterator[None]:
    """Let runs draw no figures meanwhile: they take five sixths of the time of a run as short as ours."""
    with pytest.MonkeyPatch.context() as patch:
        for name in FIGURES:
            patch.setattr(reporter, name, lambda *arguments: None)
        for name in (name for name in dir(details) if name.startswith("draw_")):
            patch.setattr(details, name, lambda *arguments: None)
        yield


CHOICE = ["-D", "colours", "-M", "small", "-E", "brief"]
FOLDER = ["-D", "folder", "--set", "dataset.root=my_videos", "-M", "small", "-E", "brief"]
VERSION = Path("data/experiments/colours/small/brief/version_000")


def tool(name: str, *arguments: str, launcher: tuple[str, ...] = (), own_group: bool = False) -> subprocess.Popen:
    """A tool in a process of its own, its output in one pipe; with `own_group` it leads a process group."""
    command = [sys.executable, *launcher, str(REPOSITORY / "tools" / name), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, **pipe, env=environment, start_new_session=own_group)
