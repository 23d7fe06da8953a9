"""How data gets to a GPU: the order of copies and waits, here told by a stand-in; on a GPU, by what arrives."""

import pytest
import torch

from pyvideoai.data import device
from pyvideoai.data.batches import TrainBatch, ViewBatch, all_moved
from pyvideoai.data.device import NeverWaiting, ahead, on_device

GPU = torch.device("cuda:0")


def batch(number: int) -> TrainBatch:
    one = torch.tensor([number])
    return TrainBatch(torch.full((1, 1, 2, 2, 3), number, dtype=torch.uint8), one, one, one.bool(), one, epoch=1)


class Noted:
    """Stand in for `Copies`, and note what is asked of it."""

    def __init__(self, where: torch.device) -> None:
        assert where == GPU
        NOTES.append("stream")

    def start(self, tensor: torch.Tensor) -> torch.Tensor:
        NOTES.append(f"copy {int(tensor.flatten()[0])}")
        return tensor.clone()

    def mark(self) -> int:
        return len(NOTES)

    def hand_over(self, tensors: list[torch.Tensor], there: int) -> None:
        assert NOTES[there - 1] == f"copy {int(tensors[-1].flatten()[0])}"
        NOTES.append(f"{len(tensors)} there")


NOTES = list[str]()


def test_each_step_is_copied_before_the_one_before_it_is_computed(monkeypatch):
    monkeypatch.setattr(device, "Copies", Noted)
    NOTES.clear()
    given = [[batch(0)], [batch(1), batch(2)], [batch(3)]]
    for step in ahead(iter(given), GPU, all_moved):
        NOTES.append(f"compute {int(step[0].rows)}")
        assert all(int(each.clips.max()) == int(each.labels) == int(each.rows) for each in step)
    expected = "stream, copy 0, copy 0, copy 1, copy 1, copy 2, copy 2, 2 there, compute 0, "
    expected += "copy 3, copy 3, 4 there, compute 1, 2 there, compute 3"
    assert ", ".join(NOTES) == expected


def test_on_a_cpu_the_items_are_what_they_were():
    given = [[batch(0)], [batch(1)]]
    assert list(ahead(given, torch.device("cpu"), all_moved)) == given


def test_what_is_kept_of_a_video_stays_on_the_host():
    views = ViewBatch(torch.zeros(1, 1, 1, 2, 2, 3, dtype=torch.uint8), torch.tensor([1]), torch.tensor([0]))
    moved = views.moved(lambda tensor: tensor.to("meta"))
    assert moved.pixels.is_meta and not moved.labels.is_meta and not moved.rows.is_meta


def test_small_numbers():
    like = torch.zeros(2, dtype=torch.float64)
    assert on_device([1, 2], like).equal(torch.tensor([1.0, 2.0], dtype=torch.float64))
    assert on_device(torch.tensor([True]), torch.zeros(1, device="meta")).is_meta
    with NeverWaiting():
        assert torch.tensor([1, 2], dtype=torch.float16, device="cpu").dtype == torch.float16
        assert torch.tensor([1, 2], device="meta").is_meta and torch.tensor(3).item() == 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_on_a_gpu_what_is_computed_is_what_was_given():
    """Copies that take longer than the arithmetic, and memory that both streams use again and again."""
    torch.cuda.set_device(GPU)
    given = ([batch(number % 256).pin_memory()] for number in range(300))
    large = torch.zeros(64, 1024, 1024, dtype=torch.uint8).pin_memory()
    sums = list[torch.Tensor]()
    for number, step in enumerate(ahead(given, GPU, all_moved)):
        work = torch.randn(1024, 1024, device=GPU)
        for _ in range(number % 7):
            work = work @ work
        sums.append(step[0].clips.float().mean() + 0 * work.nan_to_num(0, 0, 0).mean())
        large.to(GPU, non_blocking=True)
    assert torch.stack(sums).cpu().tolist() == [number % 256 for number in range(300)]
