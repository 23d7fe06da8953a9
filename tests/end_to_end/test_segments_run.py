"""Whole runs on long videos cut into segments: a row each, and rows of one video_id scored as one video."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from painting import write_video
from workplaces import CHOICE, COLOURS

from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command

FRAMES = 12  # of a segment
COUNTS = {"train": (2, 8), "val": (1, 6), "test": (1, 6)}  # long videos, segments of each
SCENES = [name for name in COLOURS for _ in range(2)]  # red red blue blue red red ...


def scene(part: int) -> str:
    return SCENES[part % len(SCENES)]


@pytest.fixture
def place(workplace) -> Path:
    """The workplace, but its clips are parts of long videos, two of each scene in a row."""
    (workplace / "clips").unlink()
    (workplace / "clips").mkdir()
    for split, (videos, parts) in COUNTS.items():
        rows = ["video,label,start_s,end_s,video_id"]
        for number in range(videos):
            random = np.random.default_rng([len(split), number])
            colours = np.repeat([COLOURS[scene(part)] for part in range(parts)], FRAMES, axis=0)[:, None, None]
            noise = random.normal(0, 20, (len(colours), 40, 48, 3))
            write_video(workplace / f"clips/{split}{number}.mp4", np.clip(colours + noise, 0, 255).astype(np.uint8))
            for part in range(parts):
                start = part * FRAMES / 25
                rows.append(
                    f"{split}{number}.mp4,{scene(part)},{start},{start + FRAMES / 25},{split}{number}_{part // 2}"
                )
        (workplace / f"{split}.csv").unlink()
        (workplace / f"{split}.csv").write_text("\n".join(rows) + "\n")
    return workplace


def test_segments_are_learnt_and_scored_by_row_and_by_video(place, capsys):
    train_command.main([*CHOICE, "-R", "data", "-S", "run", "--set", "num_epochs=4"])
    said = capsys.readouterr().out
    folder = Path("data/colours/small/brief/run/version_000")
    results = json.loads((folder / "results.json").read_text())
    assert results["best"]["videos"] == 3 and results["best"]["metrics"]["top1"] == 100
    assert "videos: train 2 in 16 rows, val 1 in 6 rows, test 1 in 6 rows" in said
    assert "3 videos)" in said and "could not be decoded" not in said

    eval_command.main(["--from", str(folder), "-p", "--out", "result.json"])
    assert json.loads(Path("result.json").read_text())["videos"] == 3
    by_video, by_row = sorted((folder / "predictions").glob("*.csv"), key=lambda path: len(path.name), reverse=True)
    saved = pd.read_csv(by_row)
    assert len(saved) == 6 and saved.correct.all() and saved.probability.nunique() > 3
    assert saved.label_name.tolist() == [scene(part) for part in range(6)]
    of_videos = pd.read_csv(by_video)
    assert by_video.name.endswith("_by_video.csv") and of_videos.video_id.tolist() == ["test0_0", "test0_1", "test0_2"]
    average = saved.groupby("video_id").probability.mean()
    assert of_videos.probability.tolist() == pytest.approx(average.tolist())
