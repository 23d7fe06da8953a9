"""Weights that were trained on something else, in small: features that know directions tell still textures apart; those
of random weights don't.
"""

import json
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from workplaces import EXPERIMENT

from pyvideoai.commands import probe as probe_command

DIRECTIONS = 4
VIDEOS = {"train": 12, "val": 3, "test": 10}  # of each class
SIZE, WAVE = 48, 6.0  # pixels
DATASET = '''
"""Stripes in four directions."""
root = "clips"


def classes():
    return ["0", "45", "90", "135"]


def splits():
    return {name: f"{name}.csv" for name in ("train", "val", "test")}
'''
MODEL = '''
"""A layer of filters, and how much each finds in a frame."""
from torch import nn

from pyvideoai.models.frames import AverageHead, FrameNetwork
from pyvideoai.models.normalise import Normalise

clip = (2, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))


def load_model(num_classes):
    layers = nn.Conv2d(3, 8, 9), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return FrameNetwork(nn.Sequential(*layers), AverageHead(8, num_classes))
'''
PROBE = '''
"""One fixed view of each video."""
from pyvideoai.config import inherit

inherit("brief", fixed_views=1, freeze="backbone", train_pixels=[ShortSide(40), CentreCrop(32)])
'''


def stripes(direction: int, rng: np.random.Generator) -> np.ndarray:
    """A still texture, uint8 (SIZE, SIZE, 3): stripes at any place, of any colours and contrast, under noise."""
    y, x = np.mgrid[:SIZE, :SIZE]
    angle = np.pi * direction / DIRECTIONS
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / WAVE + rng.uniform(0, 2 * np.pi))
    colours = rng.uniform(60, 190, 3) + rng.uniform(25, 60) * wave[..., None]
    return np.clip(colours + rng.normal(0, 12, (SIZE, SIZE, 3)), 0, 255).astype(np.uint8)


def write_still(path: Path, pixels: np.ndarray) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = SIZE, SIZE, "yuv420p", 2_000_000
        for _ in range(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


def filters() -> dict[str, torch.Tensor]:
    """Weights that answer to stripes of one direction each, and to their opposites, whatever the colour."""
    y, x = np.mgrid[-4:5, -4:5]
    waves = []
    for direction in range(DIRECTIONS):
        angle = np.pi * direction / DIRECTIONS
        wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / WAVE) * np.exp(-(x**2 + y**2) / 12)
        waves += [wave, -wave]
    weight = torch.tensor(np.stack(waves), dtype=torch.float32)[:, None].expand(-1, 3, -1, -1)
    return {"backbone.0.weight": weight.clone(), "backbone.0.bias": torch.zeros(len(waves))}


@pytest.fixture
def textures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current directory has -D textures -M filters -E probe, and trained.pth for -M filters."""
    monkeypatch.chdir(tmp_path)
    Path("clips").mkdir()
    rng = np.random.default_rng(0)
    for split, count in VIDEOS.items():
        rows = [(f"{split}_{direction}_{number}.avi", direction) for number in range(count) for direction in range(4)]
        for video, direction in rows:
            write_still(Path("clips", video), stripes(direction, rng))
        text = "".join(f"{video},{['0', '45', '90', '135'][direction]}\n" for video, direction in rows)
        Path(f"{split}.csv").write_text(f"video,label\n{text}")
    experiment = EXPERIMENT.replace("import HorizontalFlip,", "import CentreCrop, HorizontalFlip, ShortSide,")
    texts = {"dataset": DATASET, "model": MODEL, "exp": experiment}
    for (layer, text), name in zip(texts.items(), ("textures", "filters", "brief"), strict=True):
        Path(f"{layer}_configs").mkdir()
        Path(f"{layer}_configs/{name}.py").write_text(text.lstrip())
    imported = PROBE.replace(
        "import inherit\n", "import inherit\nfrom pyvideoai.data.pixels import CentreCrop, ShortSide\n"
    )
    Path("exp_configs/probe.py").write_text(imported.lstrip())
    torch.save(filters(), "trained.pth")


def mean_hits(*arguments: str) -> float:
    """Right of the 40 test videos, the mean over two seeds of the linear head."""
    choice = [
        "-D",
        "textures",
        "-M",
        "filters",
        "-E",
        "probe",
        "--set",
        "test_views.clips=1",
        "--set",
        "test_views.crops=1",
    ]
    assert probe_command.main([*choice, "--heads", "linear", "--seeds", "0,1", "--out", "tried.json", *arguments]) == 0
    tried = json.loads(Path("tried.json").read_text())
    assert tried["mean_test_hits"] == sum(each["chosen"]["test_hits"] for each in tried["by_seed"]) / 2
    return tried["mean_test_hits"]


def test_frozen_weights_that_know_directions_tell_textures_apart_and_random_ones_do_not(textures, capsys):
    assert mean_hits("--set", "pretrained=trained.pth") >= 0.95 * 40
    assert "mean of 2 seeds: test " in capsys.readouterr().out
    assert mean_hits() < 0.65 * 40
