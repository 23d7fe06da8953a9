"""Count frame folders against the videos that they were made from."""

import argparse
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.cores import usable_cores
from pyvideoai.errors import counted, printable
from pyvideoai.files import replacing
from pyvideoai.video.checking.frame_counts import Compared, compare_all

DESCRIPTION = """Compare folders of extracted frames with the videos that they were made from.

  tools/datasets/compare_frames.py data/ucf101_frames data/ucf101 --out compared.csv

The folder of a video has the video's path without its ending, or its name alone, in FRAMES. Plain
`ffmpeg -i x.avi %05d.jpg` makes one image more than there are frames for 30 % of UCF-101: the first frame is written
twice, and image i is frame i - 1 from there on."""
EPILOGUE = "Exit code: 0 when all folders have as many images as their videos have frames, 1 when not, 2 for an error."
SHOWN = 10


def main(arguments: Sequence[str]) -> int:
    """Run tools/datasets/compare_frames.py; return the exit code. Raises UserError."""
    from tqdm import tqdm

    options = _parser().parse_args(arguments)
    work = compare_all(options.frames, options.videos, options.processes or usable_cores())
    compared = list(tqdm(work, desc="comparing", unit="video", leave=False, disable=None))
    print(printable("\n".join(_summary(compared))))
    if options.out:
        _write(options.out, compared)
        print(f"written: {options.out.resolve()}")
    return 0 if all(each.kind == "same" for each in compared) else 1


def _write(path: Path, compared: Sequence[Compared]) -> None:
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["video", "frames", "images", "result"])
        writer.writerows([each.video, each.frames, each.images, each.kind] for each in compared)


def _summary(compared: Sequence[Compared]) -> Iterator[str]:
    for kind in sorted({each.kind for each in compared}, key=lambda kind: (kind != "same", kind)):
        these = [each for each in compared if each.kind == kind]
        yield f"{kind}: {len(these):,} of {len(compared):,}"
        shown = these[:SHOWN] if kind != "same" else []
        for each in shown:
            frames = "unreadable" if each.frames is None else counted(each.frames, "frame")
            yield f"    {each.video}: {frames}, {counted(each.images or 0, 'image')}"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        description=DESCRIPTION,
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("frames", type=Path, metavar="FRAMES", help="the folder of frame folders")
    add("videos", type=Path, metavar="VIDEOS", help="the folder of videos")
    add("--out", type=Path, metavar="FILE.csv", help="write a row for each video")
    add("--processes", type=int, help="default: one per core")
    return parser
