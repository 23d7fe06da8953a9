"""Stopped at any step, within any epoch, a run goes on to the very numbers of one that nothing stopped."""

from pathlib import Path

import pytest
from tiny_runs import assert_same, at, interrupted, straight, tiny  # noqa: F401  (a fixture)

HEAD = """
import torch

from pyvideoai.config import inherit
from pyvideoai.data.augment import Mixup, RandomErasing
from pyvideoai.engine.stopping import no_progress
from pyvideoai.optim import EachEpoch, EachStep, OnPlateau, cosine, groups, steps

"""
ADAMW = """

def optimiser(model):
    return torch.optim.AdamW(groups(model, norm_weight_decay=0), lr=learning_rate, weight_decay=0.01)
"""
CASES = {
    "warm-up and cosine": f"""inherit("brief", learning_rate=0.01)
warmup_epochs = 0.5
{ADAMW}

def lr_factor(epoch):
    return cosine(epoch, num_epochs, warmup_epochs=warmup_epochs)
""",
    "milestones, accumulation, precise batch norm": """inherit("brief", clips_per_device=2, precise_bn=2)
milestones = (0.5, 1.5, 2.5)


def lr_factor(epoch):
    return steps(epoch, milestones, 0.5)
""",
    "one cycle by step, augment, mix, balanced": f"""inherit("brief", augment=[RandomErasing(p=0.5)], mix=Mixup())
balance = "sampling"
{ADAMW}

def scheduler(optimiser):
    return EachStep(torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=9))
""",
    "step by epoch, clipping": """inherit("brief", clip_grad_norm=0.5)


def scheduler(optimiser):
    return EachEpoch(torch.optim.lr_scheduler.StepLR(optimiser, 1, 0.5))
""",
    "plateau, early stopping": """inherit("brief", num_epochs=5)


def scheduler(optimiser):
    return OnPlateau(torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, "min", patience=0), on="val/loss")


def on_epoch_end(state):
    return state.epoch == 3
""",
    "fp16 with a scaler": """inherit("brief", amp="fp16", clips_per_device=2)
""",
}
STOPS = [at(1, 1), at(2, 0, 1), at(2, 2), at(3, 3)]


@pytest.mark.parametrize("case", CASES)
def test_stopped_at_the_start_in_the_middle_and_at_the_end(tiny: Path, case: str):  # noqa: F811
    Path("exp_configs/case.py").write_text(f'"""{case}"""\n{HEAD}{CASES[case]}')
    accumulates = "clips_per_device" in CASES[case]
    stops = STOPS if accumulates else [stop for number, stop in enumerate(STOPS) if number != 1]
    assert_same(interrupted(tiny / "stopped", stops, "case"), straight(tiny / "whole", "case"))
