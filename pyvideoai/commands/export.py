"""tools/export.py: a trained network for other programs."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.engine.places import load_run
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder, open_folder, refuse_unwritable, version_of

DESCRIPTION = """Export the network of an experiment for other programs: its weights (model.safetensors), its graph by
torch.export (model.pt2) and as ONNX (model.onnx), and model.json, which says how to feed them: which frames and which
pixels, mean and std, what the outputs mean, the classes. Each graph is run again: its logits are the network's to 1e-4
of the largest, or the export fails.

  tools/export.py data/experiments/motion/i3d_tiny/quickstart
  tools/export.py data/experiments/motion/i3d_tiny/quickstart --formats onnx --out exported"""
FORMATS = ("safetensors", "torch", "onnx")
NEEDED = "pip install 'pyvideoai[onnx]'"


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    if options.folder is None:
        raise UserError("give the folder of an experiment, of a version, or a checkpoint in it")
    folder, checkpoint = _named(options)
    config = load_run(folder)
    if config.dataset.features:
        raise UserError(f"{folder.path} is a head on features, which takes no clips: export a run on videos")
    out = (options.out or folder.path / "export").absolute()
    refuse_unwritable(out)
    from pyvideoai.exporting.export import export
    from pyvideoai.processes import pick_device
    from pyvideoai.scoring.loading import load_trained

    formats = _possible(options.formats)
    trained = load_trained(config, folder, checkpoint, pick_device("cpu"))
    epoch = "" if trained.epoch is None else f" (epoch {trained.epoch})"
    print(f"{trained.path}{epoch}: {len(trained.classes)} classes")
    export(trained, out, formats, options.mode, print)
    return 0


def _named(options: argparse.Namespace) -> tuple[ExperimentFolder, str]:
    """Return the version and the checkpoint that were named; a checkpoint's file may stand in place of its folder."""
    if Path(options.folder).is_file():
        if options.load != "best":
            raise UserError(
                f"-l {options.load}: {options.folder} is a checkpoint itself; give its folder, or leave -l out"
            )
        return open_folder(version_of(options.folder)), options.folder
    return open_folder(options.folder), options.load


def _possible(chosen: Sequence[str] | None) -> Sequence[str]:
    """Return the formats to write. Without --formats ONNX is left out, in words, where its packages are missing."""
    from pyvideoai.exporting.graphs import ONNX_PACKAGES, onnx_is_there

    if "onnx" in (chosen or FORMATS) and not onnx_is_there():
        if chosen:
            raise UserError(f"--formats onnx needs {' and '.join(ONNX_PACKAGES)}: {NEEDED}")
        print(f"model.onnx is left out, since its packages are not installed: {NEEDED}")
        return [name for name in FORMATS if name != "onnx"]
    return chosen or FORMATS


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help="an experiment (its last version), or a version")
    parser.add_argument("-l", "--load", default="best", metavar="last|best|N", help="which checkpoint (best)")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where the files go (export/ in the version's folder)"
    )
    parser.add_argument("--formats", nargs="+", choices=FORMATS, help="which files (all that can be written)")
    parser.add_argument(
        "-m",
        "--mode",
        choices=["oneclip", "multicrop"],
        default="multicrop",
        help="whose views give the input's size: val_views or test_views (multicrop)",
    )
    return parser.parse_args(arguments)
