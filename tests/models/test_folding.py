"""Batch norm folded into convolutions: which pairs, the same logits, and the network itself untouched."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pyvideoai.models.affine import Affine
from pyvideoai.models.folding import NORMS, folded

CLIPS = (2, 3, 4, 16, 16)


class Block(nn.Module):
    """Call its layers from Python, as networks do; `forward` of a child decides what happens between them."""

    def __init__(self, norm: nn.Module | None = None) -> None:
        super().__init__()
        self.conv, self.bn = nn.Conv3d(3, 6, 3, padding=1), norm or nn.BatchNorm3d(6)
        self.fc = nn.Linear(6, 4)

    def forward(self, clips: Tensor) -> Tensor:
        return self.head(F.relu(self.bn(self.conv(clips))))

    def head(self, maps: Tensor) -> Tensor:
        return self.fc(maps.mean((2, 3, 4)))


class SkipsTheNorm(Block):
    def forward(self, clips: Tensor) -> Tensor:
        maps = self.conv(clips)
        return self.head(self.bn(maps) + 1e-6 * maps)


class ChangesInPlace(Block):
    def forward(self, clips: Tensor) -> Tensor:
        return self.head(self.bn(self.conv(clips).mul_(1 + 1e-6)))


class JoinsTheInput(Block):
    def forward(self, clips: Tensor) -> Tensor:
        maps = self.conv(clips)
        return self.head(self.bn(maps)) + 1e-6 * self.head(torch.cat([maps, maps]))[: len(clips)]


class CallsTwice(Block):
    def forward(self, clips: Tensor) -> Tensor:
        return self.head(self.bn(self.conv(clips))) + 1e-6 * self.head(self.conv(clips))


class NormTwice(Block):
    def forward(self, clips: Tensor) -> Tensor:
        return self.head(self.bn(self.bn(self.conv(clips))))


class ByBatch(Block):
    """A norm that goes by its batch in evaluation too."""

    def __init__(self) -> None:
        super().__init__(nn.BatchNorm3d(6, track_running_stats=False))


class Uncopied(Block):
    def __deepcopy__(self, memo: dict) -> nn.Module:
        raise TypeError("can't be copied")


def made(network: nn.Module) -> nn.Module:
    """Return the network in evaluation mode, with statistics as training leaves them."""
    generator = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is not None:
            module.running_mean.normal_(0, 0.3, generator=generator)
            module.running_var.uniform_(0.3, 3, generator=generator)
        if isinstance(module, NORMS) and module.weight is not None:
            module.weight.data.uniform_(0.5, 2, generator=generator)
            module.bias.data.normal_(0, 0.3, generator=generator)
    return network.eval()


def left(network: nn.Module) -> int:
    return sum(type(module) in NORMS for module in network.modules())


def clips(*shape: int) -> Tensor:
    return torch.randn(shape or CLIPS, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("norm", [nn.BatchNorm3d(6), nn.BatchNorm3d(6, affine=False), nn.SyncBatchNorm(6), Affine(6)])
def test_a_copy_does_without_the_norm(norm):
    network, inputs = made(Block(norm)), clips()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with torch.inference_mode():
        logits = network(inputs)
        fast = folded(network, inputs)
        assert fast is not network and left(fast) == 0
        torch.testing.assert_close(fast(inputs), logits, rtol=1e-5, atol=1e-6)
        assert torch.equal(network(inputs), logits)
    assert left(network) == 1 and all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert not network.conv._forward_hooks and not fast.conv._forward_hooks


@pytest.mark.parametrize(
    "kind", [SkipsTheNorm, ChangesInPlace, JoinsTheInput, CallsTwice, NormTwice, ByBatch, Uncopied]
)
def test_a_norm_that_is_not_alone_behind_its_convolution_stays(kind):
    network = made(kind())
    assert folded(network, clips()) is network


def test_a_norm_in_training_stays():
    network = made(Block())
    network.eval = lambda: network  # type: ignore[method-assign]
    network.bn.train()
    assert folded(network, clips()) is network


def test_a_network_with_hooks_stays_and_its_hooks_see_no_noise():
    for watch in ("register_forward_hook", "register_forward_pre_hook"):
        network, seen = made(Block()), []
        getattr(network, watch)(lambda module, *given, seen=seen: seen.append(1))
        assert folded(network, clips()) is network and not seen


def test_shared_weights_are_folded_once_for_each():
    class Twins(Block):
        def __init__(self) -> None:
            super().__init__()
            self.other = nn.Conv3d(3, 6, 3, padding=1)
            self.other.weight, self.bn2 = self.conv.weight, nn.BatchNorm3d(6)

        def forward(self, clips: Tensor) -> Tensor:
            return self.head(self.bn(self.conv(clips))) + self.head(self.bn2(self.other(clips)))

    network, inputs = made(Twins()), clips()
    fast = folded(network, inputs)
    assert left(fast) == 0
    torch.testing.assert_close(fast(inputs), network(inputs), rtol=1e-5, atol=1e-6)


def test_a_network_that_wants_its_own_size_is_traced_at_that():
    class OneSize(Block):
        def forward(self, clips: Tensor) -> Tensor:
            assert clips.shape[-1] == 16
            return super().forward(clips)

    assert left(folded(made(OneSize()), clips())) == 0


def test_what_goes_into_a_module_and_comes_out_of_it_stays():
    network = nn.Sequential(nn.Conv3d(3, 6, 1), nn.Sequential(nn.BatchNorm3d(6), nn.Conv3d(6, 6, 1), nn.BatchNorm3d(6)))
    network = made(network.append(nn.Flatten(2)))
    assert left(folded(network, clips())) == 0
    assert left(folded(network, clips(), around="1")) == 1
    assert left(folded(network, clips(), around="1.1")) == 1


def test_the_memory_format_stays():
    network = made(Block())
    network.conv.weight.data = network.conv.weight.data.contiguous(memory_format=torch.channels_last_3d)
    assert folded(network, clips()).conv.weight.is_contiguous(memory_format=torch.channels_last_3d)


@pytest.mark.parametrize("frames", [1, 4])
def test_frames_that_are_folded_into_the_batch(frames):
    class OfFrames(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.bn, self.fc = nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.Linear(5, 2)

        def forward(self, clips: Tensor) -> Tensor:
            maps = self.bn(self.conv(clips.transpose(1, 2).flatten(0, 1)))
            return self.fc(maps.mean((2, 3))).unflatten(0, (len(clips), -1)).mean(1)

    assert left(folded(made(OfFrames()), clips(2, 3, frames, 16, 16))) == 0
