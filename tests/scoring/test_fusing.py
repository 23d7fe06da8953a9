"""tools/fuse_predictions.py: saved predictions fused by given weights, or by weights searched on val."""

import re
from pathlib import Path

import numpy as np
import pytest

from pyvideoai.commands import fuse as fuse_command
from pyvideoai.errors import UserError
from pyvideoai.scoring.fusing import aligned, fuse, read_saved, search_weights


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def save(name: str, probabilities: np.ndarray, labels: np.ndarray, videos: list[str] | None = None) -> Path:
    path, rows = Path(name), np.arange(len(labels))
    named = {} if videos is None else {"videos": np.array(videos)}
    classes = np.array([f"c{number}" for number in range(probabilities.shape[1])])
    np.savez(path, rows=rows, labels=labels, probabilities=probabilities.astype(np.float32), classes=classes, **named)
    return path


def drawn(seed: int, videos: int = 60, classes: int = 4, strength: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that know something of the labels, which are those of every seed."""
    labels = np.random.default_rng(0).integers(classes, size=videos)
    logits = np.random.default_rng(seed).normal(size=(videos, classes)) + strength * np.eye(classes)[labels]
    shares = np.exp(logits)
    return shares / shares.sum(1, keepdims=True), labels


def line(*arguments: object) -> str:
    with pytest.raises(UserError) as error:
        fuse_command.main([str(each) for each in arguments])
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("weights", [(1, 1), (0.3, 0.7), (1, 2)])
def test_a_prediction_fused_with_itself_is_itself(weights):
    one = read_saved(save("a.npz", *drawn(1)))
    assert np.array_equal(fuse([one, one], weights), one.probabilities)


def test_the_mean_is_weighted_and_scored_and_written(capsys):
    (a, labels), (b, _) = drawn(1), drawn(2)
    save("a.npz", a, labels), save("b.npz", b, labels)
    assert fuse_command.main(["a.npz", "b.npz", "--weights", "1", "3", "--out", "f.npz"]) == 0
    fused = read_saved(Path("f.npz"))
    assert np.allclose(fused.probabilities, (a + 3 * b) / 4, atol=1e-7)
    top1 = 100 * np.mean(((a + 3 * b) / 4).argmax(1) == labels)
    said = capsys.readouterr().out
    assert f"top1 {top1:.2f}" in said and "weight 0.250" in said and "60 videos" in said


def test_weights_are_those_that_are_best_on_val(capsys):
    good, labels = drawn(1, strength=3)
    noise, _ = drawn(2, strength=0)
    for split in ("val", "test"):
        names = [f"{split}/{number}" for number in range(len(labels))]
        save(f"{split}_a.npz", noise, labels, names), save(f"{split}_b.npz", good, labels, names)
    weights = search_weights([read_saved(Path("val_a.npz")), read_saved(Path("val_b.npz"))])
    scores = {share: np.mean(((1 - share) * noise + share * good).argmax(1) == labels) for share in np.arange(21) / 20}
    assert scores[round(weights[1], 2)] == max(scores.values()) and weights[1] > 0.5
    assert fuse_command.main(["test_a.npz", "test_b.npz", "--val", "val_a.npz", "val_b.npz"]) == 0
    assert "weights searched on 60 videos of val" in capsys.readouterr().out


def test_files_are_matched_by_their_videos():
    a, labels = drawn(1, videos=5)
    one = read_saved(save("a.npz", a, labels, list("abcde")))
    other = read_saved(save("b.npz", a[[3, 1, 0]], labels[[3, 1, 0]], list("dba")))
    (first, second), note = aligned([one, other])
    assert first.keys.tolist() == ["a", "b", "d"] and np.array_equal(first.probabilities, second.probabilities)
    assert note == "2 videos left out, which not every file has"


def test_multi_label_predictions_are_fused():
    shares, labels = drawn(1)
    many = np.eye(4, dtype=np.float32)[labels]
    save("a.npz", shares, many), save("b.npz", drawn(2)[0], many)
    assert fuse_command.main(["a.npz", "b.npz"]) == 0


def test_what_cannot_be_fused_is_one_line():
    a, labels = drawn(1)
    save("a.npz", a, labels), save("b.npz", a, (labels + 1) % 4), save("c.npz", a[:, :3], labels % 3)
    save("val_a.npz", a, labels), save("test_a.npz", a, labels)
    names = [str(number) for number in range(len(labels))]
    save("n.npz", a, labels, names), save("m.npz", a, labels, names)
    Path("text.npz").write_text("no archive")
    assert "give two or more files" in line() and "give two or more files" in line("a.npz")
    assert "gone.npz can't be read" in line("a.npz", "gone.npz") and "can't be read" in line("a.npz", "text.npz")
    assert "b.npz has other labels than a.npz" in line("a.npz", "b.npz")
    assert "c.npz has other classes than a.npz" in line("a.npz", "c.npz")
    assert "--weights has 1, and there are 2 files" in line("a.npz", "a.npz", "--weights", "1")
    assert "none may be below 0" in line("a.npz", "a.npz", "--weights", "-1", "2")
    assert "never on what is scored" in line("a.npz", "a.npz", "--val", "val_a.npz", "test_a.npz")
    assert "never on what is scored" in line("a.npz", "a.npz", "--val", "val_a.npz", "a.npz")
    assert "search weights on another split" in line("n.npz", "n.npz", "--val", "m.npz", "m.npz")


def test_a_runs_folder_is_told_of_its_files(tmp_path):
    with pytest.raises(UserError, match=r"is a folder: give a \.npz file of predictions/.*; below .* there are none$"):
        read_saved(tmp_path)
    file = tmp_path / "version_000" / "predictions" / "test.npz"
    file.parent.mkdir(parents=True)
    file.touch()
    with pytest.raises(UserError, match=rf"such as {re.escape(str(file))}$"):
        read_saved(tmp_path)
