"""A small contract of three layers with the value objects that its configs use, for the tests of the mechanism."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.values.naming import path_spelling
from pyvideoai.errors import UserError


@dataclass(frozen=True)
class Views:
    clips: int = 1
    size: int = 224
    average: Literal["probabilities", "logits"] = "probabilities"

    def __post_init__(self) -> None:
        if self.clips == 0:
            raise UserError("Views(clips=0) shows nothing; give at least 1")


@runtime_checkable
class Sampler(Protocol):
    frames: int

    def indices(self, num_frames: int) -> list[int]: ...


@dataclass(frozen=True)
class Dense:
    frames: int = 8
    stride: int = 8
    short: Literal["loop", "clamp"] = "loop"

    def indices(self, num_frames: int) -> list[int]:
        return list(range(0, min(num_frames, self.frames * self.stride), self.stride))


@dataclass(frozen=True)
class Segments:
    frames: int = 8

    def indices(self, num_frames: int) -> list[int]:
        return list(range(self.frames))


@dataclass(frozen=True)
class Jitter:
    low: float
    high: float

    def __post_init__(self) -> None:
        if isinstance(self.high, int | float) and self.low > self.high:
            raise ValueError(f"low = {self.low} is above high = {self.high}")


DATASET = Contract(
    "dataset",
    (
        Setting("root", Path, "Where the videos are.", names_folder=False),
        Setting("split", int, "Which split.", 1, low=1, high=3),
        Setting("val_share", float, "Share held out.", 0.1, low=0, high=0.9),
        Hook("classes", (), "-> names.", required=True),
        Hook("group", ("row",), "-> group."),
    ),
)
MODEL = Contract(
    "model",
    (
        Setting("clip", tuple[int, int], "Frames and stride."),
        Setting("dropout", float, "Dropout.", 0.5, low=0, high=1),
        Setting("weights", dict[str, Path], "Weights by name.", {}),
        Hook("load_model", ("num_classes",), "-> network.", required=True),
    ),
)
EXPERIMENT = Contract(
    "experiment",
    (
        Setting("num_epochs", int, "Passes.", low=1),
        Setting("global_batch", int, "Clips per step.", 8, low=1),
        Setting("learning_rate", float | None, "The rate.", None, low=0),
        Setting("momentum", float, "Momentum.", 0.9, low=0, high=1),
        Setting("seed", int, "Seed.", 0, low=0),
        Setting("amp", Literal["none", "bf16", "fp16"], "Precision.", "none"),
        Setting("pretrained", str | None, "Weights.", None, spelling=path_spelling),
        Setting("deterministic", bool, "Slow.", False),
        Setting("workers", int | Literal["auto"], "Processes.", "auto", low=0, names_folder=False),
        Setting("betas", tuple[float, ...], "Of Adam.", (0.9, 0.999), low=0, high=1),
        Setting("train_clip", Sampler, "Which frames.", Dense()),
        Setting("train_pixels", tuple[Jitter, ...], "Which pixels.", ()),
        Setting("test_views", Views, "Views of a test.", Views(5)),
        Hook("optimiser", ("model",), "-> optimiser.", required=True),
        Hook("loss", ("logits", "target"), "-> loss."),
        Hook("lr_factor", ("epoch",), "-> factor."),
    ),
)
CONTRACTS = (DATASET, MODEL, EXPERIMENT)

GOOD = {
    "dataset_configs/d.py": 'root = "data/d"\n\n\ndef classes():\n    return ["a", "b"]\n',
    "model_configs/m.py": "clip = (8, 8)\n\n\ndef load_model(num_classes):\n    return num_classes\n",
    "exp_configs/base.py": (
        "from config_pieces import Dense, Views\n"
        "from pyvideoai.config import model_cfg\n"
        "num_epochs = 10\n"
        "global_batch = 32\n"
        "learning_rate = 1e-3 * global_batch\n"
        "train_clip = Dense(*model_cfg.clip)\n"
        "test_views = Views(clips=5)\n"
        "\n"
        "def optimiser(model):\n"
        "    return (model, learning_rate, momentum)\n"
    ),
    "exp_configs/e.py": 'from pyvideoai.config import inherit\ninherit("base")\n',
}
