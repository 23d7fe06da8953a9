"""Runs side by side: what differs, the spread over seeds, and whether a gain is more than chance."""

import csv

import numpy as np
import pytest
from made_runs import make_run
from scipy.stats import binomtest

from pyvideoai.commands import compare
from pyvideoai.errors import UserError
from pyvideoai.experiment import new_version, write_json
from pyvideoai.inspection.compare import repeats, rows_of
from pyvideoai.inspection.paired import difference, mcnemar
from pyvideoai.inspection.runs import Run, different
from pyvideoai.scoring.fusing import Saved

VIDEOS = 200


def saved(accuracy: float, seed: int, multi_label: bool = False) -> Saved:
    """Predictions of a network that is right in so many videos of two classes."""
    rng, labels = np.random.default_rng(seed), np.arange(VIDEOS) % 2
    right = np.random.default_rng(0).random(VIDEOS) < accuracy + 0.02 * rng.random()
    probabilities = np.where((labels ^ ~right)[:, None] == [0, 1], 0.8, 0.2).astype(np.float32)
    labels = np.eye(2, dtype=np.float32)[labels] if multi_label else labels
    keys = np.array([f"{each}.mp4" for each in range(VIDEOS)])
    return Saved(None, keys, labels, probabilities, np.array(["run", "walk"]))


@pytest.fixture
def run(tmp_path):
    """run(accuracy, seed, rate): the folder of a finished run."""

    def make(accuracy: float, seed: int = 0, rate: float = 0.1, classes=("run", "walk")):
        folder = new_version(tmp_path / "clips" / "i3d_tiny" / "brief" / f"seed={seed},learning_rate={rate}")
        predictions = saved(accuracy, seed)
        names = {"dataset": "clips", "model": "i3d_tiny", "experiment": "brief"}
        facts = {"classes": list(classes), "splits": {"test": {"videos": VIDEOS, "sha256": "x"}}}
        folder.write_run({**names, **facts})
        top1 = predictions.score(predictions.probabilities)
        score = {"epoch": 3, "metrics": {"loss": 0.5, "top1": top1}, "videos": VIDEOS, "top1_interval95": [1, 99]}
        write_json(folder.results, {"num_epochs": 3, "split": "test", "last": score, "best": score})
        table = (
            f"experiment: exp_configs/brief.py\n  seed           {seed}    --set\n  learning_rate  {rate}    line 3\n"
        )
        (folder.configs / "resolved.txt").write_text("dataset: d.py\n  root  'clips'    line 1\n" + table)
        np.savez_compressed(
            folder.predictions / "test_epoch0003_5x1.npz",
            rows=np.arange(VIDEOS),
            videos=predictions.keys,
            labels=predictions.labels,
            probabilities=predictions.probabilities,
            classes=predictions.classes,
        )
        return folder

    return make


def test_a_table_has_the_settings_that_differ_and_the_gain_over_the_first_run(run, tmp_path, capsys):
    folders = [run(0.5, rate=0.1), run(0.9, rate=0.2)]
    out = tmp_path / "table.csv"
    assert compare.main([*(str(folder.path) for folder in folders), "--csv", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "learning_rate" in shown.splitlines()[0] and " seed" not in shown.splitlines()[0]
    first, second = csv.DictReader(out.open())
    assert (first["learning_rate"], second["learning_rate"]) == ("0.1", "0.2") and first["gain"] == ""
    assert float(second["gain"]) == pytest.approx(float(second["top1"]) - float(first["top1"]))
    assert 0 < float(second["gain_low95"]) < float(second["gain"]) < float(second["gain_high95"])
    assert float(second["p_mcnemar"]) < 1e-6
    assert second["run"] == "clips/i3d_tiny/brief/seed=0,learning_rate=0.2/version_000"


def test_runs_that_differ_in_their_seed_are_averaged(run, capsys):
    folders = [run(accuracy, seed) for seed, accuracy in enumerate((0.5, 0.6, 0.7))]
    compare.main([str(folder.path.parent) for folder in folders])
    scores = [saved(accuracy, seed).score(saved(accuracy, seed).probabilities) for seed, accuracy in
              enumerate((0.5, 0.6, 0.7))]  # fmt: skip
    line = capsys.readouterr().out.splitlines()[-1]
    assert "and 2 more (seeds 0, 1, 2)" in line
    assert f"top1 {np.mean(scores):.1f} ± {np.std(scores, ddof=1):.1f}" in line


def test_runs_that_differ_in_their_split_or_in_both_are_averaged(tmp_path):
    pairs = [(seed, split) for seed in (0, 1) for split in (1, 2)]
    runs = [Run(make_run(tmp_path, ["a", "b"], per_class=3 + seed, seed=seed), "best") for seed, _ in pairs]
    for run, (_, split) in zip(runs, pairs, strict=True):
        table = run.folder.configs / "resolved.txt"
        table.write_text(table.read_text().replace("split          1 ", f"split          {split} "))
    titles = [each.title.partition("and ")[2] for each in repeats(runs, rows_of(runs))]
    assert titles == ["1 more (seeds 0, 1)"] * 2 + ["1 more (splits 1, 2)"] * 2 + ["3 more (seeds 0, 1; splits 1, 2)"]


def test_runs_that_differ_in_their_fold_are_averaged(run, capsys):
    folders = [run(accuracy, rate=fold) for fold, accuracy in enumerate((0.5, 0.6, 0.7), start=1)]
    for fold, folder in enumerate(folders, start=1):
        (folder.configs / "resolved.txt").write_text(f"dataset: d.py\n  fold  {fold}    --set\n")
    compare.main([str(folder.path) for folder in folders])
    assert "and 2 more (folds 1, 2, 3)" in capsys.readouterr().out.splitlines()[-1]


def test_runs_that_share_no_video_have_no_gain(run):
    one, other = run(0.5), run(0.9, rate=0.2)
    path = next(other.predictions.iterdir())
    with np.load(path) as content:
        arrays = dict(content)
    np.savez_compressed(path, **{**arrays, "videos": np.array([f"other_{each}" for each in range(VIDEOS)])})
    rows = rows_of([Run(one, "best"), Run(other, "best")])
    assert "gain" not in rows[1] and rows[1]["top1"] > rows[0]["top1"]


def test_a_difference_in_the_second_line_of_a_setting_is_seen(run):
    one, other = run(0.5), run(0.5, 1)
    for folder, value in ((one, 7), (other, 8)):
        table = folder.configs / "resolved.txt"
        table.write_text(table.read_text() + f"  augment        [Mix(1,    line 9\n                  {value})]\n")
    assert different([Run(one, "best"), Run(other, "best")])["augment"] == ["[Mix(1, 7)]", "[Mix(1, 8)]"]


def test_a_run_of_an_older_version_without_predictions_has_no_gain(run, capsys):
    one, other = run(0.5), run(0.9, rate=0.2)
    next(other.predictions.iterdir()).unlink()
    assert compare.main([str(one.path), str(other.path)]) == 0
    assert "gain" not in capsys.readouterr().out


def test_what_cannot_be_compared_is_one_line(run, tmp_path):
    one = run(0.5)
    with pytest.raises(UserError, match="give two or more folders"):
        compare.main([str(one.path)])
    with pytest.raises(UserError, match="does not exist"):
        compare.main([str(one.path), str(tmp_path / "nothing")])
    with pytest.raises(UserError, match="has other classes than"):
        compare.main([str(one.path), str(run(0.5, 1, classes=("a", "b")).path)])
    one.results.unlink()
    with pytest.raises(UserError, match=r"has not finished: it has no results.json"):
        compare.main([str(one.path), str(run(0.5, 2).path)])


def test_mcnemar_is_a_coin_for_each_video_on_which_the_two_differ():
    assert mcnemar(9, 1) == pytest.approx(binomtest(9, 10).pvalue) and mcnemar(0, 0) == 1
    found = difference(saved(0.5, 0), saved(0.5, 0))
    assert (found.gain, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_multi_label_runs_are_compared_by_map():
    found = difference(saved(0.5, 0, multi_label=True), saved(0.9, 0, multi_label=True))
    assert found.p is None and 0 < found.low < found.gain < found.high
