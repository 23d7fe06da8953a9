"""A head trains on what a frozen network gave, which is kept: the same scores, and never those of other videos."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from workplaces import FRAMES, PROBE, write_clip

from pyvideoai.commands import evaluate as evaluate_command
from pyvideoai.commands import probe as probe_command
from pyvideoai.commands import train as train_command
from pyvideoai.engine import kept_features
from pyvideoai.errors import UserError
from pyvideoai.features import collect as collecting
from pyvideoai.features.noted import TRAIN_FEATURES, mean_features, noted

BEYOND = """


class Beyond(I3D):
    def forward(self, clips):
        return super().forward(clips) * 2


def load_model(num_classes):
    return Beyond(num_classes, depth=18, width=width, dropout=dropout)
"""


@pytest.fixture
def probe(workplace: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """probe(*arguments): train -D colours -M frames -E probe, and return what was printed."""
    Path("model_configs/frames.py").write_text(FRAMES.lstrip())
    Path("exp_configs/probe.py").write_text(PROBE.lstrip())

    def run(*arguments: str, model: str = "frames") -> str:
        assert train_command.main(["-D", "colours", "-M", model, "-E", "probe", *arguments]) == 0
        return capfd.readouterr().out

    return run


def runs() -> list[Path]:
    return sorted(Path("data/experiments").rglob("results.json"), key=lambda path: path.stat().st_mtime_ns)


def saved(result: Path) -> dict[str, torch.Tensor]:
    return torch.load(result.parent / "weights" / "last.pth", weights_only=True)["model"]


def rows(result: Path) -> list[list[float]]:
    """Losses and scores of each epoch, of training and of val."""
    import pandas as pd

    table = pd.read_csv(result.parent / "summary.csv")
    return (
        table[[name for name in table if name.startswith(("train_", "val_")) and "clips" not in name]]
        .to_numpy()
        .tolist()
    )


def computed(output: str) -> dict[str, int]:
    """How many views were computed, by the part of the data."""
    lines = [line for line in output.splitlines() if line.startswith("features, ")]
    return {line.split(", ")[1].partition(":")[0]: int(line.split(", ")[2].split()[0]) for line in lines}


def test_features_that_memory_does_not_hold_are_not_kept(probe, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept_features.psutil, "virtual_memory", lambda: SimpleNamespace(available=2**14))
    output = probe("--set", "feature_cache=features", "--set", "num_epochs=1")
    assert "features are not kept: 130 views of 48 values need 0.0 GiB, of 0.0 GiB free" in output
    assert not Path("features").exists() and runs()


@pytest.mark.parametrize("model", ["frames", pytest.param("small", marks=pytest.mark.slow)])
def test_kept_features_train_the_same_head(probe, model: str):
    assert computed(probe("--set", "feature_cache=features", model=model)) == {"train": 64, "val": 6, "test": 10}
    probe("--set", "feature_cache=None", "-S", "anew", model=model)
    kept, anew = runs()
    assert list(Path("features").rglob("*.safetensors"))
    # Where they lie, for the report: a row of finite numbers for each training video.
    means = [mean_features(places) for each in runs() if (places := noted(each.parent / "logs" / TRAIN_FEATURES))]
    assert means and all(len(each) and np.isfinite(each).all() and each.shape[1] for each in means)
    assert rows(kept) == [pytest.approx(row, abs=1e-5) for row in rows(anew)]
    first, second = saved(kept), saved(anew)
    assert all(torch.allclose(tensor.float(), second[name].float(), atol=1e-5) for name, tensor in first.items())
    assert "features are not kept: feature_cache = None" in (anew.parent / "logs" / "train.log").read_text()


def test_twenty_heads_are_tried_on_the_same_features(probe, capfd):
    choice = ["-D", "colours", "-M", "frames", "-E", "probe"]
    assert probe_command.main([*choice, "--out", "tried.json"]) == 0
    tried = json.loads(Path("tried.json").read_text())
    [of_seed] = tried["by_seed"]
    assert len({row["head"] for row in of_seed["heads"]}) == 20
    assert of_seed["chosen"]["val_hits"] == max(row["val_hits"] for row in of_seed["heads"])
    assert of_seed["chosen"]["test_hits"] == 10 == tried["sanity"]["logistic regression"]
    assert "chosen on val, seed 0: " in capfd.readouterr().out
    with pytest.raises(UserError, match="take -E probe or -E probe_segments"):
        probe_command.main([*choice, "--set", "fixed_views=0"])


@pytest.mark.slow
def test_a_checkpoint_is_that_of_the_whole_network(probe, figures, capfd):
    trained = probe().splitlines()
    assert (runs()[0].parent / "plots" / "first_batch.png").is_file()
    assert evaluate_command.main(["-D", "colours", "-M", "frames", "-E", "probe", "-l", "last"]) == 0
    scored = capfd.readouterr().out
    said = next(line for line in trained if "last" in line and "epoch 2" in line).partition("): ")[2]
    assert said and said in scored


@pytest.mark.slow
def test_features_are_computed_once_and_anew_where_something_changed(probe):
    first = computed(probe())
    assert sum(first.values()) == 32 * 2 + 6 + 10
    assert set(computed(probe("--set", "learning_rate=0.01", "-S", "other")).values()) == {0}
    clips = Path("clips").resolve()
    Path("clips").unlink()
    shutil.copytree(clips, "clips")
    write_clip(Path("clips/train_red_3.mp4"), (10, 200, 10), seed=1)
    assert computed(probe())["train"] == 2
    assert computed(probe("--set", "test_views.clips=1")) == {"train": 0, "val": 0, "test": 10}
    assert computed(probe("--set", "antialias=False", "--set", "fixed_views=1"))["train"] == 32
    assert computed(probe("--set", "seed=1"))["train"] == 64  # other weights that were never trained


@pytest.mark.slow
def test_a_killed_extraction_goes_on(probe, monkeypatch):
    monkeypatch.setattr(collecting, "SHARD", 8)
    add, written = collecting.Store.add, []

    def killed_at_the_third(store, entries, facts):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(len(entries))
        add(store, entries, facts)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(collecting.Store, "add", killed_at_the_third)
        probe()
    assert computed(probe())["train"] == 64 - sum(written)


@pytest.mark.slow
def test_a_damaged_shard_is_named_and_made_again(probe):
    probe()
    shard = max(Path("data/features").rglob("*.safetensors"), key=lambda path: path.stat().st_size)
    shard.write_bytes(shard.read_bytes()[:-100])
    again = probe()
    assert f"{shard}" in again.replace(f"{Path.cwd()}/", "") and "its features are computed again" in again
    assert sum(computed(again).values()) > 0


@pytest.mark.slow
def test_a_resumed_probe_goes_on_with_its_features(probe):
    probe("-S", "whole", "-e", "3")
    probe("-S", "parts")
    assert set(computed(probe("-S", "parts", "-e", "3", "-l", "last")).values()) == {0}
    whole, parts = runs()
    assert rows(whole) == [pytest.approx(row) for row in rows(parts)]


@pytest.mark.slow
def test_a_network_that_goes_on_after_its_classifier_is_refused(probe):
    text = Path("model_configs/small.py").read_text()
    Path("model_configs/beyond.py").write_text(text.partition("def load_model")[0] + BEYOND.lstrip("\n"))
    with pytest.raises(UserError, match=r"Beyond goes on after its last layer 'fc', .*: set feature_cache = None"):
        probe(model="beyond")


@pytest.mark.slow
def test_videos_that_fail_are_named_in_every_run(probe):
    clips = Path("clips").resolve()
    Path("clips").unlink()
    shutil.copytree(clips, "clips")
    Path("clips/train_red_3.mp4").write_bytes(b"not a video")
    for _ in range(2):
        assert "train_red_3.mp4" in probe("--set", "max_failed_share=1.0")
