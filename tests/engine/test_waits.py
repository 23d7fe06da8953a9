"""How often the training loop and an evaluation wait for their device: never in a plain step, and rarely in all."""

import multiprocessing
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from endurance.made import MadeVideo, lay_out
from pretended import DEVICE, pretended_device
from tiny_runs import HANGS_S, build

from pyvideoai.data import source
from pyvideoai.engine.training import Training
from pyvideoai.experiment import new_version
from pyvideoai.processes import Processes

ONE = Processes(0, 1, 1, DEVICE)
PERIOD, STEPS = 3, 6
SHOWN = 5  # waits in a step that is shown: labels, probabilities, losses, the mean loss, the gradient's norm
HEAD = """
import torch

from pyvideoai.config import inherit
from pyvideoai.data.augment import ColourJitter, CutMix, Greyscale, RandAugment, RandomErasing, TrivialAugment
from pyvideoai.data.pixels import RandomCrop, ShortSide

inherit("brief", log_period=3)
"""
ADAMW = """

def optimiser(model):
    return torch.optim.AdamW(model.parameters(), lr=learning_rate)
"""
CASES = {
    "plain": "",
    "augmented": "augment = [ColourJitter(0.4, 0.4, 0.4, 0.1), Greyscale(), RandAugment(), TrivialAugment(), "
    "RandomErasing(p=1.0)]\nmix = CutMix()",
    "resized on the device": 'resize_on, train_pixels = "device", [ShortSide(60), RandomCrop(8)]',
    "average, clipping, accumulation": f"clips_per_device, ema_decay, clip_grad_norm = 2, 0.9, 0.5\n{ADAMW}",
}


@pytest.fixture
def longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As the fixture `tiny`, with steps enough for two log periods."""
    lay_out(tmp_path, train=4 * STEPS + 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(source, "open_video", MadeVideo)
    return tmp_path


def waits_by_step(training: Training, waits: list[str]) -> list[list[str]]:
    """Train for an epoch; return the waits of each step."""
    steps = list[list[str]]()
    pause = training.pause

    def noting(point) -> None:
        pause(point)
        if not point.batches:
            steps.append(list(waits))
            waits.clear()

    training.pause = noting
    waits.clear()
    training.train_epoch(1)
    return steps


@pytest.mark.parametrize("case", CASES)
def test_a_step_waits_for_nothing_and_one_that_is_shown_for_what_it_shows(longer: Path, case: str):
    Path("exp_configs/case.py").write_text(f'"""{case}"""\n{HEAD}{CASES[case]}\n')
    with pretended_device() as waits:
        training = build(new_version(longer / "runs"), "case", processes=ONE)
        steps = waits_by_step(training, waits)
    assert len(steps) == STEPS
    for number, found in enumerate(steps, start=1):
        assert len(found) == (0 if number % PERIOD else SHOWN), f"step {number}: {found}"


def test_the_count_sees_what_waits(longer: Path):
    with pretended_device() as waits:
        training = build(new_version(longer / "runs"), "brief", f"log_period={PERIOD}", processes=ONE)
        loss = training.loss
        training.loss = lambda logits, targets: loss(logits, targets) * (1.0 if logits.isfinite().all() else 0.0)
        steps = waits_by_step(training, waits)
    assert [len(each) for each in steps[:2]] == [1, 1]


def test_an_evaluation_waits_at_its_beginning_and_at_its_end(longer: Path):
    with pretended_device() as waits:
        overrides = ["eval_clips_per_device=1"]  # a batch for each of three videos
        training = build(new_version(longer / "runs"), "brief", *overrides, processes=ONE)
        after_batch = list[int]()
        training.save_if_due = lambda: after_batch.append(len(waits))
        waits.clear()
        predictions = training.predict(training.val_loader, "val")
        assert len(after_batch) == len(predictions.rows) == 3
    # The first batch folds batch norm, and is looked at; scores, losses, facts and frames to show come at last.
    assert after_batch[0] == after_batch[2] < 10 and len(waits) == after_batch[2] + 3 + len(predictions.samples)
    assert all(each.startswith("_to_copy scoring/predict.py") for each in waits[after_batch[2] :])


def test_an_evaluation_keeps_no_file_of_its_workers_open(longer: Path):
    """Each tensor that a worker hands over is a file; tens of thousands of videos would exhaust them."""
    training = build(new_version(longer / "runs"), "brief", "eval_clips_per_device=1", "workers=1")
    opened = list[int]()
    training.save_if_due = lambda: opened.append(len(list(Path("/proc/self/fd").iterdir())))
    training.predict(training.val_loader, "val")
    assert len(opened) == 3 and opened[-1] <= opened[0]


def _an_epoch(rank: int, folder: Path, store: str) -> None:
    sums = list[int]()
    plain = Processes.sum
    Processes.sum = lambda processes, values: sums.append(1) or plain(processes, values)
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=2)
    overrides = ["log_period=50", "global_batch=2"]
    two = Processes(rank, 2, 2, torch.device("cpu"))
    training = build(new_version(folder / str(rank)), "brief", *overrides, processes=two)
    training.train_epoch(1)
    assert training.train_loader.steps == 60
    (folder / f"sums_{rank}").write_text(str(len(sums)))


def test_two_processes_talk_rarely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In sixty steps: of signals at the first and every fifty (or two seconds), and of what is shown."""
    lay_out(tmp_path, train=120)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(source, "open_video", MadeVideo)
    context = multiprocessing.get_context("fork")
    given = [(rank, tmp_path, f"file://{tmp_path}/store") for rank in range(2)]
    children = [context.Process(target=_an_epoch, args=each) for each in given]
    for child in children:
        child.start()
    for child in children:
        child.join(HANGS_S)
        assert child.exitcode == 0
    counts = {int(path.read_text()) for path in tmp_path.glob("sums_*")}
    assert len(counts) == 1 and counts.pop() <= 15


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_too(longer: Path):
    """torch itself refuses what waits, in steps that show nothing."""
    training = build(
        new_version(longer / "runs"), "brief", "log_period=100", processes=Processes(0, 1, 1, torch.device("cuda:0"))
    )
    training.train_epoch(1)  # cuDNN has chosen its kernels, and memory is there
    step = training.train_step

    def strictly(batches, meter):
        torch.cuda.set_sync_debug_mode("error" if training.point.steps < STEPS - 1 else "default")
        return step(batches, meter)

    training.train_step = strictly
    try:
        training.train_epoch(2)
    finally:
        torch.cuda.set_sync_debug_mode("default")
