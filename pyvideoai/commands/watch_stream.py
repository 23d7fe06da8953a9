"""The part of tools/run_predict.py that watches a live stream: a line a moment, records, and what was dropped."""

import argparse
from collections.abc import Sequence

from pyvideoai.commands.predict_videos import said
from pyvideoai.commands.scan_videos import clock
from pyvideoai.errors import UserError, counted
from pyvideoai.predicting.live import Watch
from pyvideoai.predicting.records import open_records
from pyvideoai.predicting.scorer import Scorer
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.video import VideoError
from pyvideoai.video.live import check_address, without_password


def watch_stream(scorer: Scorer, sources: Sequence[str], options: argparse.Namespace, reporter: Reporter) -> int:
    """Watch until the stream ends or Ctrl-C; return the exit code: 1 if the stream breaks off."""
    [address] = sources
    name, every = without_password(address), 1.0 if options.every is None else options.every
    window = 2 * every if options.window is None else options.window
    watch = Watch(scorer, address, every_s=every, window_s=window)
    reporter.log(f"{name}: {window:g} s every {every:g} s; Ctrl-C ends it")
    count, told, code = 0, False, 0
    with open_records(options.output) as write:
        try:
            for moment in watch.moments(options.top):
                count += 1
                start, end = round(moment.start_s, 3), round(moment.end_s, 3)
                write({"video": name, "start_s": start, "end_s": end, "top": moment.top})
                reporter.log(f"{clock(moment.start_s)}  {said(moment.top)}")
                if watch.dropped and not told:
                    told = True
                    reporter.log(f"{_dropped(watch)}; dropping goes on, and the number comes at the end")
        except KeyboardInterrupt:
            reporter.log("ended by Ctrl-C")
        except VideoError as error:
            if not count:
                raise
            code = 1
            reporter.log(f"FAILED: {error}")
    reporter.log(f"{counted(count, 'window')}; {_dropped(watch)}")
    if options.output:
        reporter.log(f"predictions: {options.output.absolute()}")
    return code


def check_live(sources: Sequence[str], options: argparse.Namespace) -> None:
    """Raise UserError unless one address is given, and nothing that needs a file."""
    if len(sources) != 1:
        raise UserError(f"--live watches one address, and there are {len(sources)}")
    check_address(sources[0])
    for flag, value in (("--plot", options.plot), ("--annotate", options.annotate)):
        if value:
            raise UserError(f"{flag} needs a file, which can be read twice; --live writes --output only")


def _dropped(watch: Watch) -> str:
    if not watch.dropped:
        return "none dropped"
    took = f"the network takes {watch.seconds:.2g} s for one every {watch.every_s:g} s"
    return f"{watch.dropped} dropped: {took}, or frames come faster than they are shown"
