"""What a person does who fine-tunes: start from weights, freeze, try few videos, learn one batch by heart."""

import contextlib
import json
from pathlib import Path

import pytest
import torch
from workplaces import CHOICE, VERSION, lay_out, without_figures

from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError

QUICK = ["--set", "num_epochs=1"]
FOUR_CLASSES = '''
"""The same clips by other names."""

root = "clips"


def classes():
    return ["a", "b", "c", "d"]


def splits():
    return {name: f"four_{name}.csv" for name in ("train", "val", "test")}
'''


def train(*arguments: str, dataset: str = "colours") -> int:
    return train_command.main(["-D", dataset, *CHOICE[2:], *arguments])


@pytest.fixture(scope="module")
def finished(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of one epoch, above its version."""
    folder = tmp_path_factory.mktemp("finished")
    lay_out(folder, clips)
    with contextlib.chdir(folder), without_figures():
        train(*QUICK)
    return folder / VERSION.parent / "num_epochs=1"


@pytest.fixture
def four(workplace: Path) -> None:
    """-D four, of other labels."""
    for split in ("train", "val", "test"):
        rows = (workplace / f"{split}.csv").read_text().split()[1:]
        text = "".join(f"{row.split(',')[0]},{'abcd'[number % 4]}\n" for number, row in enumerate(rows))
        (workplace / f"four_{split}.csv").write_text(f"video,label\n{text}")
    (workplace / "dataset_configs" / "four.py").write_text(FOUR_CLASSES.lstrip())


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return torch.load(folder / "version_000" / "weights" / "last.pth", weights_only=True)["model"]


def test_a_linear_probe_from_an_experiment_folder_changes_the_head_only(finished, four, capsys):
    assert train(*QUICK, "--set", f"pretrained={finished}", "--set", "freeze=backbone", dataset="four") == 0
    (folder,) = Path("data/experiments/four/small/brief").iterdir()
    before, after = weights(finished), weights(folder)
    assert {name for name in before if not torch.equal(before[name], after[name])} == {"fc.weight", "fc.bias"}
    version = folder / "version_000"
    report = json.loads((version / "pretrained.json").read_text())
    assert [each["name"] for each in report["skipped"]] == ["fc.weight", "fc.bias"]
    said = "only the head 'fc' starts anew: the file has 2 classes, not 4"
    assert said in report["notes"]
    for text in (capsys.readouterr().out, (version / "logs" / "train.log").read_text()):
        assert said in text and "100 of 102 tensors" in text and "frozen: backbone: 60 tensors, 99.8 %" in text


def test_a_folder_a_version_and_a_file_mean_the_same_weights(finished, workplace, capsys):
    for source in (finished, finished / "version_000", finished / "version_000" / "weights" / "best.pth"):
        assert train("--check", "--set", f"pretrained={source}") == 0
        out = capsys.readouterr().out
        assert f"weights: {(finished / 'version_000' / 'weights' / 'epoch_0001.pth').resolve()}" in out
        assert "loaded      102 of 102 tensors" in out
        assert "the head 'fc' is loaded too" in out


def test_a_head_of_other_classes_is_warned_of(finished, workplace, capsys):
    turned = Path("dataset_configs/colours.py").read_text().replace('["red", "blue"]', '["blue", "red"]')
    Path("dataset_configs/turned.py").write_text(turned)
    assert train("--check", "--set", f"pretrained={finished}", dataset="turned") == 0
    line = next(each for each in capsys.readouterr().out.splitlines() if each.startswith("WARNING: the head 'fc'"))
    assert line.endswith("other classes, or on another order of them: label 0 is 'red' in the file and 'blue' here")


def test_none_starts_from_scratch_also_where_the_config_names_weights(workplace, capsys):
    text = Path("exp_configs/brief.py").read_text()
    Path("exp_configs/brief.py").write_text(text.replace("workers = 0", 'workers = 0\npretrained = "x.pth"'))
    with pytest.raises(UserError, match=r"no weights named 'x.pth', and no file or folder"):
        train("--check")
    assert train("--check", "--set", "pretrained=None") == 0
    assert "weights:" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("kinetics400", "no weights named 'kinetics400'.*; this network has no published weights"),
        ("train.csv", "no file of weights"),
        ("clips", "no experiment in .*clips"),
    ],
)
def test_what_is_no_weights_is_refused_before_anything_is_written(workplace, source, message):
    with pytest.raises(UserError, match=message) as error:
        train("--set", f"pretrained={source}")
    assert "\n" not in str(error.value)
    assert not list(Path().rglob("version_*"))


def test_a_run_that_can_not_be_built_leaves_the_others_alone(workplace):
    train(*QUICK, "--limit_train", "4", "-S", "tuned")
    for bad in ("freeze=layr1", "pretrained=train.csv"):
        with pytest.raises(UserError):
            train("--set", bad, "-S", "tuned")
    assert [path.name for path in (VERSION.parent / "tuned").iterdir()] == ["version_000"]


def test_another_network_s_weights_are_refused(finished, workplace):
    wider = ["--set", "model.width=8", "--set", f"pretrained={finished}"]
    with pytest.raises(UserError, match=r"fills 0.0 % of the network's values, and min_loaded_share is 50 %"):
        train(*QUICK, *wider)


def test_offline_explains_where_the_file_belongs(workplace):
    with pytest.raises(UserError) as error:
        train_command.main(["-D", "colours", "-M", "r3d_18", "-E", "finetune_adamw", "--offline"])
    assert str(error.value).startswith("'kinetics400' is not on this machine and we are offline: put https://")
    assert not Path("data").exists()


@pytest.mark.parametrize("experiment", ["finetune_adamw", "linear_probe"])
def test_the_shipped_recipes_serve_any_network(workplace, capsys, experiment):
    small = ["--set", "model.size=32", "--set", "clips_per_device=4", "--set", "global_batch=8", "--workers", "0"]
    assert train_command.main([*CHOICE[:4], "-E", experiment, *small, "-e", "2", "--check"]) == 0
    out = capsys.readouterr().out
    assert "WARNING: warmup_epochs = 2.5 takes most of num_epochs = 2" in out
    assert "AdamW trains" in out
    assert ("layer4 norms" in out) == (experiment == "finetune_adamw")
    assert ("what is frozen keeps its random initial weights" in out) == (experiment == "linear_probe")


def test_few_training_videos_name_the_folder_and_are_said(workplace, capsys):
    train(*QUICK, "--limit_train", "6")
    version = VERSION.parent / "limit_train=6,num_epochs=1" / "version_000"
    assert json.loads((version / "run.json").read_text())["splits"]["train"]["videos"] == 6
    assert "limit_train: 6 of 32 training videos, 3 of each of 2 classes, drawn by seed 0" in capsys.readouterr().out
    assert train_command.main(["-l", str(version), "--set", "num_epochs=2"]) == 0


def test_one_batch_is_learnt_by_heart_and_nothing_written(workplace, capsys):
    assert train("--overfit", "20") == 0
    lines = capsys.readouterr().out.splitlines()
    losses = [float(line.split()[3]) for line in lines if line.startswith("step ")]
    assert len(losses) == 11 and losses[-1] < 0.5 * losses[0]
    assert lines[-1].startswith("one batch was learnt by heart")
    assert not Path("data/experiments").exists()


def test_a_batch_that_is_not_learnt_is_told_in_one_line(workplace, capsys):
    assert train("--overfit", "3", "--set", "learning_rate=0") == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("--overfit: the loss of one batch went from ") and "not below 50 % of its start" in last
    assert train("--overfit", "30", "--set", "learning_rate=1e30") == 1
    assert "the loss is not a finite number in step" in capsys.readouterr().out.splitlines()[-1]


def test_the_batch_stays_the_same_with_augmentation(workplace, capsys):
    """Without dropout, learning and batch statistics the loss of each step is one number."""
    augment = ["--set", "learning_rate=0", "--set", "model.dropout=0", "--set", "bn=frozen"]
    text = Path("exp_configs/brief.py").read_text()
    imports = (
        "from pyvideoai.data.augment import ColourJitter, CutMix\n\naugment, mix = [ColourJitter(0.4)], CutMix(1.0)\n"
    )
    Path("exp_configs/brief.py").write_text(text.replace("num_epochs = 3", f"{imports}num_epochs = 3"))
    train("--overfit", "4", *augment)
    losses = {line.split()[3] for line in capsys.readouterr().out.splitlines() if line.startswith("step ")}
    assert len(losses) == 1


def test_a_number_of_steps_is_a_number(workplace):
    with pytest.raises(UserError, match="'some' is not a number of steps"):
        train("--overfit", "some")


def test_a_resumed_run_keeps_rates_and_frozen_parts(workplace):
    text = Path("exp_configs/brief.py").read_text()
    grouped = "groups(model, learning_rate=learning_rate, head_factor=10, layer_decay=0.5, norm_weight_decay=0), lr=0.1"
    text = text.replace("model.parameters(), lr=learning_rate", grouped).replace("num_epochs = 3", "num_epochs = 2")
    Path("exp_configs/brief.py").write_text(f"from pyvideoai.optim.parameter_groups import groups\n{text}")
    options = ["--set", "freeze=conv1,bn1", "--set", "learning_rate=1e-3", "--limit_train", "8"]
    train(*options, "-S", "whole")
    train(*options, *QUICK, "-S", "parts")
    train("-l", str(VERSION.parent / "parts"), "--set", "num_epochs=2")
    whole, parts = (weights(VERSION.parent / name) for name in ("whole", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
