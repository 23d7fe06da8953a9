"""Features in a folder of their own: of splits, of other videos, of a run; each computed once."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from workplaces import FRAMES, PROBE, write_clip

from pyvideoai.commands import evaluate as evaluate_command
from pyvideoai.commands import export as export_command
from pyvideoai.commands import extract_features as extract_command
from pyvideoai.commands import predict as predict_command
from pyvideoai.commands import probe as probe_command
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError
from pyvideoai.features import collect as collecting
from pyvideoai.features.store import Store
from pyvideoai.predictor import load_config

OUT = Path("kept")
CHOICE = ["-D", "colours", "-M", "frames", "-E", "probe", "--out", str(OUT)]


@pytest.fixture
def extract(workplace: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """extract(*arguments): what was printed for -D colours -M frames -E probe."""
    Path("model_configs/frames.py").write_text(FRAMES.lstrip())
    Path("exp_configs/probe.py").write_text(PROBE.lstrip())

    def run(*arguments: str, code: int = 0) -> str:
        assert extract_command.main([*CHOICE, *arguments]) == code
        return capfd.readouterr().out

    return run


def computed(output: str) -> list[int]:
    """How many entries were computed, of each table."""
    return [int(line.split(", ")[2].split()[0]) for line in output.splitlines() if line.startswith("features, ")]


def table(name: str) -> pd.DataFrame:
    return pd.read_csv(OUT / f"{name}.csv", dtype=str, keep_default_na=False)


def test_tables_name_features_frames_and_views(extract):
    assert computed(extract()) == [64, 6, 10]
    about = json.loads((OUT / "about.json").read_text())
    assert (
        about["classes"] == ["red", "blue"] and about["shape"] == [4, 12] and about["module"] == "the input of 'head'"
    )
    assert {name: each["views"] for name, each in about["splits"].items()} == {"train": 2, "val": 6, "test": 6}
    train, test = table("train"), table("test")
    assert len(train) == 32 and set(train["views"]) == {"2"} and len(train["keys"][0].split()) == 2
    assert test["video"][0] == "test_red_0.mp4" and test["label"].tolist() == ["0", "1"] * 5
    first, *_, last = test["frames"][0].split("; ")
    assert first == "0 2 4 6" and last == "5 7 9 11"  # both ends of 12 frames, 2 apart
    entry = Store(OUT).get(test["keys"][:1])[test["keys"][0]]
    assert entry["features"].shape == (6, 4, 12) and entry["features"].std() > 0
    red, blue = (Store(OUT).get([key])[key]["features"].mean((0, 1)) for key in test["keys"][:2])
    assert not torch.allclose(red, blue, atol=0.01)


def test_only_what_changed_is_computed_again(extract):
    assert computed(extract("--split", "test", "-m", "oneclip")) == [10]
    assert computed(extract("--split", "test", "-m", "oneclip")) == [0]
    keys = table("test")["keys"].tolist()
    clips = Path("clips").resolve()
    Path("clips").unlink()
    shutil.copytree(clips, "clips")
    write_clip(Path("clips/test_red_3.mp4"), (10, 200, 10), seed=1)
    os.utime("clips/test_red_3.mp4", ns=(1, 1))
    assert computed(extract("--split", "test", "-m", "oneclip")) == [1]
    assert [before == now for before, now in zip(keys, table("test")["keys"], strict=True)].count(False) == 1
    assert computed(extract("--split", "test", "-m", "oneclip", "--set", "antialias=False")) == [10]
    assert computed(extract("--split", "test", "-m", "oneclip", "--set", "seed=1")) == [10]  # other random weights


def test_splits_whose_labels_count_other_classes_are_forgotten(extract):
    extract("--split", "test", "-m", "oneclip")
    colours = Path("dataset_configs/colours.py").read_text()
    Path("dataset_configs/other.py").write_text(colours.replace('["red", "blue"]', '["blue", "red"]'))
    extract("-D", "other", "--split", "val", "-m", "oneclip")
    about = json.loads((OUT / "about.json").read_text())
    assert about["classes"] == ["blue", "red"] and list(about["splits"]) == ["val"]
    extract("-D", "other", "--split", "test", "-m", "oneclip")
    assert list(json.loads((OUT / "about.json").read_text())["splits"]) == ["val", "test"]


@pytest.mark.slow
def test_a_killed_extraction_goes_on_and_leaves_no_table(extract, monkeypatch):
    monkeypatch.setattr(collecting, "SHARD", 8)
    add, written = Store.add, []

    def killed_at_the_third(store, entries, facts):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(len(entries))
        add(store, entries, facts)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Store, "add", killed_at_the_third)
        extract()
    assert not (OUT / "train.csv").exists() and not (OUT / "about.json").exists()
    assert computed(extract())[0] == 64 - sum(written)


def test_a_module_by_its_name_and_videos_of_no_split(extract):
    Path("clips", "broken.mp4").write_bytes(b"not a video")
    try:
        said = extract("--module", "backbone.0", "-m", "oneclip", "clips/test_red_1.mp4", "clips/broken.mp4", code=1)
    finally:
        Path("clips", "broken.mp4").unlink()
    assert "FAILED: clips/broken.mp4: " in said
    found, about = table("videos"), json.loads((OUT / "about.json").read_text())
    assert found["video"].tolist() == ["clips/test_red_1.mp4", "clips/broken.mp4"] and "label" not in found
    assert found["keys"][0] and not found["keys"][1] and found["error"][1]
    assert about["shape"] == [4 * 8 * 8, 12] and about["module"] == "the output of 'backbone.0'"  # 4 frames of 8 x 8
    with pytest.raises(UserError, match=r"FrameNetwork has no module 'backbone.9'; did you mean 'backbone.\d'"):
        extract("--module", "backbone.9")


def test_what_cannot_be_is_refused(extract):
    with pytest.raises(UserError, match="--split tset: the dataset has no such split; did you mean 'test'"):
        extract("--split", "tset")
    with pytest.raises(UserError, match="-m fixed takes the experiment's fixed_views, and it has none"):
        extract("-m", "fixed", "--set", "fixed_views=0")
    mixes = "from pyvideoai.config import inherit\nfrom pyvideoai.data import Mixup\n"
    Path("exp_configs/mixes.py").write_text(f'"""Mixed."""\n\n{mixes}\ninherit("probe", mix=Mixup())\n')
    with pytest.raises(UserError, match="fixed views are of one video each, and mix mixes them with others"):
        extract("-E", "mixes")
    for flag in (["-l", "last"], ["-v", "0"]):
        with pytest.raises(UserError, match=f"{flag[0]} is for the run that --from names"):
            extract(*flag)
    assert not OUT.exists()
    with pytest.raises(UserError, match="--split test is of the dataset: leave out it, or the videos"):
        extract("--split", "test", "clips")


@pytest.mark.slow
def test_a_run_gives_the_features_of_its_own_weights(trained, capfd):
    arguments = ["--from", str(trained), "-l", "last", "--split", "test", "-m", "oneclip", "--out", str(OUT)]
    assert extract_command.main(arguments) == 0
    weights = Path(json.loads((OUT / "about.json").read_text())["weights"])
    assert weights == (trained / "weights" / "last.pth").resolve()
    state = torch.load(trained / "weights" / "last.pth", weights_only=True)["model"]
    entry = next(iter(Store(OUT).get(table("test")["keys"][:1]).values()))
    assert entry["features"].shape[-1] == state["fc.weight"].shape[1]


@pytest.fixture
def learn(extract, capfd) -> Callable[..., str]:
    """learn(*arguments): train -D features -M features -E probe on what is in kept/; what was printed."""

    def run(*arguments: str) -> str:
        root = ["-D", "features", "--set", f"dataset.root={OUT}", "-M", "features", "-E", "probe"]
        assert train_command.main([*root, *arguments]) == 0
        return capfd.readouterr().out

    return run


def results() -> list[Path]:
    return sorted(Path("data/experiments").rglob("results.json"), key=lambda path: path.stat().st_mtime_ns)


def test_a_head_on_features_is_that_of_the_uncached_run(extract, learn):
    extract("-m", "multicrop", "--split", "val,test")
    extract("--split", "train")
    head = load_config("colours", "frames", "probe").model.load_model(2).head
    torch.save({f"head.{name}": tensor for name, tensor in head.state_dict().items()}, "start.pth")
    start = ["--set", "pretrained=start.pth", "--set", "model.dropout=0", "--set", "val_views.clips=2", "--set"]
    start += ["val_views.crops=3", "--set", "min_loaded_share=0"]
    assert "ok  videos: 48 have features, or the reason why not" in learn(*start, "--check")
    learn(*start)
    arguments = ["-D", "colours", "-M", "frames", "-E", "probe", "--set", "feature_cache=None"]
    assert train_command.main([*arguments, *start]) == 0
    on_features, uncached = (pd.read_csv(result.parent / "summary.csv") for result in results())
    columns = [name for name in on_features if name.startswith(("train_", "val_")) and "clips" not in name]
    assert len(columns) > 3 and on_features[columns].to_numpy() == pytest.approx(uncached[columns].to_numpy(), abs=1e-5)


@pytest.mark.parametrize("head", ["mlp", pytest.param("attentive", marks=pytest.mark.slow)])
def test_heads_learn_on_features_and_are_scored_on_them(extract, learn, head, capfd):
    extract()
    said = learn("--set", f"model.head={head}", "--set", "val_views.clips=2", "--set", "val_views.crops=3", "-e", "20")
    assert "frames, pixels and views are those of the features, not the experiment's" in said
    result = json.loads(results()[-1].read_text())
    assert result["last"]["metrics"]["top1"] == 100 and result["last"]["videos"] == 10
    assert evaluate_command.main(["--from", str(results()[-1].parent), "-l", "last", "--out", "again.json"]) == 0
    assert json.loads(Path("again.json").read_text())["metrics"] == pytest.approx(result["last"]["metrics"])
    with pytest.raises(UserError, match="a head on features, which can't look at videos: -E probe trains one that can"):
        predict_command.main([str(results()[-1].parent), "clips/test_red_0.mp4"])
    with pytest.raises(UserError, match="is a head on features, which takes no clips: export a run on videos"):
        export_command.main([str(results()[-1].parent)])
    with pytest.raises(UserError, match="--control frozen disturbs frames, and features have none"):
        evaluate_command.main(["--from", str(results()[-1].parent), "--control", "frozen"])


def test_views_of_another_label_than_their_video_are_refused(extract):
    exchanged = ["--set", 'dataset.flip_labels=(("red", "blue"),)']
    with pytest.raises(UserError, match=r"train_red_\d+.mp4: a view has another label than the video, .* -m multicrop"):
        extract("--split", "train", *exchanged)
    assert computed(extract("--split", "train", "-m", "multicrop", *exchanged))[-1] == 32


def test_features_that_do_not_fit_are_refused(extract, learn):
    extract()
    with pytest.raises(UserError, match=r"train_red_0.mp4 has 2 views in kept, .* looks at 4, by fixed_views = 4"):
        learn("--set", "fixed_views=4")
    with pytest.raises(UserError, match="take -E probe, or set fixed_views to as many as a video has"):
        learn("--set", "fixed_views=0")
    with pytest.raises(UserError, match="-M features is a head on features: take -D features"):
        train_command.main(["-D", "colours", "-M", "features", "-E", "probe"])
    with pytest.raises(UserError, match=r"have other labels: --set dataset.multi_label=False"):
        learn("--set", "dataset.multi_label=True")
    for shard in OUT.glob("*.safetensors"):
        shard.unlink()
    with pytest.raises(UserError, match=r"features of 32 videos are gone, such as train_red_0.mp4 .* again"):
        learn()


@pytest.mark.slow
def test_the_sweep_runs_on_a_folder_too(extract):
    extract("-m", "multicrop")
    choice = [
        "-D",
        "features",
        "--set",
        f"dataset.root={OUT}",
        "-M",
        "features",
        "-E",
        "probe",
        "--set",
        "fixed_views=6",
    ]
    sizes = [f"{split}_views.{name}" for split in ("val", "test") for name in ("clips=2", "crops=3")]
    views = [part for size in sizes for part in ("--set", size)]
    assert probe_command.main([*choice, *views, "--heads", "linear,attentive", "--out", "tried.json"]) == 0
    tried = json.loads(Path("tried.json").read_text())
    assert len(tried["by_seed"][0]["heads"]) == 12 + 4 and tried["mean_test_hits"] == 10
