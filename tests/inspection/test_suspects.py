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
import torch
from made_runs import blob, make_run, write_videos

from pyvideoai.annotations import motion
from pyvideoai.errors import UserError
from pyvideoai.experiment import open_folder
from pyvideoai.features.noted import TRAIN_FEATURES, note
from pyvideoai.features.out_of_fold import out_of_fold
from pyvideoai.features.store import Store
from pyvideoai.inspection.near_copies import alike_pairs, fingerprint, near_copies, splits_of
from pyvideoai.inspection.runs import Run
from pyvideoai.inspection.second_opinion import second_opinion
from pyvideoai.inspection.suspects import Late, late_of, suspects_of, suspicion, write_suspects
from pyvideoai.reporting.clip_losses import CLIP_LOSSES, ClipLosses

REPOSITORY = Path(__file__).parents[2]


def test_a_row_is_judged_by_the_later_half_and_one_that_was_not_seen_there_by_nothing():
    nan = np.nan
    losses = np.array([[9, 9, 9, 0], [9, 9, 9, 0], [1, 2, nan, 0], [1, nan, nan, 0.5]], np.float16)
    predicted = np.array([[5, 5, 5, 5], [5, 5, 5, 5], [0, 2, -1, 0], [0, -1, -1, 3]], np.int16)
    labels = [(0,), (0,), (0,), ()]
    late = late_of(ClipLosses(np.arange(1, 5), losses, predicted), labels)
    assert late.loss[[0, 1, 3]].tolist() == [1, 2, 0.25] and np.isnan(late.loss[2])
    assert late.other.tolist() == [-1, 2, -1, 0]
    assert late.agreement[[0, 1, 3]].tolist() == [0, 1, 0.5] and np.isnan(late.agreement[2])
    assert late.own.tolist() == [1, 0, 0, 0]
    assert suspicion(late, labels).tolist() == [0, 2, -np.inf, -0.25]  # the median of what is known is 1


def test_what_is_usual_for_a_hard_class_is_not_suspicious():
    loss = np.array([0.1] * 6 + [2.0] * 6 + [1.5])  # an easy class, a hard one, and an easy class's odd video
    nothing = np.zeros(13)
    late = Late(loss, nothing.astype(int), nothing, nothing)
    found = suspicion(late, [(0,)] * 6 + [(1,)] * 6 + [(0,)])
    assert found.argmax() == 12 and found[6:12].max() == 0


def test_a_label_of_several_classes_is_met_by_each_of_them():
    predicted = np.array([[0, 0], [3, 3], [3, 3], [1, 1]], np.int16)
    losses = ClipLosses(np.arange(4), np.ones((4, 2), np.float16), predicted)
    late = late_of(losses, [(0, 3), (0, 1)])
    assert late.own.tolist() == [0.5, 0.5] and late.other.tolist() == [1, 3] and late.agreement.tolist() == [0.5, 0.5]


def test_the_suspect_has_the_class_that_the_network_sees(tmp_path):
    run = Run(make_run(tmp_path, ["a", "b", "c"], per_class=10), "best")
    first, second, *_ = suspects_of(run, run.split_table("train"))
    assert (first.row, first.label, first.suggested, first.agreement) == (1, "b", "c", 1.0)
    assert first.mean_loss == 3 and second.suggested == ""


def test_parts_of_a_video_keep_their_bounds(tmp_path):
    run = Run(make_run(tmp_path, ["a", "b"], per_class=4), "best")
    path = run.folder.splits / "train.csv"
    pd.read_csv(path).assign(start_s=[0.5] * 7 + [None], end_s=2.0).to_csv(path, index=False)
    write_suspects(tmp_path / "s.csv", suspects_of(run, run.split_table("train")))
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


def test_neither_another_moment_of_a_resting_camera_nor_the_same_motion_elsewhere_is_a_copy(tmp_path):
    here, other = (blob(number)[0].astype(int) for number in (5, 6))
    there = (3 * here + other) // 4
    ways, prints = [((0, 0), (36, 36)), ((36, 0), (0, 36))], []
    for ground, (start, stop) in ((here, ways[0]), (here, ways[1]), (there, ways[0]), (here, ways[0])):
        clip = np.repeat(ground[None], 12, axis=0)
        for frame, (y, x) in enumerate(np.linspace(start, stop, 12).astype(int)):
            clip[frame, y : y + 8, x : x + 8] += 25
        motion.encode(tmp_path / "clip.mp4", clip.clip(0, 255).astype(np.uint8), 25)
        prints.append(fingerprint(tmp_path / "clip.mp4", SimpleNamespace(video="")))
    assert [pair[:2] for pair in alike_pairs(prints, [0], [1, 2, 3])] == [(0, 3)]
    assert prints[0].look @ prints[1].look > 0.985 and prints[0].look @ prints[2].look > 0.8
    assert prints[0].change @ prints[2].change > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long), pytest.param(2, marks=pytest.mark.long)])
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
    found = {each.row for each in suspects_of(run, run.split_table("train"))}
    assert len(found) == len(table) // 10
    assert len(found & set(wrong.tolist())) >= 0.8 * len(wrong)


def kept_features(run: Run, wrong: int = 2, channels: int = 8) -> None:
    """Keep features of each training video: its class's own and noise; those of row `wrong` are of the next class."""
    rng, classes = np.random.default_rng(0), len(run.classes)
    centres, labels = (
        3 * rng.standard_normal((classes, channels)),
        [each[0] for each in run.split_table("train")["label"]],
    )
    store, keys = Store(run.folder.path / "store"), [[f"{row}a", f"{row}b"] for row in range(len(labels))]
    for row, label in enumerate(labels):
        around = centres[(label + (row == wrong)) % classes]
        views = torch.tensor(around + rng.standard_normal((2, 4, channels)), dtype=torch.float32)
        if row != 5:  # whose features are gone
            store.add({key: {"features": view} for key, view in zip(keys[row], views, strict=True)}, {})
    note(run.folder.logs / TRAIN_FEATURES, store.folder, keys)


def test_features_are_a_second_and_better_sign(tmp_path):
    run = Run(make_run(tmp_path, ["a", "b", "c"], per_class=10), "best")
    kept_features(run)
    table = run.split_table("train")
    opinion = second_opinion(run, table)
    assert np.isnan(opinion[5]).all() and np.allclose(np.delete(opinion, 5, 0).sum(1), 1)
    first, second, *others = suspects_of(run, table, opinion)
    assert {first.row, second.row} == {1, 2}  # row 1 stays hard, row 2 looks like another class
    first = next(each for each in (first, second) if each.row == 2)
    assert (first.row, first.label, first.suggested) == (2, "c", "a") and first.out_of_fold < 0.4
    assert all(each.out_of_fold > 0.4 and not each.suggested for each in others if each.row != 5)
    (run.folder.logs / CLIP_LOSSES).unlink()
    assert suspects_of(run, table, opinion)[0].row == 2
    with pytest.raises(UserError, match=r"clip_losses\.npz is missing"):
        suspects_of(run, table)
    write_suspects(tmp_path / "s.csv", [first])
    assert (tmp_path / "s.csv").read_text().startswith("video,label,suggested_label,out_of_fold,agreement,mean_loss,")


def test_a_classifier_sees_no_video_of_the_group_that_it_judges():
    rng = np.random.default_rng(0)
    features = rng.standard_normal((40, 30)).astype(np.float32)
    features[:20] = features[0] + 0.01 * features[:20]  # one scene, all of it labelled 1: nothing else looks like it
    labels = np.array([1] * 20 + [0, 1] * 10)
    apart = out_of_fold(features, labels, [f"video {row}" for row in range(40)], 2)
    together = out_of_fold(features, labels, ["scene"] * 20 + [f"video {row}" for row in range(20)], 2)
    assert apart[:20, 1].min() > 0.75 and together[:20, 1].mean() < 0.7
    alone = out_of_fold(features, np.array([2] + [0, 1] * 19 + [0]), list(map(str, range(40))), 4)
    assert np.isnan(alone[0]).all() and (alone[1:, 3] == 0).all()


def test_what_was_filled_in_stays_in_a_table_that_is_written_again(tmp_path):
    run = Run(make_run(tmp_path, ["a", "b", "c"], per_class=30), "best")
    path, found = tmp_path / "s.csv", suspects_of(run, run.split_table("train"))
    write_suspects(path, found)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], f"{lines[1]}drop", *lines[2:-1], f"{lines[-1]}b"]) + "\n")
    write_suspects(path, found[:-1])
    again = path.read_text().splitlines()
    assert again[1] == f"{lines[1]}drop" and again[-1] == f"{lines[-1]}b" and len(again) == len(lines)
