"""Whole runs with augmentation and mixing: they learn, resume bit for bit, and give the loss what the contract says."""

from pathlib import Path

import pandas as pd
import pytest
import torch
from workplaces import CHOICE, FIGURES

from pyvideoai.checkpoint import load_checkpoint
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError
from pyvideoai.reporting import reporter

AUGMENTED = """
import torch

from pyvideoai.config import inherit
from pyvideoai.data.augment import ColourJitter, CutMix, Greyscale, MixupOrCutMix, RandAugment, RandomErasing
from pyvideoai.data.pixels import HorizontalFlip, RandomResizedCrop

inherit(
    "brief",
    train_pixels=[RandomResizedCrop(32, scale=(0.3, 1.0)), HorizontalFlip()],
    augment=[ColourJitter(0.1, 0.1, 0.1), RandAugment(1, 3), RandomErasing(0.5)],
    mix=MixupOrCutMix(),
    label_smoothing=0.1,
)
"""


@pytest.fixture
def train(workplace):
    """train("-e", "2", text="more of the experiment"): a run of the experiment above."""

    def run(*arguments: str, text: str = "") -> int:
        (workplace / "exp_configs/augmented.py").write_text(AUGMENTED + text)
        return train_command.main([*CHOICE[:-1], "augmented", "-S", "run", *arguments])

    return run


def version(root: str) -> Path:
    return Path(root, "colours/small/augmented/run/version_000")


def test_a_run_learns_and_a_resumed_one_equals_it(train, monkeypatch, capsys):
    options = ("--set", "clips_per_device=2", "--set", "num_epochs=3")
    with monkeypatch.context() as patch:
        patch.setattr(reporter, "draw_clips", FIGURES["draw_clips"])
        train("-R", "whole", *options)
    said = capsys.readouterr().out
    assert "augmented on the device: ColourJitter(brightness=0.1" in said
    assert "clips are mixed; train metrics go by the class with the largest share of a clip" in said
    assert (version("whole") / "plots/first_batch.png").stat().st_size > 10_000
    train("-R", "parts", *options[:3], "num_epochs=1", "--workers", "1")
    train_command.main(["-l", str(version("parts")), "-e", "3"])
    whole, parts = (pd.read_csv(version(root) / "summary.csv", comment="#") for root in ("whole", "parts"))
    assert whole["train_loss"].tolist() == parts["train_loss"].tolist()
    assert whole["val_loss"].tolist() == parts["val_loss"].tolist()
    one, other = (load_checkpoint(version(root) / "weights/last.pth")["model"] for root in ("whole", "parts"))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert whole["val_top1"].max() == 100 and whole["train_loss"].between(0.4, 1.2).all()


def test_the_loss_hook_is_given_shares_of_classes(train):
    hook = """
def loss(logits, target):
    if not logits.requires_grad:
        return torch.nn.functional.cross_entropy(logits, target)  # validation: nothing is mixed
    assert target.shape == logits.shape and target.dtype == logits.dtype
    assert (target.sum(1) - 1).abs().max() < 1e-5
    return -(target * logits.log_softmax(1)).sum(1).mean()
"""
    train("-e", "1", "--set", "label_smoothing=0", "--set", "mix.cutmix_share=0", "-R", "hook", text=hook)
    train("-e", "1", "--set", "label_smoothing=0", "--set", "mix.cutmix_share=0", "-R", "plain")
    hooked, plain = (pd.read_csv(version(root) / "summary.csv", comment="#") for root in ("hook", "plain"))
    assert hooked["train_loss"].iloc[0] == pytest.approx(plain["train_loss"].iloc[0], rel=1e-5)


def test_classes_can_be_weighted_in_the_loss_of_mixed_clips(train):
    assert train("-e", "1", "--set", "balance=loss") == 0


@pytest.mark.parametrize(
    ("setting", "text", "message"),
    [
        ("clips_per_device=1", "", "mix has nothing to mix in a forward pass of one clip; set clips_per_device to 2"),
        (
            "clips_per_device=2",
            "\ndef loss(logits, target):\n    return 0\n",
            "label_smoothing = 0.1 has no effect on .* loss hook; .*set label_smoothing = 0",
        ),
        (
            "balance=loss",
            "\ndef loss(logits, target):\n    return 0\n",
            "balance = 'loss' has no effect on .* loss hook",
        ),
    ],
)
def test_settings_without_an_effect_are_refused(train, setting, text, message):
    with pytest.raises(UserError, match=message):
        train("--set", setting, text=text)


def test_check_goes_through_the_augmentation(train, capsys):
    assert train("--check") == 0
    assert "augmented on the device" in capsys.readouterr().out
