"""A run that was stopped goes on to the very numbers of an undisturbed one, while its learning rate moves."""

import signal
from pathlib import Path

import pandas as pd
import pytest
import torch
from workplaces import CHOICE, VERSION

from pyvideoai.commands import train as train_command
from pyvideoai.engine.training import Training

COSINE = '''"""A warm-up and a cosine, as quickstart has them."""
import torch

from pyvideoai.config import inherit
from pyvideoai.optim import cosine, groups

inherit("brief", num_epochs=4, learning_rate=0.01)
warmup_epochs = 1


def optimiser(model):
    return torch.optim.AdamW(groups(model, norm_weight_decay=0), lr=learning_rate, weight_decay=0.01)


def lr_factor(epoch):
    return cosine(epoch, num_epochs, warmup_epochs=warmup_epochs)
'''
PLATEAU = '''"""Half the rate after each epoch that is no better; no loss is ever below zero."""
import torch

from pyvideoai.config import inherit
from pyvideoai.optim import OnPlateau

inherit("brief", num_epochs=4)


def scheduler(optimiser):
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "min", factor=0.5, patience=0, threshold=1e9)
    return OnPlateau(plateau, on="val/loss")
'''


def stop_after(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a SIGTERM come once this epoch is saved."""
    finish = Training.finish_epoch

    def finish_and_stop(training: Training, number: int, values: dict[str, float]) -> None:
        finish(training, number, values)
        if number == epoch:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(Training, "finish_epoch", finish_and_stop)


@pytest.mark.parametrize("text", [COSINE, PLATEAU], ids=["cosine", "plateau"])
def test_a_resumed_run_has_the_rates_losses_and_weights_of_an_undisturbed_one(workplace, monkeypatch, text):
    Path("exp_configs/moving.py").write_text(text)
    choice = [*CHOICE[:-1], "moving"]
    version = VERSION.parents[1] / "moving" / "version_000"
    train_command.main([*choice, "-R", "whole"])
    whole = Path("whole", *version.parts[2:])
    with monkeypatch.context() as patch:
        stop_after(2, patch)
        assert train_command.main(choice) == 128 + signal.SIGTERM
    assert train_command.main([*choice, "-l", "last"]) == 0
    columns = ["epoch", "learning_rate", "train_loss", "val_loss"]
    resumed, undisturbed = (pd.read_csv(each / "summary.csv", comment="#")[columns] for each in (version, whole))
    assert undisturbed["learning_rate"].nunique() > 2
    pd.testing.assert_frame_equal(resumed, undisturbed, check_exact=True)
    ours, theirs = (torch.load(each / "weights/last.pth", weights_only=True)["model"] for each in (version, whole))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
