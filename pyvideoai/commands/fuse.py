"""tools/fuse_predictions.py: a weighted mean of saved predictions, and what it scores."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.commands.arguments import Parser
from pyvideoai.errors import UserError, counted

if TYPE_CHECKING:
    from pyvideoai.scoring.fusing import Saved

DESCRIPTION = """Fuse saved predictions: two streams, an ensemble, several seeds.

  tools/fuse_predictions.py rgb/predictions/test_epoch0010_5x1.npz flow/predictions/test_epoch0020_5x1.npz
  tools/fuse_predictions.py rgb/test.npz flow/test.npz --weights 1 1.5 --out fused.npz
  tools/fuse_predictions.py rgb/test.npz flow/test.npz --val rgb/val.npz flow/val.npz

Weights are given, or searched on predictions of a validation split, in the same order; otherwise all count the same.
Files are matched by their videos; an evaluation writes them to predictions/."""


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    _check(options)
    from pyvideoai.scoring.fusing import aligned, fuse, read_saved, write_fused

    files, note = aligned([read_saved(path) for path in options.files])
    weights = options.weights or [1.0] * len(files)
    if options.val:
        weights = _searched(options.val, files)
    fused = fuse(files, weights)
    print("\n".join(_lines(files, weights, fused, note)))
    if options.out:
        write_fused(options.out, files[0], fused)
        print(f"fused predictions: {options.out.absolute()}")
    return 0


def _searched(paths: Sequence[Path], scored: Sequence[Saved]) -> Sequence[float]:
    """Return weights that are best on the files of a validation split. Raises UserError for those of the scored one."""
    from pyvideoai.scoring.fusing import aligned, fuse, read_saved, search_weights

    val, _ = aligned([read_saved(path) for path in paths])
    if set(map(str, val[0].keys)) & set(map(str, scored[0].keys)) and val[0].keys.dtype.kind not in "iu":
        raise UserError("--val: these are videos of the files that are fused; search weights on another split, val")
    if val[0].classes.tolist() != scored[0].classes.tolist():
        raise UserError(f"{val[0].path} has other classes than {scored[0].path}")
    weights = search_weights(val)
    name, videos = val[0].task.metrics[0].name, counted(len(val[0].keys), "video")
    print(f"weights searched on {videos} of val: {name} {val[0].score(fuse(val, weights)):.2f}")
    return weights


def _lines(files: Sequence[Saved], weights: Sequence[float], fused: object, note: str) -> list[str]:
    task = files[0].task
    name, width = task.metrics[0].name, max(len(str(each.path)) for each in files)
    lines = [
        f"{each.path!s:<{width}}  weight {weight / sum(weights):.3f}  {name} {each.score(each.probabilities):.2f}"
        for each, weight in zip(files, weights, strict=True)
    ]
    outcomes = files[0].outcomes(fused)
    sure = task.uncertainty_text({**task.uncertainty(outcomes), "classes": len(files[0].classes)})
    total = f"{'fused':<{width}}                {name} {files[0].score(fused):.2f}"
    return [*lines, f"{total}  ({sure}, {counted(len(outcomes), 'video')})", *([note] if note else [])]


def _check(options: argparse.Namespace) -> None:
    if len(options.files) < 2:
        raise UserError("give two or more files of saved predictions (predictions/*.npz)")
    for flag, given in (("--weights", options.weights), ("--val", options.val)):
        if given and len(given) != len(options.files):
            raise UserError(f"{flag} has {len(given)}, and there are {len(options.files)} files")
    if options.weights and options.val:
        raise UserError("--weights are given or searched with --val, not both")
    if options.weights and (min(options.weights) < 0 or not 0 < sum(options.weights) < float("inf")):
        raise UserError(f"--weights {' '.join(map(str, options.weights))}: none may be below 0, and not all can be 0")
    of_test = [path for path in options.val or () if path.name.startswith("test_") or path in options.files]
    if of_test:
        raise UserError(f"--val {of_test[0]}: weights are searched on a validation split only, never on what is scored")
    from pyvideoai.predicting.records import check_output  # it imports torch

    check_output(options.out, (".npz",))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.npz", help="predictions of one split, two or more")
    parser.add_argument("--weights", nargs="+", type=float, metavar="W", help="one for each file (all the same)")
    parser.add_argument("--val", nargs="+", type=Path, metavar="FILE.npz", help="search the weights on these")
    parser.add_argument("--out", type=Path, metavar="FILE.npz", help="write the fused predictions")
    return parser.parse_args(arguments)
