"""A folder from strangers: its weights and recorded settings are read, and none of its files is run."""

import ast
import shutil
from pathlib import Path

import numpy as np
import pytest
from workplaces import lay_out

import pyvideoai
from pyvideoai.commands import train as train_command
from pyvideoai.config.values.printed import Row, table
from pyvideoai.engine.without_configs import is_plain, read_table
from pyvideoai.errors import UserError

OURS = ["-D", "colours", "-M", "i3d_tiny", "-E", "brief"]


@pytest.fixture(scope="module")
def with_our_model(clips, tmp_path_factory):
    """A version that a shipped model was trained in."""
    folder = tmp_path_factory.mktemp("ours")
    lay_out(folder, clips)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        train_command.main([*OURS, "-e", "1", "--limit_train", "4", "-S", "ours"])
    return folder / "data/experiments/colours/i3d_tiny/brief/ours/version_000"


@pytest.fixture
def foreign(with_our_model, tmp_path):
    """A copy of it in which every config writes a file when it is run."""
    folder = tmp_path / "foreign"
    shutil.copytree(with_our_model, folder, symlinks=True)
    for path in (folder / "configs").rglob("*.py"):
        path.write_text(f"{path.read_text()}\n__import__('pathlib').Path({str(tmp_path / 'ran')!r}).touch()\n")
    return folder


def test_the_probabilities_are_those_with_configs_and_nothing_runs(with_our_model, foreign, clips, tmp_path, capfd):
    video = next((clips / "clips").glob("test_*.mp4"))
    assert not with_our_model.samefile(foreign)
    ours = pyvideoai.load(with_our_model)
    shown = capfd.readouterr().err
    assert f"configs that are run, of {with_our_model / 'configs'}: dataset_configs/colours.py, " in shown
    theirs = pyvideoai.load(foreign, run_configs=False)
    assert capfd.readouterr().err == ""
    np.testing.assert_array_equal(theirs.probabilities(video), ours.probabilities(video))
    assert theirs.predict(video) == ours.predict(video) and theirs.classes == ["red", "blue"]
    assert not (tmp_path / "ran").exists()


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "configs/resolved.txt"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Dense(frames=", "__import__('os').system('touch ran') or Dense(frames=", "train_clip = __import__"),
        ("Dense(frames=", "Mine(frames=", r"train_clip = Mine\(frames="),
        (
            "  amp ",
            "  wrap_model   wrap_model(...)   line 9\n  amp ",
            "its experiment has the hook wrap_model, which is",
        ),
        ("", "", ""),
        ("Normalise(mean=(", "Normalise(mean=(1.5, ", "normalise of its model is "),
    ],
)
def test_what_would_be_code_or_another_network_is_refused_in_a_line(foreign, tmp_path, old, new, why):
    if not why:
        (foreign / "configs/overrides.json").write_text('{"names": ["colours", "mine", "brief"], "overrides": []}')
        why = "its model mine is not one of ours"
    else:
        edit(foreign, old, new)
    with pytest.raises(UserError, match=f"can't be loaded without its configs: .*{why}") as error:
        pyvideoai.load(foreign, run_configs=False)
    assert "\n" not in str(error.value) and not (tmp_path / "ran").exists()


@pytest.mark.parametrize("text", ["", "nonsense", "\xff", "dataset: x\n"])
def test_a_table_that_is_none_is_a_line(foreign, text):
    (foreign / "configs/resolved.txt").write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=r"resolved\.txt ") as error:
        pyvideoai.load(foreign, run_configs=False)
    assert "\n" not in str(error.value)


def test_a_model_of_ones_own_needs_its_configs(trained):
    with pytest.raises(UserError, match="its model small is not one of ours"):
        pyvideoai.load(trained, run_configs=False)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Views(clips=1, crops=3, scale=32, size=32, average='logits')", True),
        ("AtFps(Dense(frames=4, stride=2), 25.0)", True),
        ("-1.5", True),
        ("open('x')", False),
        ("Views.__class__", False),
        ("Views(**{'clips': 1})", False),
        ("[x for x in (1,)]", False),
        ("Views(clips=(lambda: 1)())", False),
        ("f'{1}'", False),
        ("(" * 5000, False),
        ("1; import os", False),
        ("1\nimport os", False),
    ],
)
def test_only_literals_and_our_values_are_plain(text, plain):
    assert is_plain(text) is plain


def test_a_long_value_is_read_back_as_it_was_recorded(tmp_path):
    flips = tuple((f"{'w' * n} a left-hand wave", f"{'w' * n} a right-hand wave") for n in range(20))
    given = [Row("dataset", "flip_labels", flips, "line 3"), Row("model", "size", 224, "default")]
    given.append(Row("experiment", "reader", "auto", "default"))
    path = tmp_path / "resolved.txt"
    path.write_text(table(given, {"dataset": "a.py", "model": "b.py", "experiment": "c.py"}) + "\n")
    assert ast.literal_eval(read_table(path)["dataset"]["flip_labels"]) == flips
