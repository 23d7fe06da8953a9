"""Which videos, and which of their frames: the same for every contestant."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from benchmark.loader.protocol import Job, Protocol
from pyvideoai.config.load import Config
from pyvideoai.data.clips import Rows, steps_for
from pyvideoai.data.order import CLIP_STREAM
from pyvideoai.data.pixels import training_region
from pyvideoai.data.source import segment
from pyvideoai.errors import UserError
from pyvideoai.unpack import flips_of, source_of
from pyvideoai.video import VideoError, open_video

VIDEOS = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".3gp", ".wmv", ".flv", ".ts"})


@dataclass
class Group:
    """Videos that are reported together. table: columns video (relative to `root`) and label, and others."""

    name: str
    root: Path
    table: pd.DataFrame
    refused: dict[str, str]


def folder_group(folder: Path, most: int | None, seed: int) -> Group:
    """Return at most `most` videos under a folder, chosen by `seed`, all with label 0. Raises UserError for none."""
    if not folder.is_dir():
        raise UserError(f"--videos {folder}: no such folder")
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix.lower() in VIDEOS)
    if not names:
        raise UserError(f"--videos {folder}: no video in it; suffixes looked for: {' '.join(sorted(VIDEOS))}")
    return make_group(folder.name, folder, pd.DataFrame({"video": names, "label": 0}), most, seed)


def make_group(name: str, root: Path, table: pd.DataFrame, most: int | None, seed: int) -> Group:
    """Return at most `most` rows of a table that can be opened; those that can't be are named in `refused`."""
    if most is not None and most < len(table):
        kept = np.sort(np.random.default_rng(seed).choice(len(table), most, replace=False))
        table = table.iloc[kept]
    refused = {video: reason for video in table["video"] if (reason := _refusal(root / video))}
    table = table[~table["video"].isin(refused)].reset_index(drop=True)
    if table.empty:
        raise UserError(f"{root}: no video can be read; the first: {next(iter(refused.items()))}")
    return Group(name, root, table, refused)


def make_rounds(group: Group, protocol: Protocol, config: Config, rounds: int) -> list[list[Job]]:
    """Return for each round a job per video; a training clip of another round is another clip."""
    rows = Rows(group.table)
    return [
        [_job(group, protocol, config, row, rows[row], number) for row in range(len(rows))]
        for number in range(1, rounds + 1)
    ]


def _job(group: Group, protocol: Protocol, config: Config, row: int, entry: SimpleNamespace, number: int) -> Job:
    with open_video(group.root / entry.video) as video:
        first, length = segment(entry, video)
        fps = video.fps
    if protocol.views is None:
        count = config.exp.clips_per_video
        stream = [config.exp.seed, CLIP_STREAM, number]  # as `TrainClips` draws
        rngs = [np.random.default_rng([*stream, row * count + clip]) for clip in range(count)]
        clips = [protocol.sampler.train(length, fps, rng) for rng in rngs]
    else:
        count = protocol.views.clips
        clips = [protocol.sampler.test(length, fps, clip, count) for clip in range(count)]
    return Job(group.name, str(group.root), entry.video, row, number, first + np.stack(clips))


def _refusal(path: Path) -> str:
    try:
        with open_video(path) as video:
            video.frames([video.num_frames - 1])
    except VideoError as error:
        return error.reason
    return ""


def protocols_of(config: Config, names: Sequence[str]) -> list[Protocol]:
    """Return what an experiment trains and tests with. names: of "train", "val" and "test"."""
    sampler, steps = source_of(config).sampler, steps_for(config.exp.train_pixels, flips_of(config))
    size = training_region(steps, 1080, 1920, np.random.default_rng(0)).out_height
    shown = {"val": config.exp.val_views, "test": config.exp.test_views}
    training = [Protocol("training clip", sampler, steps, size)] if "train" in names else []
    tests = [(name, views) for name, views in shown.items() if name in names]
    return training + [Protocol(f"{name}: {views}", sampler, steps, views.size, views) for name, views in tests]
