import torch

from pyvideoai.data.batches import TrainBatch
from pyvideoai.data.to_input import ToInput
from pyvideoai.data.train_input import TrainInput
from pyvideoai.models.normalise import Normalise


def make_batch(clips: int, *, flipped=(), labels=None, epoch=1, first=0, shape=(2, 6, 8)) -> TrainBatch:
    """Random pixels; clip i has the position first + i."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (clips, *shape, 3), dtype=torch.uint8, generator=generator)
    return TrainBatch(
        pixels,
        torch.arange(clips) if labels is None else labels,
        torch.arange(clips),
        torch.tensor([place in flipped for place in range(clips)]),
        torch.arange(first, first + clips),
        epoch,
    )


def test_the_device_mirrors_the_clips_that_are_flipped_and_no_other():
    to_input = ToInput(Normalise(mean=(1, 2, 3), std=(4, 5, 6)))
    batch = make_batch(4, flipped=(1, 2))
    before = batch.clips.clone()
    inputs, labels = TrainInput(to_input)(batch)
    plain = to_input(batch.clips)
    for place in range(4):
        assert torch.equal(inputs[place], plain[place].flip(-1) if place in (1, 2) else plain[place])
    assert torch.equal(labels, batch.labels) and torch.equal(batch.clips, before)
