"""Small encoders of transformers: the sizes, names of tensors and processors of each family's published files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import nn

from pyvideoai.models.encoders import VideoEncoder, encoder
from pyvideoai.models.weights import safetensors

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
SIZES = {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 40, "patch_size": 8}
CLASSES, FRAMES, SIDE = 5, 4, 32
BILINEAR = 2  # of Pillow
SQUARE = {"height": SIDE, "width": SIDE}
NEAR = 2e-5


@dataclass
class Case:
    """A family: the classes of transformers, what config.json says, and how published files name tensors.

    frame: height and width of the pictures. scale: their short side after the resize. The resize gives whole numbers,
    and the crop begins at whole pixels of the source, so that two ways of cutting have the same pixels.
    """

    name: str
    classes: str
    sizes: dict
    depths: dict
    config: str = ""
    published: Callable[[str], str] = lambda name: name
    statistics: tuple = IMAGENET
    frame: tuple[int, int] = (48, 72)
    scale: int = SIDE
    processor: Callable | None = None

    def theirs(self, **changes) -> nn.Module:
        """Return their network with seeded weights, also where they start at zero."""
        library = pytest.importorskip("transformers")
        torch.manual_seed(0)
        config = getattr(library, f"{self.classes}{self.config}Config")(num_labels=CLASSES, **{**self.sizes, **changes})
        network = getattr(library, f"{self.classes}ForVideoClassification")(config).eval()
        with torch.no_grad():
            for parameter in network.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
        return network

    def folder(self, path: Path, network: nn.Module) -> Path:
        """Write a folder as it is published: config.json, the processor's settings, and weights by the old names."""
        path.mkdir()
        state = {self.published(name): tensor for name, tensor in network.state_dict().items()}
        safetensors.write(path / "model.safetensors", state, {"format": "pt"})
        network.config.save_pretrained(path)
        return path

    def ours(self, **options) -> VideoEncoder:
        sizes = {**self.sizes}
        for name in ("num_frames", "image_size", "frames_per_clip", "crop_size"):
            sizes.pop(name, None)
        torch.manual_seed(1)
        return encoder(self.name, CLASSES, **{"frames": FRAMES, "size": SIDE, **sizes, **options}).eval()


def published_videomae(name: str) -> str:
    return name.replace("attention.query.bias", "attention.q_bias").replace("attention.value.bias", "attention.v_bias")


def of_videomae(library, **options):
    return library.VideoMAEVideoProcessor(size={"shortest_edge": SIDE}, crop_size=SQUARE, **options)


def of_vjepa2(library, **options):
    return library.VJEPA2VideoProcessor(crop_size=SIDE, **options)  # resizes to 36


def of_videoprism(library, **options):
    # transformers names no processor of frames for it; the settings are those of its VideoPrismProcessor
    return library.LlavaOnevisionVideoProcessor(size=SQUARE, do_normalize=False, resample=BILINEAR)


def of_timesformer(library, **options):
    return library.TimesformerVideoProcessor(size={"shortest_edge": SIDE}, crop_size=SQUARE, **options)


BLOCKS = {"encoder.layer": 3}
VIDEOMAE = Case(
    "videomae",
    "VideoMAE",
    {**SIZES, "num_frames": FRAMES, "image_size": SIDE},
    BLOCKS,
    published=published_videomae,
    processor=of_videomae,
)
PREDICTOR = {"pred_hidden_size": 12, "pred_num_attention_heads": 2, "pred_num_hidden_layers": 1}
VJEPA2 = Case(
    "vjepa2",
    "VJEPA2",
    {
        **{name: SIZES[name] for name in ("hidden_size", "num_hidden_layers", "num_attention_heads", "patch_size")},
        **{"frames_per_clip": FRAMES, "crop_size": SIDE, "mlp_ratio": 2, "num_pooler_layers": 2, **PREDICTOR},
    },
    {"layer": 3},
    frame=(54, 72),
    scale=36,
    processor=of_vjepa2,
)
VIDEOPRISM = Case(
    "videoprism",
    "VideoPrism",
    {
        **{name: SIZES[name] for name in ("hidden_size", "num_attention_heads", "intermediate_size")},
        **{"num_frames": FRAMES, "image_size": SIDE, "tubelet_size": [1, 8, 8]},
        **{"num_spatial_layers": 3, "num_temporal_layers": 2},
    },
    {"spatial_layers": 3, "temporal_layers": 2},
    config="Vision",
    statistics=([0.0] * 3, [1.0] * 3),
    frame=(48, 48),  # its processor squeezes whole frames to a square
    processor=of_videoprism,
)
TIMESFORMER = Case(
    "timesformer",
    "Timesformer",
    {**SIZES, "num_frames": FRAMES, "image_size": SIDE},
    BLOCKS,
    statistics=([0.45] * 3, [0.225] * 3),
    processor=of_timesformer,
)
CASES = [pytest.param(each, id=each.name) for each in (VIDEOMAE, VJEPA2, VIDEOPRISM, TIMESFORMER)]
