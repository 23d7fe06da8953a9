"""Read the config.json that transformers keeps beside weights; its sizes must be those of the network."""

import json
from pathlib import Path
from typing import Any

from pyvideoai.errors import UserError
from pyvideoai.models.normalise import Normalise

WEIGHTS, CONFIG = "model.safetensors", "config.json"
PROCESSORS = ("video_preprocessor_config.json", "preprocessor_config.json")
# What two networks may differ in although their parameters have the same names and shapes, and what else tells sizes.
COMPARED = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "mlp_ratio",
    "patch_size",
    "tubelet_size",
    "hidden_act",
    "layer_norm_eps",
    "attention_type",
    "attn_logit_softcapping",
)


def read_sizes(path: Path, model_type: str) -> dict[str, Any]:
    """Return the content of a config.json. Raises UserError if it can't be read or is of another kind of network."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} can't be read as a config.json of transformers: {error}") from None
    found = content.get("model_type") if isinstance(content, dict) else None
    if found == model_type.partition("_")[0] and isinstance(content.get("vision_config"), dict):
        content = content["vision_config"]  # of a network of videos and texts
    elif found != model_type:
        raise UserError(f"{path}: model_type is {found!r}, and the network's is {model_type!r}")
    return {name: value for name, value in content.items() if not _names_code(name)}


def beside(weights: Path) -> Path | None:
    """Return the config.json of a file of weights, if there is one."""
    if weights.suffix != ".safetensors":
        return None
    # Files of the hub carry their repository in front of both names.
    own = weights.with_name(weights.name.removesuffix(WEIGHTS) + CONFIG)
    places = [own] if weights.name.endswith(f"--{WEIGHTS}") else [own, weights.with_name(CONFIG)]
    return next((path for path in places if path.is_file()), None)


def other_statistics(weights: Path, normalise: Normalise) -> list[str]:
    """Return a line if the processor that transformers saved beside the weights has another mean or deviation."""
    for path in (weights.with_name(name) for name in PROCESSORS):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            theirs = [255 * float(value) for name in ("image_mean", "image_std") for value in content[name]]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        ours = [*normalise.mean, *normalise.std]
        if content.get("do_normalize", True) and any(abs(a - b) > 1 for a, b in zip(ours, theirs, strict=False)):
            told = ", ".join(f"{value:g}" for value in theirs)
            return [f"{path} has mean and deviation {told}, not those of model.normalise"]
    return []


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Return a text for each size that both name and that differs."""
    both = [name for name in COMPARED if name in ours and name in theirs]
    return [
        f"{name} is {theirs[name]} and not {ours[name]}" for name in both if _plain(ours[name]) != _plain(theirs[name])
    ]


def _names_code(name: str) -> bool:
    """Return whether an entry of a config.json may make transformers fetch code, such as attn_implementation."""
    return name.endswith("_implementation") or name in ("auto_map", "quantization_config")


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
