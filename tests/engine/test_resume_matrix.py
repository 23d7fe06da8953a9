"""Stopped at any step, within any epoch, a run goes on to the very numbers of one that nothing stopped."""

import signal
from pathlib import Path

import pytest
from endurance.made import MadeVideo, assert_same
from tiny_runs import (
    at,
    build,
    in_two_processes,
    interrupted,
    let_stop,
    outcome,
    straight,
)

from pyvideoai import checkpoint
from pyvideoai.checkpoint import newest_readable, write_checkpoint
from pyvideoai.data import source
from pyvideoai.errors import UserError
from pyvideoai.experiment import new_version
from pyvideoai.signals import Stopped

pytestmark = pytest.mark.long

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
    "averaged weights, precise batch norm": """inherit("brief", ema_decay=0.9, precise_bn=2)
""",
    "fp16 with a scaler": """inherit("brief", amp="fp16", clips_per_device=2)
""",
}
STOPS = [at(1, 1), at(1, 3, stage="measured"), at(2, 2), at(3, 3)]
WITHIN_STEPS = [at(1, 0, 1), at(1, 3, stage="trained"), at(1, 3, stage="measured"), at(2, 1, 1), at(3, 2, 1)]


@pytest.mark.parametrize("case", CASES)
def test_stopped_at_the_start_in_the_middle_and_at_the_end(tiny: Path, case: str):
    text = CASES[case]
    Path("exp_configs/case.py").write_text(f'"""{case}"""\n{HEAD}{text}')
    stops = WITHIN_STEPS if "clips_per_device" in text else STOPS
    if "precise_bn" not in text:
        stops = [stop for stop in stops if stop is not WITHIN_STEPS[1]]
    assert_same(interrupted(tiny / "stopped", stops, "case"), straight(tiny / "whole", "case"))


@pytest.mark.parametrize("workers", [1, 2])
def test_whatever_the_number_of_workers(tiny: Path, workers: int):
    whole = straight(tiny / "whole")
    assert_same(interrupted(tiny / "stopped", [at(2, 1)], "brief", f"workers={workers}"), whole)


def test_early_stopping_is_asked_again_by_a_run_that_was_killed_just_before_it(tiny: Path):
    Path("exp_configs/case.py").write_text(f'"""Stop."""\n{HEAD}{CASES["plateau, early stopping"]}')
    whole, folder = straight(tiny / "whole", "case"), new_version(tiny / "killed")
    training = build(folder, "case")
    training.wants_to_stop = lambda: training.progress.epoch == 3 and kill()
    with pytest.raises(Killed):
        training.fit()
    training = build(folder, "case", resumed=True)
    training.fit()
    assert_same(outcome(training), whole)


def test_a_damaged_state_is_passed_over_and_the_run_ends_the_same(tiny: Path):
    whole, folder = straight(tiny / "whole"), new_version(tiny / "killed")
    for number, stop in enumerate((at(2, 1), at(2, 2))):
        training = build(folder, resumed=number > 0)
        let_stop(training, stop)
        with pytest.raises(Stopped):
            training.fit()
    newest = newest_readable(folder.weights)[0]
    newest.write_bytes(newest.read_bytes()[:-100])
    training = build(folder, resumed=True)
    assert (training.progress.epoch, training.point.steps) == (1, 1)
    training.fit()
    assert_same(outcome(training), whole)


def test_two_processes(tiny: Path):
    """Each has dropout, batch norm's statistics, outcomes of its own in the middle of an epoch."""
    stops = [at(1, 3, stage="measured"), at(2, 1)]  # in validation they have different numbers of videos
    assert_same(in_two_processes(tiny / "stopped", stops), in_two_processes(tiny / "whole", []))


def test_a_state_of_another_number_of_processes_is_refused(tiny: Path):
    folder = new_version(tiny / "run")
    training = build(folder)
    let_stop(training, at(1, 1))
    with pytest.raises(Stopped):
        training.fit()
    path, content, _ = newest_readable(folder.weights)
    write_checkpoint(path, {**content, "processes": content["processes"] * 2})
    with pytest.raises(
        UserError, match=r"by 2 processes, and there are 1; go on with as many .* move resume_a.pth away"
    ):
        build(folder, resumed=True)


def test_a_signal_while_a_batch_is_awaited_is_answered_at_once(tiny: Path, monkeypatch: pytest.MonkeyPatch):
    whole, folder, opened = straight(tiny / "whole"), new_version(tiny / "run"), []

    def slow_disk(path: Path, reader: str) -> MadeVideo:
        opened.append(path)
        if len(opened) == 6:  # the second video of the second step
            signal.raise_signal(signal.SIGTERM)
        return MadeVideo(path, reader)

    training = build(folder)
    with monkeypatch.context() as patch, training.signals, pytest.raises(Stopped):
        patch.setattr(source, "open_video", slow_disk)
        training.fit()
    assert len(opened) == 6
    training = build(folder, resumed=True)
    assert training.point.steps == 1
    training.fit()
    assert_same(outcome(training), whole)


def test_a_kill_between_the_last_checkpoint_and_its_links_leaves_no_older_one_as_last(tiny: Path, monkeypatch):
    folder, point, last = new_version(tiny / "run"), checkpoint._point, "epoch_0003.pth"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(checkpoint, "_point", lambda link, name: kill() if name == last else point(link, name))
        build(folder).fit()
    assert (folder.weights / "last.pth").resolve().name == "epoch_0002.pth"
    training = build(folder, resumed=True)
    assert training.progress.epoch == 3 and (folder.weights / "last.pth").resolve().name == last


class Killed(BaseException): ...


def kill() -> bool:
    raise Killed
