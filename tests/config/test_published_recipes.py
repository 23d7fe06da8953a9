"""The published recipes for Kinetics-400, held against the numbers of their sources, which are written out here."""

from pathlib import Path

import pytest
import torch

from pyvideoai.config.load import load
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop, ShortSideJitter
from pyvideoai.data.pixels_peers import MMActionShortSide, MultiScaleCrop, SlowFastJitter, SlowFastRandomCrop
from pyvideoai.data.sampling_peers import (
    DenseSampleFrames,
    MMActionSegments,
    NonLocalNet,
    SampleFrames,
    SampleFrames0x,
    SlowFast,
)
from pyvideoai.data.views import Views
from pyvideoai.data.views_peers import MMActionViews, NonLocalNetViews
from pyvideoai.engine.checks import accumulation, make_schedule
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.models.affine import Affine
from pyvideoai.scoring.selection import Selection

REPOSITORY = Path(__file__).parents[2]
PAIRS = sorted((REPOSITORY / "exp_configs/kinetics400").glob("*.py"))
CLIPS = 234_643  # of Kinetics-400's training list, as video-nonlocal-net had it
TEST = {"clips": 10, "crops": 3, "scale": 256, "size": 256, "average": "probabilities"}


def config(model: str, recipe: str, *overrides: str, dataset: str = "kinetics400"):
    return load(CONTRACTS, dataset, model, recipe, overrides).execute()


def rate(exp, epoch: float) -> float:
    """The learning rate of a step that starts at this epoch."""
    optimiser = exp.optimiser(torch.nn.Linear(1, 1))
    make_schedule(exp, optimiser, Selection((), "val/loss")).before_step(epoch)
    return optimiser.param_groups[0]["lr"]


def optimiser_of(model: str, recipe: str) -> torch.optim.Optimizer:
    chosen = config(model, recipe)
    with torch.device("meta"):
        return chosen.exp.optimiser(chosen.model.load_model(400))


def decays(optimiser: torch.optim.Optimizer) -> dict[float, int]:
    """How many tensors have which weight decay."""
    found: dict[float, int] = {}
    for group in optimiser.param_groups:
        found[group["weight_decay"]] = found.get(group["weight_decay"], 0) + len(group["params"])
    return found


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_a_published_pair_is_found_by_its_name_and_says_what_it_is(path):
    model, _, recipe = path.stem.partition("-")
    chosen = config(model, recipe)
    assert dict(chosen.found)["experiment"] == path
    if isinstance(chosen.exp.train_clip, MMActionSegments):
        assert chosen.exp.train_clip.frames == chosen.model.clip[0]
    else:
        assert chosen.exp.train_clip == type(chosen.exp.train_clip)(*chosen.model.clip)
    text = path.read_text()
    assert f"\n    tools/run_train.py -D kinetics400 -M {model} -E {recipe}\n" in text
    assert "\nSource: " in text and "\nPublished: " in text
    assert "Reproduced, time, hardware: not yet measured." in text


SLOWFAST_PIXELS = (SlowFastJitter(256, 320), SlowFastRandomCrop(224), HorizontalFlip(0.5))
NONLOCAL_PIXELS = (ShortSideJitter(256, 320), RandomCrop(224), HorizontalFlip(0.5))
MMACTION_PIXELS = (MMActionShortSide(256), MultiScaleCrop(224, (1.0, 0.8)), HorizontalFlip(0.5))
INPUTS = {
    ("i3d_resnet50", "slowfast_196e"): (SlowFast(8, 8), SLOWFAST_PIXELS, Views),
    ("i3dnonlocal_resnet50", "slowfast_imagenet_118e"): (SlowFast(8, 8), SLOWFAST_PIXELS, Views),
    ("slowfast_resnet50_8x8", "slowfast_196e"): (SlowFast(32, 2), SLOWFAST_PIXELS, Views),
    ("x3d_m", "x3d_300e"): (SlowFast(16, 5), SLOWFAST_PIXELS, Views),
    ("i3d_resnet50_vnl8x8", "nonlocalnet_400k"): (NonLocalNet(8, 8), NONLOCAL_PIXELS, NonLocalNetViews),
    ("i3d_resnet50_vnl32x2", "nonlocalnet_400k"): (NonLocalNet(32, 2), NONLOCAL_PIXELS, NonLocalNetViews),
    ("i3dnonlocal_resnet50_vnl32x4affine", "nonlocalnet_affine_400k"): (
        NonLocalNet(32, 4),
        NONLOCAL_PIXELS,
        NonLocalNetViews,
    ),
    ("i3d_resnet50_mm32x2", "mmaction_100e"): (SampleFrames(32, 2), MMACTION_PIXELS, MMActionViews),
    ("i3d_resnet50_mm32x2heavy", "mmaction_100e"): (SampleFrames(32, 2), MMACTION_PIXELS, MMActionViews),
    ("i3d_resnet50_mm32x2", "mmaction_dense_100e"): (DenseSampleFrames(32, 2), MMACTION_PIXELS, MMActionViews),
    ("i3d_resnet50_mm32x2", "mmaction0x_100e"): (SampleFrames0x(32, 2), MMACTION_PIXELS, MMActionViews),
    ("i3d_resnet50_mm32x2", "mmaction0x_video_100e"): (SampleFrames0x(32, 2), MMACTION_PIXELS, MMActionViews),
    ("i3d_resnet50_mm32x2", "mmaction0x_lazy_100e"): (SampleFrames0x(32, 2), MMACTION_PIXELS, MMActionViews),
}


@pytest.mark.parametrize(("names", "expected"), INPUTS.items(), ids=lambda each: "-".join(map(str, each[:2])))
def test_frames_crops_and_test_views_are_the_sources_own(names, expected):
    exp = config(*names).exp
    sampler, pixels, views = expected
    assert type(exp.train_clip) is type(sampler) and exp.train_clip == sampler
    assert tuple(exp.train_pixels) == pixels
    assert type(exp.test_views) is views and exp.test_views == views(**TEST)
    assert exp.test_views.count == 30 and exp.antialias is False
    assert type(exp.val_views) is views and exp.val_views == views(clips=1, crops=1, scale=256, size=224)


X3D_SIZES = {  # sides that crops are cut from, crop in training, crop in tests
    "x3d_xs-x3d_300e": (182, 228, 160, 182),
    "x3d_s-x3d_300e": (182, 228, 160, 182),
    "x3d_m-x3d_300e": (256, 320, 224, 256),
    "x3d_l-x3d_256e": (356, 446, 312, 356),
}


@pytest.mark.parametrize("pair", X3D_SIZES)
def test_sizes_and_rates_of_x3d(pair):
    low, high, crop, test = X3D_SIZES[pair]
    chosen = config(*pair.split("-"))
    exp = chosen.exp
    assert tuple(exp.train_pixels) == (SlowFastJitter(low, high), SlowFastRandomCrop(crop), HorizontalFlip(0.5))
    assert exp.val_views == Views(clips=1, crops=1, scale=test, size=crop) and chosen.model.size == crop
    assert exp.test_views == Views(**TEST | {"scale": test, "size": test})
    top = 0.05 if "x3d_l" in pair else 0.1
    assert rate(exp, 0) == pytest.approx(0.01) and 0.9 * top < rate(exp, 35) < top


BATCHES = {  # clips a step, clips of a batch norm, steps of precise batch norm, epochs, weights to start from
    "slowfast_196e": (64, 8, 200, 196, None),
    "slowfast_imagenet_118e": (64, 8, 200, 118, "imagenet"),
    "x3d_300e": (128, 16, 200, 300, None),
    "nonlocalnet_400k": (64, 8, 200, 109, "imagenet"),
    "nonlocalnet_affine_400k": (16, 2, 0, 27, "kinetics400_8x8"),
    "mmaction_100e": (64, 8, 0, 100, "imagenet"),
    "mmaction_dense_100e": (64, 8, 0, 100, "imagenet"),
    "mmaction0x_100e": (64, 8, 0, 100, "imagenet"),
}


@pytest.mark.parametrize(("recipe", "expected"), BATCHES.items(), ids=lambda each: str(each)[:24])
def test_batches_epochs_and_initial_weights(recipe, expected):
    exp = config("i3d_resnet50_vnl32x2", recipe).exp
    assert (exp.global_batch, exp.clips_per_device, exp.precise_bn, exp.num_epochs, exp.pretrained) == expected
    assert accumulation(exp.global_batch, exp.clips_per_device, 8) == 1  # the sources' 8 GPUs, as they stand
    assert accumulation(exp.global_batch, exp.clips_per_device, 1) == 8
    assert exp.clip_grad_norm == (40 if "mmaction" in recipe else None)
    assert (exp.bn, exp.amp, exp.balance) == ("device", "none", "none")


RATES = {
    # a line from 0.01 to 0.1 / 2 (1 + cos(34 pi / 196)) = 0.0927571; then the cosine
    "slowfast_196e": {0: 0.01, 17: 0.0513786, 33.9999: 0.0927569, 34: 0.0927571, 98: 0.05, 147: 0.01464466, 196: 0},
    "slowfast_imagenet_118e": {0: 0.01, 43.99: 0.01, 44: 0.001, 87.99: 0.001, 88: 0.0001, 117.99: 0.0001},
    "nonlocalnet_400k": {0: 0.01, 40.8: 0.01, 41: 0.001, 81.7: 0.001, 81.8: 0.0001, 108.9: 0.0001},
    "nonlocalnet_affine_400k": {0: 0.0025, 10.1: 0.0025, 10.2: 0.00025, 20.2: 0.00025, 20.3: 0.000025},
    "mmaction_100e": {0: 0.01, 39.99: 0.01, 40: 0.001, 79.99: 0.001, 80: 0.0001, 99.99: 0.0001},
}


@pytest.mark.parametrize(("recipe", "expected"), RATES.items(), ids=lambda each: str(each)[:24])
def test_the_learning_rate_curve(recipe, expected):
    exp = config("i3d_resnet50_vnl32x2", recipe).exp
    for epoch, value in expected.items():
        assert rate(exp, epoch) == pytest.approx(value, rel=2e-6, abs=1e-9), epoch


@pytest.mark.parametrize(("recipe", "batch"), [("nonlocalnet_400k", 64), ("nonlocalnet_affine_400k", 16)])
def test_epochs_of_video_nonlocal_net_are_its_iterations(recipe, batch):
    exp = config("i3d_resnet50_vnl32x2", recipe).exp
    steps = CLIPS // batch
    assert exp.num_epochs * steps == pytest.approx(400_000, rel=0.011)
    assert [milestone * steps for milestone in exp.milestones] == pytest.approx([150_000, 300_000], rel=0.011)


def test_weight_decay_of_slowfast_spares_batch_norm_only():
    optimiser = optimiser_of("i3dnonlocal_resnet50", "slowfast_196e")
    assert decays(optimiser) == {0: 116, 1e-4: 95}
    assert decays(optimiser_of("i3d_resnet50", "slowfast_imagenet_118e")) == {0: 106, 1e-4: 55}
    assert all(
        group["nesterov"] and group["momentum"] == 0.9 and not group["dampening"] for group in optimiser.param_groups
    )


def test_weight_decay_of_video_nonlocal_net_spares_batch_norm_only_and_affine_layers_do_not_train():
    optimiser = optimiser_of("i3dnonlocal_resnet50_vnl32x2", "nonlocalnet_400k")
    assert decays(optimiser) == {0: 116, 1e-4: 95} and all(group["nesterov"] for group in optimiser.param_groups)
    assert decays(optimiser_of("i3dnonlocal_resnet50_vnl32x4affine", "nonlocalnet_affine_400k")) == {1e-4: 95}
    assert not list(Affine(3).parameters())


def test_weight_decay_of_mmaction_is_on_everything():
    optimiser = optimiser_of("i3dnonlocal_resnet50_mm32x2embedded", "mmaction_100e")
    assert decays(optimiser) == {1e-4: 116 + 95 - 5}  # its five output convolutions have no bias
    assert not any(group["nesterov"] for group in optimiser.param_groups)


def test_a_recipe_serves_other_datasets_and_models():
    exp = config("i3d_tiny", "slowfast_196e", dataset="motion").exp
    assert exp.train_clip == SlowFast(*config("i3d_tiny", "slowfast_196e", dataset="motion").model.clip)
    assert config("r3d_18", "mmaction_100e", dataset="ucf101").exp.clip_grad_norm == 40


def test_the_published_hmdb_recipe_is_the_same_on_both_networks():
    recipe = "crop224_lr0001_batch8_8x8_largejit_plateau_1scrop5tcrop_split1"
    plain, other = (config(model, recipe, dataset="hmdb") for model in ("i3d_resnet50", "i3dnonlocal_resnet50"))
    rows = [
        {
            name: repr(value)
            for layer, name, value, _ in each.resolved()
            if layer == "experiment" and not callable(value)
        }
        for each in (plain, other)
    ]
    assert rows[0] == rows[1] and rows[0]["pretrained"] == "'kinetics400'"
    assert dict(other.found)["experiment"].name.startswith("i3dnonlocal_resnet50-")


def test_tsn_and_tsm():
    tsn, tsm = config("tsn_resnet50", "mmaction_tsn_100e").exp, config("tsm_resnet50", "mmaction_tsm_50e").exp
    assert (tsn.num_epochs, tsn.global_batch, tsn.clip_grad_norm) == (100, 256, 40)
    assert (tsm.num_epochs, tsm.global_batch, tsm.clip_grad_norm) == (50, 128, 20)
    assert [rate(tsn, epoch) for epoch in (0, 40, 80)] == pytest.approx([0.01, 1e-3, 1e-4])
    assert [tsm.lr_factor(epoch) for epoch in (0, 2.5, 5, 25, 45)] == pytest.approx([0.1, 0.55, 1, 0.1, 0.01])
    groups = optimiser_of("tsm_resnet50", "mmaction_tsm_50e").param_groups
    assert {(group["lr"], group["weight_decay"]) for group in groups} == {
        (0.02, 0),
        (0.02, 1e-4),
        (0.1, 0),
        (0.1, 1e-4),
    }
    assert (tsn.train_clip.frames, tsn.train_clip.test_frames, tsn.test_views.crops) == (8, 25, 10)
    assert (tsm.train_clip.test_frames, tsm.test_views.count) == (None, 10)
