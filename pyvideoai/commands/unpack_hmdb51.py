"""Unpack HMDB-51: its RAR archive of RAR archives and its lists, as `-D hmdb` expects them.

    tools/datasets/hmdb51.py hmdb51_org.rar test_train_splits.rar --to data/hmdb

Needs unrar, unar, bsdtar or a 7z that reads RAR. It can be stopped and called again.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.annotations.unpack import hmdb51_lists, hmdb51_videos
from pyvideoai.commands.arguments import Parser


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code: 1 if something is missing. Raises UserError."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", type=Path, metavar="hmdb51_org.rar")
    parser.add_argument("lists", type=Path, metavar="test_train_splits.rar")
    parser.add_argument("--to", type=Path, default=Path("data/hmdb"), metavar="FOLDER", help="data/hmdb if not said")
    options = parser.parse_args(arguments)
    lists = hmdb51_lists(options.lists, options.to)
    counts = hmdb51_videos(options.videos, options.to, done=lambda name: print(f"unpacked: {name}", flush=True))
    found = sum(counts.values())
    print(f"{options.to.resolve()}: {found:,} videos of {len(counts)} classes (6,766 of 51), {lists} lists (153)")
    return 0 if (found, lists) == (6766, 153) else 1
