"""Where the shipped configs are, and what people type: `tools/run_train.py` in a checkout, else `pyvideoai train`."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent if (_PACKAGE.parent / "exp_configs").is_dir() else None

TOOLS = {  # the commands of `pyvideoai`, and their files in a checkout
    "train": "tools/run_train.py",
    "eval": "tools/run_eval.py",
    "predict": "tools/run_predict.py",
    "extract": "tools/run_feature_extract.py",
    "fuse": "tools/fuse_predictions.py",
    "sweep": "tools/sweep.py",
    "export": "tools/export.py",
    "clean": "tools/clean.py",
    "tensorboard": "tools/run_tensorboard.py",
    "visualise-dataset": "tools/visualise_dataset.py",
    "visualise-model": "tools/visualise_model.py",
    "compare": "tools/compare.py",
    "report": "tools/report.py",
    "relabel": "tools/relabel.py",
    "check-videos": "tools/check_videos.py",
    "prepare-videos": "tools/prepare_videos.py",
    "tables": "tools/datasets/tables.py",
    "compare-frames": "tools/datasets/compare_frames.py",
    "unpack-hmdb51": "tools/datasets/hmdb51.py",
    "probe": "tools/run_probe.py",
    "average-weights": "tools/average_weights.py",
    "convert-weights": "tools/convert_weights.py",
    "model-table": "tools/model_table.py",
    "reproduce": "tools/reproduce.py",
}


def typed(command: str) -> str:
    """Return what people type for a command: "tools/run_train.py" or "pyvideoai train"."""
    return f"pyvideoai {command}" if _CHECKOUT is None else TOOLS[command]


def as_typed(text: str) -> str:
    """Return a help text that was written for a checkout in the words of this installation."""
    for command, tool in TOOLS.items():
        text = text.replace(tool, typed(command))
    return text.replace("torchrun --nproc_per_node 4 pyvideoai", "torchrun --nproc_per_node 4 -m pyvideoai")


def shipped_configs() -> Path:
    """Return the folder that holds the shipped `*_configs`: the checkout, or the package's own copy."""
    return _CHECKOUT or _PACKAGE / "configs"
