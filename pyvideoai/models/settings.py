"""The settings and hooks of a model config."""

from typing import Literal

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.values.naming import path_spelling
from pyvideoai.models.normalise import Normalise
from pyvideoai.models.weights.table import Weights

MODEL = Contract(
    "model",
    (
        Setting("clip", tuple[int, int], "Default clip: frames x stride.", for_configs=True),
        Setting("fps", float, "Frame rate in which the stride counts, if a dataset samples in seconds.", 30.0, low=1),
        Setting(
            "size", int, "Default height and width of the network's input in pixels.", 224, low=8, for_configs=True
        ),
        Setting("normalise", Normalise, "Mean and standard deviation of the input, per RGB channel on 0-255."),
        Setting(
            "head",
            Literal["linear", "mlp", "attentive"],
            "What -M features trains on features.",
            "linear",
            for_configs=True,
        ),
        Setting("dropout", float, "Dropout before the classifier.", 0.5, low=0, high=1, for_configs=True),
        Setting(
            "drop_path",
            float,
            "Drop path (stochastic depth) of the last residual block in training; from the first on it grows evenly.",
            0.0,
            low=0,
            high=1,
            for_configs=True,
        ),
        Setting(
            "attentive",
            bool,
            "Whether one learned query looks at all patches before an encoder's classifier, in place of their mean.",
            False,
            for_configs=True,
        ),
        Setting(
            "sizes_from",
            str | None,
            "Folder with a config.json of transformers, whose sizes an encoder takes; a run reads it again whenever "
            "it is used. None: the sizes of the model config.",
            None,
            spelling=path_spelling,
            for_configs=True,
        ),
        Setting(
            "width", int, "Channels of the stem; all other widths are multiples of it.", 64, low=4, for_configs=True
        ),
        Setting("weights", dict[str, Weights], "Published weights by name, for the experiment's `pretrained`.", {}),
        Hook(
            "load_model",
            ("num_classes",),
            required=True,
            returns="torch.nn.Module",
            doc="-> network from float (N, 3, T, H, W) to logits (N, classes), or in tests (N, positions, classes).",
        ),
    ),
)
