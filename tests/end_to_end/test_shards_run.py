"""A run on shards is the run on the files: the same splits, losses, weights and predictions, to the bit."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from workplaces import write_clip

import pyvideoai
from pyvideoai.commands import predict as predict_command
from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.commands import train as train_command

COLOURS = {"höch springen": (200, 30, 30), "run": (30, 30, 200)}
CHOICE = ["-D", "folder", "-M", "small", "-E", "brief"]


@pytest.fixture
def videos(workplace):
    for name, colour in COLOURS.items():
        for number in range(8):
            path = Path("videos", name, "deeper" * (number % 2), f"{number}.mp4")
            path.parent.mkdir(parents=True, exist_ok=True)
            write_clip(path, colour, seed=number)
    assert prepare_command.main(["videos", "--out", "shards", "--shards"]) == 0
    return workplace


def train(root: str, *more: str) -> Path:
    assert train_command.main([*CHOICE, "--set", f"dataset.root={root}", "-R", f"runs_{root}", *more]) == 0
    return next(Path(more[-1] if "-R" in more else f"runs_{root}").rglob("run.json")).parent


def same(ours: Path, theirs: Path) -> None:
    """Compare what two runs left."""
    facts = [json.loads((run / "run.json").read_text())["splits"] for run in (ours, theirs)]
    assert facts[0] == facts[1]
    states = [torch.load(run / "weights/last.pth", weights_only=True)["model"] for run in (ours, theirs)]
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())
    for ending in ("csv", "npz"):
        saved = [max((run / "predictions").glob(f"test_*.{ending}")) for run in (ours, theirs)]  # of the last epoch
        assert saved[0].name == saved[1].name
        assert ending == "npz" or saved[0].read_bytes() == saved[1].read_bytes()
    contents = [np.load(path)["probabilities"] for path in saved]
    assert np.array_equal(*contents)


def test_a_run_goes_on_in_shards_as_it_would_on_the_files(videos):
    files, moved = train("videos", "-e", "2"), train("videos", "-e", "1", "-R", "runs_moved")
    assert train_command.main(["-l", str(moved), "-e", "2", "--set", "dataset.root=shards"]) == 0
    same(moved, files)


@pytest.mark.slow
def test_spawned_workers_read_shards(videos):
    spawned = train("shards", "-e", "1", "--set", "workers=1", "--set", "start_method=spawn")
    files = train("videos", "-e", "1")
    # Where data lies names no folder.
    assert spawned.relative_to("runs_shards").parts[:3] == files.relative_to("runs_videos").parts[:3]
    same(spawned, files)


@pytest.mark.slow
def test_videos_in_shards_are_predicted_and_copies_in_shards_are_copies(videos):
    run = train("videos", "-e", "1")
    for folder in ("videos", "shards"):
        assert predict_command.main([str(run), folder, "--output", f"{folder}.csv"]) == 0
    found = [pd.read_csv(f"{folder}.csv") for folder in ("videos", "shards")]
    assert len(found[0]) == 16
    assert found[0].assign(video="").equals(found[1].assign(video=""))
    assert [each.removeprefix("videos/") for each in found[0]["video"]] == [
        each.removeprefix("shards/") for each in found[1]["video"]
    ]
    assert pyvideoai.load(run).predict("shards/run/0.mp4") == pyvideoai.load(run).predict("videos/run/0.mp4")
    assert prepare_command.main(["videos", "--out", "copies", "--short_side", "32"]) == 0
    assert prepare_command.main(["copies", "--out", "copies_in_shards", "--shards"]) == 0
    more = ("-e", "1", "--set", "dataset.prepared={0}", "-R", "runs_{0}")
    same(*(train("videos", *(each.format(folder) for each in more)) for folder in ("copies_in_shards", "copies")))
