"""tools/prepare_videos.py: copies of a dataset's videos that load fast."""

import argparse
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.config.load import load_layer
from pyvideoai.cores import usable_cores
from pyvideoai.data.lists import prepare, read_tables
from pyvideoai.data.settings import DATASET
from pyvideoai.errors import UserError, counted, printable
from pyvideoai.unpack import dataset_of
from pyvideoai.video.preparing.encode import check_encoder
from pyvideoai.video.preparing.many import Preparation, alone_in
from pyvideoai.video.preparing.report import report
from pyvideoai.video.preparing.settings import PRESETS, Settings
from pyvideoai.video.preparing.shards import write_shards
from pyvideoai.video.preparing.sources import Source, refuse_inside, sources_named, sources_of

DESCRIPTION = """Make a copy of videos that loads fast: small, key frames close together, sound left out.
Frame i of a copy is frame i of its original; frame rates stay. The originals are only read.

  tools/prepare_videos.py my_videos --out my_videos_256                       # a folder, or a split table
  tools/prepare_videos.py -D hmdb --out data/hmdb/prepared                    # what a dataset config names
  tools/prepare_videos.py my_videos --out my_frames --jpeg 95 --short_side none   # extract every frame
  tools/prepare_videos.py my_videos --out my_shards --shards                  # the files as they are, in tar shards

Then: tools/run_train.py -D hmdb --set dataset.prepared=data/hmdb/prepared ...
A folder of shards is read wherever the folder that was put into it is: --set dataset.root=my_shards, or
dataset.prepared=... for a folder of copies.
Stop it at any time: called again it goes on, and copies again what has changed."""
SHARD_MB = 1000
H264 = ("gop", "bframes", "crf", "preset")
EPILOGUE = "Exit code: 0 when every video has a copy, 1 when some could not be copied, 2 when the command can't be run."


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code. Raises UserError."""
    from tqdm import tqdm

    options = _parser().parse_args(arguments)
    if options.shards:
        return _to_shards(options)
    if options.shard_mb is not None:
        raise UserError("--shard_mb is for --shards")
    settings, sources = _settings(options), _sources(options)
    with _ending_on_sigterm(), alone_in(options.out):
        preparation = Preparation(sources, options.out, settings)
        done = len(preparation.sources) - len(preparation.open)
        with tqdm(total=len(sources), initial=done, desc="preparing", unit="video", disable=None) as bar:
            rows = preparation.run(options.processes or usable_cores(), each=lambda row: bar.update())
    print(printable(report(rows, sum(not row.reason for row in rows) - done, options.out)))
    return 1 if any(row.reason for row in rows) else 0


def _to_shards(options: argparse.Namespace) -> int:
    """Put the files as they are into tar shards; return the exit code."""
    from tqdm import tqdm

    given = [name for name in (*H264, "jpeg", "processes") if getattr(options, name) is not None]
    given += ["short_side"] * (options.short_side != Settings().short_side)
    if given:
        raise UserError(f"--shards takes files as they are, so --{given[0]} can't be with it; make copies first")
    size_mb = SHARD_MB if options.shard_mb is None else options.shard_mb
    if size_mb < 1:
        raise UserError(f"--shard_mb {size_mb}: it must be 1 or more")
    named = _sources(options)
    sources = [source for source in named if source.path.exists()]
    if not sources:
        raise UserError(f"none of {counted(len(named), 'video')} is there, such as {named[0].path}")
    refuse_inside(sources, options.out)
    lists = options.root or options.source
    lists = lists if lists is None or lists.is_dir() else lists.parent
    bar = tqdm(total=len(sources), desc="writing", unit="video", disable=None)
    with _ending_on_sigterm(), alone_in(options.out, shards=True), bar:
        made, shards = write_shards(sources, options.out, size_mb * 10**6, lists=lists, each=bar.update)
    written = f"{counted(len(sources), 'video')} in {counted(shards, 'shard')} in {options.out.absolute()}"
    print(printable(f"{written} ({made} written now)"))
    if missing := [source.path for source in named if not source.path.exists()]:
        print(printable(f"{counted(len(missing), 'video')} missing and left out, such as {missing[0]}"))
    print(printable(f"read them: --set dataset.root={options.out} (dataset.prepared for a folder of copies)"))
    return 1 if missing else 0


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM end the work as Ctrl-C does, with the manifest written."""
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _settings(options: argparse.Namespace) -> Settings:
    given = {name: getattr(options, name) for name in H264 if getattr(options, name) is not None}
    if options.jpeg is None:
        check_encoder()
    elif given:
        raise UserError(f"--{next(iter(given))} is for H.264; with --jpeg there are only a quality and --short_side")
    return Settings(short_side=options.short_side, jpeg=options.jpeg, **given)


def _sources(options: argparse.Namespace) -> list[Source]:
    if bool(options.dataset) == bool(options.source):
        raise UserError("give either a folder or split table, or -D DATASET")
    if options.overrides and options.source:
        raise UserError("--set is for the dataset config of -D DATASET")
    if options.source:
        return sources_of(options.source, options.root, options.out)
    dataset = dataset_of(load_layer(DATASET, options.dataset, options.overrides))
    prepare(dataset)
    tables = read_tables(dataset).by_name.values()
    return sources_named((video for table in tables for video in table["video"]), Path(dataset.root))


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        "prepare_videos.py",
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add, default = parser.add_argument, Settings()
    add("source", nargs="?", type=Path, metavar="FOLDER|SPLIT.csv", help="videos, or a table that names them")
    add("-D", "--dataset", metavar="NAME", help="all videos of dataset_configs/NAME.py instead")
    add("--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE", help="with -D: root=..., split=2")
    add("--root", type=Path, help="folder that names are relative to (default: FOLDER, or the table's)")
    add("--out", type=Path, required=True, metavar="FOLDER", help="where the copies and their manifest.csv go")
    add("--short_side", type=_side, default=default.short_side, metavar="N|none", help="pixels (256); never enlarged")
    add(
        "--jpeg",
        type=int,
        nargs="?",
        const=95,
        metavar="QUALITY",
        help="a folder of JPEGs each, quality 95 if not said",
    )
    add("--gop", type=int, help=f"frames from one key frame to the next ({default.gop})")
    add("--bframes", type=int, help=f"B-frames in a row ({default.bframes})")
    add("--crf", type=int, help=f"x264's quality, 0 (lossless) to 51 ({default.crf})")
    add("--preset", choices=PRESETS, help=f"x264's effort ({default.preset})", metavar="NAME")
    add("--shards", action="store_true", help="put the files as they are into tar shards instead")
    add("--shard_mb", type=int, metavar="MB", help=f"size of a shard, in millions of bytes ({SHARD_MB})")
    add("--processes", type=int, help="default: one per core")
    return parser


def _side(text: str) -> int | None:
    return None if text.lower() == "none" else int(text)
