"""Say how an exported network is fed and read: frames, pixels, outputs, classes, as plain values for a JSON file."""

from dataclasses import fields, is_dataclass
from typing import Any

from pyvideoai.config.load import Config
from pyvideoai.data.sampling import frames_in_test, view_of
from pyvideoai.data.views import Views
from pyvideoai.tasks import Task
from pyvideoai.unpack import mirrored_labels, source_of, task_in, views_of

LENGTHS = ((20, 30.0), (100, 25.0), (300, 30.0))  # frames and fps of the videos whose clips are written down
SIZES = ((240, 320), (640, 360))  # height and width of those whose crops are


def recipe(config: Config, classes: list[str], mode: str) -> dict[str, Any]:
    """Return all that turns a video into the network's input, and its output into probabilities.

    mode: "multicrop" for the experiment's test_views, "oneclip" for its val_views. `examples` hold frames and crops
    of a few videos, which a program that follows the recipe must give too.
    """
    views, normalise = views_of(config, mode), config.model.normalise
    sampler = source_of(config).sampler
    return {
        "frames": {
            "sampler": described(sampler),
            "frames": frames_in_test(sampler),
            "stride": getattr(config.exp.train_clip, "stride", None),
            "stride_counts": _counted_in(config),
            "clips_per_video": views.clips,
            "examples": [
                {"num_frames": length, "fps": fps, "clips": _clips(sampler, length, fps, views)}
                for length, fps in LENGTHS
            ],
        },
        "pixels": {
            "colour": "RGB",
            "views": described(views),
            "short_side": views.scale,
            "size": views.size,
            "crops_per_clip": views.crops,
            "resize": {"interpolation": "bilinear", "antialias": config.exp.antialias, "rounded_to": "uint8"},
            "mean": list(normalise.mean),
            "std": list(normalise.std),
            "scale": "0-255: (pixel - mean) / std",
            "examples": [{"height": height, "width": width, **_crops(views, height, width)} for height, width in SIZES],
        },
        "output": _output(task_in(config), views, mirrored_labels(config, views, classes)),
        "classes": classes,
    }


def described(value: Any) -> Any:
    """Return a frozen dataclass as its type and fields; anything else as it is, or as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            "type": type(value).__name__,
            **{each.name: described(getattr(value, each.name)) for each in fields(value)},
        }
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)


def _counted_in(config: Config) -> str:
    """Return what a stride counts."""
    fps = config.model.fps
    if config.dataset.sample_in == "seconds":
        return f"frames of the video at {fps:g} fps: frame i is the one shown at i / {fps:g} s"
    return "the video's own frames"


def _clips(sampler: Any, length: int, fps: float, views: Views) -> list[list[int]]:
    return [view_of(sampler, length, fps, clip, views.clips).tolist() for clip in range(views.clips)]


def _crops(views: Views, height: int, width: int) -> dict[str, Any]:
    """Return the boxes that are cut, in pixels of the source, each resized to size x size."""
    boxes = [
        {"top": box.top, "left": box.left, "height": box.height, "width": box.width, "mirrored": box.flip}
        for box in views.regions(height, width)
    ]
    return {"boxes": boxes}


def _output(task: Task, views: Views, exchanged: list[int] | None) -> dict[str, Any]:
    return {
        "activation": "sigmoid" if task.multi_label else "softmax",
        "average_over_views": views.average,
        "exchange_in_mirrored_views": exchanged,
    }
