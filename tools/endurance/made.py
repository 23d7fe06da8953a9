"""A workplace in a folder: three configs, and videos that are made in memory, so that a step takes a millisecond."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pyvideoai.video import Video

CHOICE = ["-D", "made", "-M", "linear", "-E", "brief"]
TIMINGS = {"runtime_s", "clips_per_s", "data_wait_share", "memory_gb"}
DATASET = """
import pandas as pd

root = "."


def classes():
    return ["dark", "light"]


def splits():
    rows = [(f"{split}_{number}", number % 2) for split, count in COUNTS.items() for number in range(count)]
    table = pd.DataFrame(rows, columns=["video", "label"])
    return {split: table[table["video"].str.startswith(split)].reset_index(drop=True) for split in COUNTS}


COUNTS = {"train": TRAIN, "val": 3, "test": 2}
"""
MODEL = """
from torch import nn

from pyvideoai.models.normalise import Normalise

clip = (2, 1)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))


def load_model(num_classes):
    parts = nn.Conv3d(3, 4, (1, 3, 3), stride=3), nn.BatchNorm3d(4), nn.ReLU(), nn.Dropout(0.3)
    return nn.Sequential(*parts, nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(4, num_classes))
"""
EXPERIMENT = """
import torch

from pyvideoai.config import model_cfg
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop
from pyvideoai.data.sampling import Dense
from pyvideoai.data.views import Views

num_epochs = 3
global_batch = 4
learning_rate = 0.05
workers = 0
log_period = 2
save_every_s = 0
train_clip = Dense(*model_cfg.clip)
train_pixels = [RandomCrop(8), HorizontalFlip()]
val_views = Views(clips=1, crops=1, scale=8, size=8)
test_views = Views(clips=1, crops=1, scale=8, size=8)


def optimiser(model):
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
"""


class MadeVideo(Video):
    """Six frames of noise that its name decides."""

    num_frames, fps, height, width = 6, 25.0, 10, 12
    delay_s = 0.0  # that opening one takes: a run of some duration that takes no processor

    def __init__(self, path: Path, reader: str) -> None:
        self.path = path
        time.sleep(self.delay_s)

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        number = int(self.path.name.rpartition("_")[2])
        frames = np.random.default_rng(number).integers(0, 128, (6, self.height, self.width, 3)) + 100 * (number % 2)
        for place, frame in enumerate(wanted):
            yield place, frames[frame].astype(np.uint8)

    def close(self) -> None: ...


def lay_out(folder: Path, train: int = 13) -> None:
    """Write the configs and the (empty) files of the videos. What opens videos must be replaced by `MadeVideo`.

    train: number of training videos, of which a step takes 4.
    """
    dataset = DATASET.replace("TRAIN", str(train))
    for layer, name, text in (("dataset", "made", dataset), ("model", "linear", MODEL), ("exp", "brief", EXPERIMENT)):
        (folder / f"{layer}_configs").mkdir()
        (folder / f"{layer}_configs" / f"{name}.py").write_text(text)
    for split, count in (("train", train), ("val", 3), ("test", 2)):
        for number in range(count):
            (folder / f"{split}_{number}").touch()


def write_clips(folder: Path) -> None:
    """Write the videos that `MadeVideo` makes in memory into the files of `lay_out`."""
    import av

    for path in folder.glob("*_[0-9]*"):
        video = MadeVideo(path, "auto")
        with av.open(str(path), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv444p"
            for _, frame in video._decode(np.arange(video.num_frames)):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())


def assert_same(ours: Any, theirs: Any, place: str = "") -> None:
    """Every tensor bitwise, every number exactly."""
    if isinstance(theirs, dict):
        assert isinstance(ours, dict) and list(ours) == list(theirs), place
        for name in theirs:
            assert_same(ours[name], theirs[name], f"{place}{name}: ")
    elif isinstance(theirs, list | tuple):
        assert len(ours) == len(theirs), place
        for number, each in enumerate(theirs):
            assert_same(ours[number], each, f"{place}{number}: ")
    elif isinstance(theirs, torch.Tensor):
        assert torch.equal(ours, theirs), place
    else:
        assert ours == theirs or (ours != ours and theirs != theirs), place
