from dataclasses import replace

import numpy as np
import pytest
import torch

from pyvideoai.data.augment import (
    ColourJitter,
    CutMix,
    Greyscale,
    Mixup,
    MixupOrCutMix,
    RandAugment,
    RandomErasing,
    TrivialAugment,
)
from pyvideoai.data.batches import TrainBatch
from pyvideoai.data.to_input import ToInput
from pyvideoai.data.train_input import TrainInput, partners
from pyvideoai.models.normalise import Normalise
from pyvideoai.unpack import train_loader

NORMALISE = Normalise(mean=(100, 110, 120), std=(50, 55, 60))
AUGMENT = (
    ColourJitter(0.4, 0.4, 0.4, 0.1),
    Greyscale(0.2),
    RandAugment(),
    TrivialAugment(),
    RandomErasing(0.5),
    RandomErasing(0.3, each_frame=True),
)
MIXES = [Mixup(0.8), CutMix(1.0), MixupOrCutMix(), Mixup(1.0, p=0.3)]


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
    batch = make_batch(4, flipped=(1, 2))
    before = batch.clips.clone()
    inputs, targets, labels = TrainInput(NORMALISE)(batch)
    plain = ToInput(NORMALISE)(batch.clips)
    for place in range(4):
        assert torch.equal(inputs[place], plain[place].flip(-1) if place in (1, 2) else plain[place])
    assert torch.equal(targets, batch.labels) and torch.equal(labels, batch.labels) and torch.equal(batch.clips, before)


def test_without_augmentation_the_pixels_are_those_of_an_evaluation():
    batch = make_batch(3)
    assert torch.equal(TrainInput(NORMALISE)(batch).inputs, ToInput(NORMALISE)(batch.clips))


@pytest.mark.parametrize("mix", MIXES, ids=str)
def test_targets_are_shares_of_what_the_pixels_show(mix):
    """Clip i is all of brightness i, so that its pixels say how much of which clip is in them."""
    labels, clips = torch.tensor([2, 0, 1, 2, 4, 3]), 6
    batch = make_batch(clips, labels=labels, shape=(2, 32, 40))
    batch.clips[:] = torch.tensor([0, 250, 0, 250, 0, 250], dtype=torch.uint8).view(-1, 1, 1, 1, 1)
    plain = Normalise(mean=(0, 0, 0), std=(1, 1, 1))
    for epoch in range(1, 20):
        inputs, targets, main = TrainInput(plain, mix=mix, classes=5)(replace(batch, epoch=epoch))
        assert targets.shape == (clips, 5) and targets.dtype == torch.float32
        torch.testing.assert_close(targets.sum(1), torch.ones(clips))
        bright = inputs.mean((1, 2, 3, 4)) / 250  # share of the bright clip: the own one of odd clips
        own = torch.where(torch.arange(clips) % 2 == 1, bright, 1 - bright)
        expected = torch.zeros(clips, 5)
        for place in range(clips):
            expected[place, labels[place]] += own[place]
            expected[place, labels[place - 3]] += 1 - own[place]
        torch.testing.assert_close(targets, expected, rtol=0, atol=1e-4)
        assert torch.equal(inputs, inputs[:, :1, :1].expand_as(inputs))  # alike in all frames and colours
        assert torch.equal(main, torch.where(own >= 0.5, labels, labels.roll(3)))


def test_mixup_shines_through_and_cutmix_shows_one_clip_at_each_pixel():
    batch = make_batch(16, shape=(2, 32, 40))
    plain = ToInput(NORMALISE)(batch.clips)
    mixed = TrainInput(NORMALISE, mix=Mixup(1.0), classes=16)(batch)
    own = mixed.targets.gather(1, batch.labels[:, None]).view(-1, 1, 1, 1, 1)
    torch.testing.assert_close(mixed.inputs, own * plain + (1 - own) * plain.roll(8, 0))
    cut = TrainInput(NORMALISE, mix=CutMix(1.0), classes=16)(batch).inputs
    assert ((cut == plain) | (cut == plain.roll(8, 0))).all() and not torch.equal(cut, plain)


def test_many_labels_are_mixed_like_one():
    labels = torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 1, 0]])
    inputs, targets, main = TrainInput(NORMALISE, mix=Mixup(1.0), classes=3)(make_batch(3, labels=labels))
    one = TrainInput(NORMALISE, mix=Mixup(1.0), classes=3)(make_batch(3))
    own = one.targets.diagonal()[:, None]
    assert torch.equal(inputs, one.inputs)
    torch.testing.assert_close(targets, own * labels + (1 - own) * labels.roll(1, 0))
    assert torch.equal(main, torch.where(own >= 0.5, labels, labels.roll(1, 0)))


@pytest.mark.parametrize(("mix", "mean"), [(Mixup(0.8), 0.5), (CutMix(1.0), 163 / 240)])
def test_shares_are_spread_as_the_papers_say(mix, mean):
    """CutMix: a box of u of the area shows (sqrt(u) - u / 4)^2 of it on average, once it is cut at the edges."""
    shares = [mix.patch(np.random.default_rng(each), 100, 120).own_share(100, 120) for each in range(2000)]
    assert abs(np.mean(shares) - mean) < 0.02 and min(shares) < 0.15 and max(shares) > 0.99
    assert replace(mix, p=0.0).patch(np.random.default_rng(0), 9, 9).own_share(9, 9) == 1


def test_each_clip_is_mixed_in_one_of_the_two_ways():
    patches = [MixupOrCutMix(cutmix_share=0.3).patch(np.random.default_rng(each), 50, 50) for each in range(500)]
    assert 0.25 < np.mean([each.own == 0 for each in patches]) < 0.35


@pytest.mark.parametrize("mix", [None, *MIXES[:3]], ids=str)
def test_a_step_that_is_cut_otherwise_has_the_same_pixels(mix):
    """A batch at another place of the accumulation, or after a resume: only seed, epoch and position count."""
    make = TrainInput(NORMALISE, augment=AUGMENT, mix=mix, classes=4, seed=5)
    batch = make_batch(4, flipped=(0, 3), first=12, shape=(2, 32, 32))
    once = make(batch)
    make(make_batch(4, first=40, shape=(2, 32, 32)))
    torch.manual_seed(77)
    again = TrainInput(NORMALISE, augment=AUGMENT, mix=mix, classes=4, seed=5)(batch)
    assert all(torch.equal(one, other) for one, other in zip(once, again, strict=True))
    for changed in (replace(batch, epoch=2), replace(batch, positions=batch.positions + 4)):
        assert not torch.equal(once.inputs, make(changed).inputs)
    other_seed = TrainInput(NORMALISE, augment=AUGMENT, mix=mix, classes=4, seed=6)
    assert not torch.equal(once.inputs, other_seed(batch).inputs)


EXPERIMENT = "train_pixels = [RandomCrop(32), HorizontalFlip()]\nglobal_batch = 4\nclips_per_device = 2\n"


def network_inputs(config, table, *, mix=None, start_step=0, **options):
    """{(epoch, positions of a forward pass): its inputs and targets} of two epochs."""
    make = TrainInput(NORMALISE, augment=AUGMENT, mix=mix, classes=3, seed=config.exp.seed)
    loader = train_loader(config, table, **options)
    return {
        (epoch, *batch.positions.tolist()): make(batch)
        for epoch in (1, 2)
        for step in loader.epoch(epoch, start_step=start_step)
        for batch in step
    }


def same(found, expected):
    return all(torch.equal(one, other) for key in found for one, other in zip(found[key], expected[key], strict=True))


@pytest.mark.parametrize("mix", [None, MixupOrCutMix()], ids=str)
def test_what_a_network_sees_depends_neither_on_workers_nor_on_processes_nor_on_a_resume(make_config, table, mix):
    table = table.loc[[*range(6), *range(6)]].reset_index(drop=True)
    config = make_config(experiment=EXPERIMENT)
    alone = network_inputs(config, table, mix=mix)
    assert len(alone) == 2 * 6  # epochs x forward passes
    by_workers = network_inputs(config, table, mix=mix, workers=2)
    assert by_workers.keys() == alone.keys() and same(by_workers, alone)
    shards = [network_inputs(config, table, mix=mix, rank=rank, world=2) for rank in (0, 1)]
    assert len(shards[0]) == len(shards[1]) == 6 and shards[0].keys() | shards[1].keys() == alone.keys()
    assert same(shards[0], alone) and same(shards[1], alone)
    resumed = network_inputs(config, table, mix=mix, start_step=1)
    assert len(resumed) == 8 and same(resumed, alone)


def test_people_are_shown_what_the_network_is_given():
    batch, classes = make_batch(7, flipped=(1,), labels=torch.tensor([0, 1, 2, 0, 1, 2, 0])), ["run", "walk", "sit"]
    title, clip = TrainInput(NORMALISE).shown(batch, classes)[1]
    assert title == "walk" and np.array_equal(clip, batch.clips[1].flip(2).numpy())
    mix = TrainInput(NORMALISE, mix=Mixup(1.0), classes=3)
    titles = [title for title, _ in mix.shown(batch, classes)]
    own = mix(batch).targets[0, 0]  # with seven clips the first one's partner is the fifth
    assert len(titles) == 6 and titles[0] == f"{own:.2f} run, {1 - own:.2f} walk"
    long = make_batch(1, shape=(32, 4, 4))
    [(_, clip)] = TrainInput(NORMALISE).shown(long, classes)
    assert np.array_equal(clip, long.clips[0, [0, 4, 9, 13, 18, 22, 27, 31]].numpy())


@pytest.mark.parametrize(("per_video", "clips"), [(1, 2), (1, 7), (2, 4), (2, 6), (3, 9), (4, 8)])
def test_clips_of_one_video_are_not_each_other_s_partners(per_video, clips):
    videos = torch.arange(clips) // per_video
    assert (partners(videos) != videos).all()
