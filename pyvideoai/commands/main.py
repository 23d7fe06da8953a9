"""The program: `pyvideoai train -D motion -M i3d_tiny -E quickstart`. Its commands are those of `tools/`."""

import importlib
import sys
from collections.abc import Callable, Sequence

from pyvideoai import environment
from pyvideoai._version import __version__
from pyvideoai.commands.ending import run
from pyvideoai.errors import UserError, hint

COMMANDS = {
    "train": ("pyvideoai.commands.train", "train a classifier: a dataset, a model and an experiment config"),
    "eval": ("pyvideoai.commands.evaluate", "score a trained model, or published weights"),
    "predict": ("pyvideoai.commands.predict", "predict the classes of videos: files, folders, hours, live streams"),
    "fuse": ("pyvideoai.commands.fuse", "fuse saved predictions: two streams, an ensemble"),
    "compare": ("pyvideoai.commands.compare", "compare runs: scores, settings that differ, paired tests"),
    "export": ("pyvideoai.commands.export", "export a trained network: torch.export, ONNX, safetensors"),
    "tensorboard": ("pyvideoai.commands.tensorboard", "TensorBoard over runs, by readable names"),
    "clean": ("pyvideoai.commands.clean", "see what experiments take, and remove what nobody needs"),
    "sweep": ("pyvideoai.commands.sweep", "train several runs of one file, and put them into one table"),
    "report": ("pyvideoai.commands.report", "write a report of a run, or of several, as one HTML file"),
    "relabel": ("pyvideoai.commands.relabel", "apply a filled-in table of likely wrong labels, as new split tables"),
    "visualise-dataset": ("pyvideoai.commands.visualise_dataset", "draw what a dataset feeds to the network"),
    "visualise-model": ("pyvideoai.commands.visualise_model", "draw what a network decides by: gradients, occlusion"),
    "configs": ("pyvideoai.commands.configs", "list what -D, -M and -E can be"),
    "check-videos": ("pyvideoai.commands.check_videos", "find broken and odd videos before training"),
    "prepare-videos": ("pyvideoai.commands.prepare_videos", "make copies of videos that load fast"),
    "tables": ("pyvideoai.commands.tables", "write a dataset's split tables, and list what is missing"),
    "compare-frames": (
        "pyvideoai.commands.compare_frames",
        "count frame folders against their videos",
    ),
    "unpack-hmdb51": ("pyvideoai.commands.unpack_hmdb51", "unpack HMDB-51's archives"),
    "extract": ("pyvideoai.commands.extract_features", "write the features that a network gives for videos"),
    "probe": ("pyvideoai.commands.probe", "try heads on kept features of a frozen network"),
    "convert-weights": ("pyvideoai.commands.convert_weights", "write another framework's weights as ours"),
    "average-weights": ("pyvideoai.commands.average_weights", "average the checkpoints of a run"),
    "reproduce": ("pyvideoai.commands.reproduce", "score published weights by their sources' protocols"),
    "model-table": ("pyvideoai.commands.model_table", "parameters, GMACs and speed of the models"),
}


def program() -> None:
    """Run the command that the command line names, and exit with its code."""
    environment.settle()
    run(_main)


def _main(arguments: Sequence[str]) -> int | None:
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_help())
        return 0 if arguments else 2
    if arguments[0] == "--version":
        print(f"PyVideoAI {__version__}")
        return 0
    return _command(arguments[0])(arguments[1:])


def _command(name: str) -> Callable[[Sequence[str]], int | None]:
    if name not in COMMANDS:
        raise UserError(f"no command {name!r}; {hint(name, list(COMMANDS))}")
    sys.argv[0] = f"pyvideoai {name}"  # what usage lines and run.json call it
    return importlib.import_module(COMMANDS[name][0]).main


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in COMMANDS.items()]
    return "\n".join(["usage: pyvideoai COMMAND ...   (pyvideoai COMMAND --help tells all of one)", "", *lines])
