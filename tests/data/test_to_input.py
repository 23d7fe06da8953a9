import torch

from pyvideoai.data.to_input import ToInput
from pyvideoai.models.normalise import Normalise


def test_pixels_are_normalised_per_channel_and_channels_come_first():
    clips = torch.randint(0, 256, (2, 3, 5, 7, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    normalise = Normalise(mean=(123.675, 116.28, 103.53), std=(58.395, 57.12, 57.375))
    given = ToInput(normalise)(clips)
    assert given.shape == (2, 3, 3, 5, 7) and given.dtype == torch.float32 and given.is_contiguous()
    mean, std = torch.tensor(normalise.mean).double(), torch.tensor(normalise.std).double()
    expected = ((clips.double() - mean) / std).permute(0, 4, 1, 2, 3)
    torch.testing.assert_close(given, expected.float(), rtol=1e-6, atol=1e-6)


def test_it_moves_with_its_buffers_and_leaves_nothing_in_a_checkpoint():
    module = ToInput(Normalise(mean=(0, 0, 0), std=(1, 2, 4)))
    assert module.state_dict() == {} and not list(module.parameters())
    assert module.to("meta").mean.device.type == "meta"
