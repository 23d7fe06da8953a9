"""The part of tools/run_predict.py that slides over long videos: a line a moment, records, a plot, a video."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyvideoai.annotations.names import in_one_line
from pyvideoai.commands.predict_videos import report, said
from pyvideoai.errors import UserError, explain
from pyvideoai.files import replacing
from pyvideoai.predicting.annotate import annotate
from pyvideoai.predicting.records import Record, open_records
from pyvideoai.predicting.scan import Moment, scan
from pyvideoai.predicting.scorer import Scorer
from pyvideoai.predicting.sources import EDGES, read_sources
from pyvideoai.predicting.timeline import draw_timeline, thumbnails_of
from pyvideoai.predicting.windows import duration_s
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.video import VideoError


def scan_videos(scorer: Scorer, sources: Sequence[str], options: argparse.Namespace, reporter: Reporter) -> int:
    """Scan each video; return the exit code."""
    videos = _whole_videos(sources, options)
    if scorer.views.count > 1:
        reporter.log(f"{scorer.views} of each window; -m oneclip looks at val_views, and is faster if they are fewer")
    failed: list[str] = []
    with open_records(options.output) as write:
        for video in videos:
            with _naming_faults(video, failed, write, reporter):
                _scan_one(scorer, video, options, reporter, write)
    report(len(videos), "video", failed, options, reporter)
    return 1 if failed else 0


def _whole_videos(sources: Sequence[str], options: argparse.Namespace) -> list[str]:
    table = read_sources(sources, sys.stdin)
    if table.empty:
        raise UserError("no videos in what was given")
    if parts := sorted(set(EDGES) & set(table)):
        raise UserError(f"--every goes through whole videos; leave the column {parts[0]} out of the list")
    for flag, value in (("--plot", options.plot), ("--annotate", options.annotate)):
        if value and len(table) > 1:
            raise UserError(f"{flag} is for one video, and there are {len(table)}")
    return table["video"].tolist()


@contextmanager
def _naming_faults(
    video: str, failed: list[str], write: Callable[[Record], None], reporter: Reporter
) -> Iterator[None]:
    """Report a video that can't be decoded, or not to its end, and go on."""
    try:
        yield
    except VideoError as error:
        explain(error)
        failed.append(video)
        write({"video": video, "start_s": None, "end_s": None, "top": [], "error": error.reason})
        reporter.log(f"{in_one_line(video)}  FAILED: {error.reason}")


def _scan_one(
    scorer: Scorer, video: str, options: argparse.Namespace, reporter: Reporter, write: Callable[[Record], None]
) -> None:
    """Scan one video, then draw what was asked for; also of what comes before a fault. Raises VideoError."""
    kept: list[Moment] = []
    try:
        for moment in _moments(scorer, video, options, reporter):
            write({"video": video, **_record(moment)})
            if options.output is None:
                reporter.log(f"{clock(moment.start_s)}  {said(moment.top)}")
            if options.plot or options.annotate:
                kept.append(moment)
    finally:
        if kept:
            _draw(scorer, video, kept, options, reporter)


def _moments(scorer: Scorer, video: str, options: argparse.Namespace, reporter: Reporter) -> Iterator[Moment]:
    """Yield the moments of a video under a progress line of seconds."""
    with scorer.source.open_in_order(video) as opened:
        seconds = duration_s(opened)
    reporter.log(f"{in_one_line(video)}: {clock(seconds)}, {opened.fps:.4g} fps")
    with reporter.progress(f"scanning {Path(video).name}", max(round(seconds), 1)) as progress:
        done = 0
        for moment in scan(scorer, video, every_s=options.every, window_s=options.window, top=options.top):
            yield moment
            progress.update(round(moment.end_s) - done)
            done = round(moment.end_s)


def _record(moment: Moment) -> dict[str, object]:
    return {"start_s": round(moment.start_s, 6), "end_s": round(moment.end_s, 6), "top": moment.top}


def _draw(
    scorer: Scorer, video: str, moments: Sequence[Moment], options: argparse.Namespace, reporter: Reporter
) -> None:
    if options.plot:
        thumbnails = thumbnails_of(scorer.source, video, moments[-1].end_s)
        heading = f"{Path(video).name}, {options.window or 2 * options.every:g} s every {options.every:g} s"
        draw_timeline(options.plot, moments, scorer.classes, thumbnails, heading)
        reporter.log(f"plot: {options.plot.absolute()}")
    if options.annotate:
        with (
            replacing(options.annotate) as temporary,
            reporter.progress(f"writing {options.annotate.name}", round(moments[-1].end_s)) as progress,
        ):
            done = 0
            for second in annotate(scorer.source, video, moments, scorer.classes, temporary):
                progress.update(int(second) - done)
                done = int(second)
        reporter.log(f"annotated video: {options.annotate.absolute()}")


def clock(seconds: float) -> str:
    """Format a time in a video as 0:01:07.5."""
    tenths = round(10 * seconds)
    return f"{tenths // 36000}:{tenths // 600 % 60:02d}:{tenths // 10 % 60:02d}.{tenths % 10}"
