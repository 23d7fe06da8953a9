"""tools/run_predict.py: what a trained model, or published weights, say of videos that belong to no split."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.commands.config_arguments import naming_flags, prints
from pyvideoai.commands.scored import add_scored_arguments, find_folder, load_scored, scored_network, take_folder
from pyvideoai.errors import UserError
from pyvideoai.program import typed

DESCRIPTION = """Predict the classes of videos.

  tools/run_predict.py data/experiments/motion/i3d_tiny/quickstart clip.mp4 more_clips/ --output predictions.csv
  tools/run_predict.py -D kinetics400 -M i3d_resnet50 -E slowfast_196e --weights kinetics400 clip.mp4
  find /videos -name '*.mp4' | tools/run_predict.py data/experiments/motion/i3d_tiny/quickstart - --top 1
  tools/run_predict.py data/experiments/motion/i3d_tiny/quickstart match.mp4 --every 1 --window 2 --plot match.png
  tools/run_predict.py data/experiments/motion/i3d_tiny/quickstart --live rtsp://camera/stream --every 1

Each video is a file, a folder of videos, a list (.csv, .txt) or "-": a path a line on standard input. A .csv may have
the columns video, start_s, end_s (or start_frame, end_frame): parts of videos. Its paths are relative to its folder."""
EPILOGUE = """Exit code: 0 when all videos were predicted, 1 when some could not be decoded (they are named), 2 when
the command can't be run."""
USAGE = (
    f"give an experiment folder (or -D -M -E, perhaps with --weights), then videos: {typed('predict')} FOLDER VIDEO ..."
)


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code."""
    options = _parse(arguments)
    sources = take_folder(options, USAGE)
    _refuse_ineffective(options, sources)
    with naming_flags(options):
        folder = find_folder(options)
        config = load_scored(options, folder)
    if prints(config, options):
        return 0
    if not sources:
        raise UserError(f"no videos: {USAGE}")
    from pyvideoai.predicting.records import check_output
    from pyvideoai.predicting.scan import check_periods
    from pyvideoai.predicting.scorer import Scorer
    from pyvideoai.reporting.reporter import Reporter

    if options.live:
        from pyvideoai.commands.watch_stream import check_live

        check_live(sources, options)
    check_output(options.output)
    check_output(options.plot, (".png",))
    check_output(options.annotate, (".mp4",))
    if options.every is not None:
        check_periods(options.every, 2 * options.every if options.window is None else options.window)
    reporter = Reporter(None)
    trained = scored_network(options, config, folder, reporter)
    scorer = Scorer(trained, options.mode)
    epoch = "" if trained.epoch is None else f" (epoch {trained.epoch})"
    reporter.log(f"{trained.path}{epoch}: {len(trained.classes)} classes, {scorer.views}, {trained.model.device}")
    if options.live:
        from pyvideoai.commands.watch_stream import watch_stream as go_through
    elif options.every is not None:
        from pyvideoai.commands.scan_videos import scan_videos as go_through
    else:
        from pyvideoai.commands.predict_videos import predict_videos as go_through

    return go_through(scorer, sources, options, reporter)


def _refuse_ineffective(options: argparse.Namespace, sources: Sequence[str]) -> None:
    """Refuse options that have no effect together with the others."""
    if options.weights and options.source:
        raise UserError("--weights are published ones, for -D -M -E; an experiment's own are chosen with -l")
    of_scans = {"--window": options.window, "--plot": options.plot, "--annotate": options.annotate}
    given = [flag for flag, value in of_scans.items() if value is not None]
    if given and options.every is None and not options.live:
        raise UserError(f"{given[0]} is for long videos; say with --every how many seconds lie between two windows")
    if options.top < 1:
        raise UserError(f"--top {options.top}: at least one class must be shown")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("sources", nargs="*", metavar="VIDEO", help="after the experiment's folder: videos, folders, lists, or -")
    add_scored_arguments(parser, source="the experiment folder, in place of the first argument")
    add("--top", type=int, default=5, metavar="K", help="how many classes are given (5)")
    add("--output", type=Path, metavar="FILE.csv|.jsonl", help="write a row, or a line of JSON, for each prediction")
    long = parser.add_argument_group("long videos")
    long.add_argument("--every", type=float, metavar="SECONDS", help="slide a window over each video, in such steps")
    long.add_argument("--window", type=float, metavar="SECONDS", help="how long a window is (twice --every)")
    long.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the classes of one video over time")
    long.add_argument("--annotate", type=Path, metavar="FILE.mp4", help="write one video with names and scores on it")
    long.add_argument("--live", action="store_true", help="watch an rtsp:// or http:// address instead of files")
    add("--workers", metavar="N", help="processes that decode (auto)")
    return parser.parse_args(sys.argv[1:] if arguments is None else arguments)
