"""Which training videos may be labelled wrongly, and which show the same in two splits."""

import csv
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pandas as pd
import pytest
from made_runs import blob, make_run, write_videos

from pyvideoai.annotations import motion
from pyvideoai.experiment import open_folder
from pyvideoai.inspection.near_copies import near_copies, splits_of
from pyvideoai.inspection.runs import Run
from pyvideoai.inspection.suspects import suspects_of, suspicion
from pyvideoai.reporting.clip_losses import CLIP_LOSSES, ClipLosses

REPOSITORY = Path(__file__).parents[2]


def test_a_row_is_judged_by_the_second_half_and_one_that_was_not_seen_there_by_nothing():
    nan = np.nan
    losses = np.array([[9, 9, 9, 0], [9, 9, 9, 0], [1, 2, nan, 0], [1, nan, nan, 0.5]], np.float16)
    found = suspicion(ClipLosses(np.arange(1, 5), losses, np.zeros((4, 4), np.int16)))
    assert found.tolist() == [1, 2, -np.inf, 0.25]


def test_the_suspect_has_the_class_that_the_network_sees(tmp_path):
    run = Run(make_run(tmp_path, ["a", "b", "c"], per_class=10), "best")
    first, second, *_ = suspects_of(run)
    assert (first.row, first.label, first.suggested, first.agreement) == (1, "b", "c", 1.0)
    assert first.mean_loss == 3 and second.suggested == ""


def test_parts_of_a_video_keep_their_bounds(tmp_path):
    from pyvideoai.inspection.suspects import write_suspects

    run = Run(make_run(tmp_path, ["a", "b"], per_class=4), "best")
    path = run.folder.splits / "train.csv"
    pd.read_csv(path).assign(start_s=[0.5] * 7 + [None], end_s=2.0).to_csv(path, index=False)
    write_suspects(tmp_path / "s.csv", suspects_of(run))
    first = next(csv.DictReader((tmp_path / "s.csv").open()))
    assert (first["video"], first["start_s"], first["end_s"], first["row"]) == ("train_1.mp4", "0.5", "2.0", "1")


@pytest.fixture
def copied(tmp_path: Path) -> Run:
    """A run one of whose test videos is a smaller, coarser copy of a training video."""
    names = [f"{split}_{number}.mp4" for split in ("train", "test") for number in range(6)]
    write_videos(tmp_path / "clips", names)
    with av.open(str(tmp_path / "clips" / "test_3.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 40, 36, "yuv420p", 60_000
        for frame in blob(2):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(40, 36)))
        container.mux(stream.encode())
    return Run(make_run(tmp_path, ["a", "b"], per_class=3, root=tmp_path / "clips"), "best")


def test_a_copy_in_another_split_is_found_and_nothing_else(copied):
    found = near_copies(copied, splits_of(copied))
    [pair] = found.pairs
    assert pair.splits == ("train", "test") and [each.video for each in pair.entries] == ["train_2.mp4", "test_3.mp4"]
    assert (found.compared, found.left_out) == (12, 0) and 0.985 <= pair.likeness <= 1


def test_empty_and_missing_videos_are_counted_and_like_no_other(copied):
    root = copied.video("train_2.mp4").parent
    for name in ("train_0.mp4", "test_0.mp4"):  # black throughout
        motion.encode(root / name, np.zeros((12, 48, 48, 3), np.uint8), 25)
    (root / "test_3.mp4").unlink()
    found = near_copies(copied, splits_of(copied))
    assert found.pairs == [] and (found.compared, found.left_out) == (9, 3)


def test_another_moment_of_a_resting_camera_is_no_copy(tmp_path, copied):
    from pyvideoai.inspection.near_copies import fingerprint

    look = []
    for number, (start, stop) in enumerate((((0, 0), (30, 30)), ((36, 0), (0, 36)))):
        clip = np.repeat(blob(5)[:1], 12, axis=0)
        for frame, (y, x) in enumerate(np.linspace(start, stop, 12).astype(int)):
            clip[frame, y : y + 4, x : x + 4] = 255
        motion.encode(tmp_path / f"{number}.mp4", clip, 25)
        look.append(fingerprint(tmp_path / f"{number}.mp4", SimpleNamespace(video="")))
    assert look[0].look @ look[1].look > 0.95 and look[0].change @ look[1].change < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_four_of_five_wrong_labels_are_in_the_first_tenth_of_suspects_on_motion(tmp_path, monkeypatch, seed):
    monkeypatch.chdir(tmp_path)
    motion.make(Path("motion"))
    table, rng = pd.read_csv("motion/train.csv"), np.random.default_rng(seed)
    wrong = rng.choice(len(table), len(table) // 20, replace=False)
    classes = sorted(table["label"].unique())
    for row in wrong:
        table.loc[row, "label"] = rng.choice([name for name in classes if name != table["label"][row]])
    Path("planted").mkdir()
    table.to_csv("planted/train.csv", index=False)
    for split in ("val", "test"):
        (Path("planted") / f"{split}.csv").write_text((Path("motion") / f"{split}.csv").read_text())
    settings = ["dataset.root=motion", "dataset.annotations=planted", "dataset.flip_keeps_label=False", f"seed={seed}"]
    pinned = [part for each in settings for part in ("--set", each)]
    command = [sys.executable, REPOSITORY / "tools/run_train.py", "-D", "table", "-M", "i3d_tiny", "-E", "quickstart"]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    subprocess.run([*command, *pinned, "-R", "runs", "-S", "run"], check=True, env=environment, timeout=3600)
    run = Run(open_folder("runs/table/i3d_tiny/quickstart/run"), "best")
    assert (run.folder.logs / CLIP_LOSSES).exists()
    found = {each.row for each in suspects_of(run)}
    assert len(found) == len(table) // 10
    assert len(found & set(wrong.tolist())) >= 0.8 * len(wrong)
