"""A run that 0.1.0 began goes on, is scored and predicts: its configs import modules by the names of then.

`run_of_0_1_0/` was written by version 0.1.0 (commit d2a4ef9) on the images below and stopped after two of three epochs;
the losses are those of the same run undisturbed, under 0.1.0. Of its checkpoint, `checkpoint.json` has everything but
the numbers in tensors, of which it has shapes and norms: the tensors themselves are trained again, from its configs.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from workplaces import COLOURS

import pyvideoai
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command

WRITTEN = Path(__file__).with_name("run_of_0_1_0")
VIDEOS = {"train": 6, "val": 2, "test": 2}  # of each class
TRAIN_LOSS, VAL_LOSS = 0.3846139113108317, 0.4090223107664288  # of epoch 3


@pytest.fixture
def run(tmp_path, monkeypatch) -> Path:
    """The version's folder below the current directory, which holds the images: the same pixels with every decoder."""
    for split, count in VIDEOS.items():
        rows = ["video,label"]
        for number in range(count):
            for name, colour in COLOURS.items():
                video = f"{split}_{name}_{number}"
                write_frames(tmp_path / "clips" / video, colour, seed=len(rows) + 1000 * count)
                rows.append(f"{video},{name}")
        (tmp_path / f"{split}.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data/experiments/colours/small/brief/stopped/version_000"
    shutil.copytree(WRITTEN, folder)
    for name in ("logs", "plots", "predictions", "tensorboard", "weights"):
        (folder / name).mkdir()
    torch.save(checkpoint(folder), folder / "weights" / "epoch_0002.pth")
    for name in ("best", "last"):
        (folder / "weights" / f"{name}.pth").symlink_to("epoch_0002.pth")
    return folder


def checkpoint(folder: Path) -> dict:
    """What 0.1.0 saved after the second epoch; the tensors of today's first two epochs are checked to be its own."""
    assert train_command.main(["--from", str(folder), "-S", "again", "-e", "2"]) == 0
    [path] = folder.parents[1].glob("again*/version_000/weights/epoch_0002.pth")
    today, written = torch.load(path, weights_only=True), json.loads((folder / "checkpoint.json").read_text())
    assert {name: list(tensor.shape) for name, tensor in today["model"].items()} == {
        name: shape for name, (shape, _) in written["model"].items()
    }
    norms = [float(tensor.double().norm()) for tensor in today["model"].values()]
    assert norms == pytest.approx([norm for _, norm in written["model"].values()], rel=1e-3)
    momentum = today["optimiser"]["state"]
    norms = [float(each["momentum_buffer"].double().norm()) for each in momentum.values()]
    assert norms == pytest.approx(written["optimiser"]["state"], rel=1e-2)
    return {**written, "model": today["model"], "optimiser": {**written["optimiser"], "state": momentum}}


def write_frames(folder: Path, colour: tuple[int, int, int], seed: int) -> None:
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for frame in range(12):
        pixels = np.clip(np.array(colour) + random.normal(0, 20, (40, 48, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{frame:05d}.png")


def test_it_resumes_to_the_losses_of_an_undisturbed_run(run):
    assert train_command.main(["-l", str(run)]) == 0
    summary = pd.read_csv(run / "summary.csv")
    assert summary.epoch.tolist() == [1, 2, 3]
    assert summary.train_loss.iloc[-1] == pytest.approx(TRAIN_LOSS, rel=1e-4)
    assert summary.val_loss.iloc[-1] == pytest.approx(VAL_LOSS, rel=1e-4)


def test_it_is_scored_and_predicts(run, capsys):
    assert eval_command.main(["--from", str(run), "-l", "last"]) == 0
    assert "4 videos" in capsys.readouterr().out
    assert pyvideoai.load(run).predict("clips/test_red_0")[0][0] == "red"
