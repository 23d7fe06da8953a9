"""Whole runs on videos of none, one or several classes: they learn, resume bit for bit, and are scored by mAP."""

import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from painting import write_video
from workplaces import EXPERIMENT

import pyvideoai
from pyvideoai.checkpoint import load_checkpoint
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError

CLASSES = ["red", "green"]  # the left half is red or not, the right half green or not
VIDEOS = {"train": 4, "val": 2, "test": 2}  # of each combination
DATASET = '''
"""Two attributes."""
root = "clips"
multi_label = True


def classes():
    return ["red", "green"]


def splits():
    return {name: f"{name}.csv" for name in ("train", "val", "test")}
'''
CHOICE = ["-D", "attributes", "-M", "i3d_tiny", "-E", "brief"]


def write_clip(path: Path, red: bool, green: bool, seed: int) -> None:
    """12 frames of 40 x 48 pixels: grey halves, of which the left may be red and the right green."""
    random = np.random.default_rng(seed)
    halves = [(200, 40, 40) if red else (100, 100, 100), (40, 200, 40) if green else (100, 100, 100)]
    picture = np.repeat(np.array(halves), 24, axis=0)[None]
    noisy = [np.clip(picture + random.normal(0, 15, (40, 48, 3)), 0, 255).astype(np.uint8) for _ in range(12)]
    write_video(path, noisy)


@pytest.fixture(scope="session")
def attributes(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("attributes")
    (folder / "clips").mkdir()
    for split, count in VIDEOS.items():
        rows = ["video,label"]
        for number, (red, green) in product(range(count), product((True, False), repeat=2)):
            video = f"{split}_{number}_{red:d}{green:d}.mp4"
            write_clip(folder / "clips" / video, red, green, seed=len(rows) + 100 * count)
            rows.append(f"{video},{';'.join(name for name, there in zip(CLASSES, (red, green), strict=True) if there)}")
        (folder / f"{split}.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def place(attributes, tmp_path, monkeypatch) -> Path:
    """The current directory, with the data and two configs: -D attributes -E brief."""
    for name in ("clips", "train.csv", "val.csv", "test.csv"):
        (tmp_path / name).symlink_to(attributes / name)
    experiment = EXPERIMENT.replace(", HorizontalFlip()", "").replace("num_epochs = 3", "num_epochs = 8")
    for layer, name, text in (("dataset", "attributes", DATASET), ("exp", "brief", experiment)):
        (tmp_path / f"{layer}_configs").mkdir()
        (tmp_path / f"{layer}_configs" / f"{name}.py").write_text(text.lstrip())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def version(root: str) -> Path:
    return Path(root, "attributes/i3d_tiny/brief/run/version_000")


def train(root: str, *arguments: str) -> int:
    return train_command.main([*CHOICE, "-R", root, "-S", "run", *arguments])


def test_a_run_learns_both_attributes_and_is_scored_by_mean_average_precision(place, figures, capsys):
    assert train("data") == 0
    said = capsys.readouterr().out
    assert re.search(r"train loss \d\.\d{3} mAP \d+\.\d  val loss \d\.\d{3} mAP", said)
    assert "2 of 2 classes occur, 8 videos" in said and "top" not in said
    summary = pd.read_csv(version("data") / "summary.csv")
    assert summary.val_map.max() > 95 and "val_top1" not in summary
    results = json.loads((version("data") / "results.json").read_text())
    assert results["selected_by"] == "val/map" and results["best"]["metrics"]["map"] > 95
    assert (version("data") / "plots/average_precision_best.png").stat().st_size > 5000
    assert (version("data") / "plots/first_batch.png").is_file()

    eval_command.main(["--from", str(version("data")), "-p", "--out", "result.json"])
    result = json.loads(Path("result.json").read_text())
    assert result["metrics"]["map"] == pytest.approx(results["best"]["metrics"]["map"])
    assert (result["classes"], result["classes_with_positives"]) == (2, 2)
    saved = pd.read_csv(next((version("data") / "predictions").glob("*.csv")), keep_default_na=False)
    assert saved.label_name.tolist() == ["red;green", "red", "green", ""] * 2
    probabilities = np.load(next((version("data") / "predictions").glob("*.npz")))["probabilities"]
    likely = [";".join(name for name, share in zip(CLASSES, row, strict=True) if share >= 0.5) for row in probabilities]
    assert saved.predicted.tolist() == likely and len(set(likely)) > 1

    predicted = dict(pyvideoai.load(version("data")).predict("clips/test_0_11.mp4"))
    of_table = saved.top5[0]
    assert all(f"{name} {share:.4f}" in of_table for name, share in predicted.items()) and sum(predicted.values()) > 1


def test_a_resumed_run_equals_one_that_was_not_stopped(place):
    train("whole", "-e", "2")
    train("parts", "-e", "1")
    train_command.main(["-l", str(version("parts")), "-e", "2"])
    one, other = (load_checkpoint(version(root) / "weights/last.pth") for root in ("whole", "parts"))
    assert all(torch.equal(value, other["model"][name]) for name, value in one["model"].items())
    histories = [[row["train/map"] for row in each["progress"]["history"]] for each in (one, other)]
    assert histories[0] == histories[1] and len(histories[0]) == 2


@pytest.mark.parametrize(
    "setting", ["balance=loss", "label_smoothing=0.1", "mix=Mixup()", "limit_train=6", "dataset.flip_labels=red-green"]
)
def test_what_else_works_with_several_labels(place, setting, capsys):
    if setting.startswith("mix"):
        text = (place / "exp_configs/brief.py").read_text()
        (place / "exp_configs/brief.py").write_text(
            f"{text}\nfrom pyvideoai.data.augment import Mixup\nmix = Mixup()\n"
        )
        assert train("data", "--check") == 0
    elif "flip" in setting:
        assert train("data", "--check", "--set", "dataset.flip_labels=(('red', 'green'),)") == 0
    else:
        assert train("data", "--check", "--set", setting) == 0
    assert "clips went forward and backward" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("balance=sampling", "balance = 'sampling' draws classes equally often, which multi-label videos don't"),
        ("select=val/top1", "select = 'val/top1' is not a metric of this experiment; "),
    ],
)
def test_what_means_nothing_with_several_labels_is_refused(place, setting, message):
    with pytest.raises(UserError, match=message):
        train("data", "--check", "--set", setting)


def test_the_loss_hook_is_given_logits_and_zeros_and_ones(place):
    hook = """
def loss(logits, target):
    assert target.shape == logits.shape and target.dtype == logits.dtype == torch.float32
    assert set(target.unique().tolist()) <= {0, 1}
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
"""
    train("plain", "-e", "1")
    path = place / "exp_configs/brief.py"
    path.write_text(path.read_text() + hook)
    train("hook", "-e", "1")
    hooked, plain = (pd.read_csv(version(root) / "summary.csv") for root in ("hook", "plain"))
    for column in ("train_loss", "val_loss", "val_map"):
        assert hooked[column].tolist() == pytest.approx(plain[column].tolist(), rel=1e-5)


def test_metrics_of_one_label_are_refused(place):
    path = place / "exp_configs/brief.py"
    path.write_text(f"{path.read_text()}\nfrom pyvideoai.metrics import Top1\nmetrics = [Top1()]\n")
    with pytest.raises(UserError, match="metrics: top1 can't be measured in a dataset with multi_label = True"):
        train("data", "--check")


def test_an_unknown_class_is_reported_with_its_line(place):
    (place / "train.csv").unlink()
    (place / "train.csv").write_text("video,label\ntrain_0_11.mp4,red;green\ntrain_0_10.mp4,red;gren\n")
    with pytest.raises(UserError, match=r"train\.csv: 1 of 2 rows are faulty: line 3: label 'gren' is not a class"):
        train("data", "--check")
