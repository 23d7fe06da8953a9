"""A sweep's file: which runs it names, and its faults in one line before anything is trained."""

from pathlib import Path

import pytest

from pyvideoai.commands import sweep
from pyvideoai.errors import UserError
from pyvideoai.sweeping.plan import read_plan

HEAD = 'dataset, model, experiment = "made", "linear", "brief"\n'


@pytest.fixture
def plan(tiny):
    """plan(text): the plan of a file with this text, in the folder of three small configs."""

    def read(text: str):
        Path("tries.py").write_text(HEAD + text)
        return read_plan(Path("tries.py"), Path("experiments").absolute())

    return read


def test_secrets_of_the_environment_stand_in_a_plan_by_their_names(plan, monkeypatch):
    monkeypatch.setenv("PLACE_TOKEN", "qwerty-very-secret")
    [run] = plan('import os\ngrid = {"dataset.root": [f"at/{os.environ[\'PLACE_TOKEN\']}"]}\n').runs
    assert (run.title, run.overrides) == ("dataset.root=at/$PLACE_TOKEN", ["dataset.root=at/$PLACE_TOKEN"])
    assert str(run.config.dataset.root) == "at/qwerty-very-secret"


def test_a_grid_is_every_combination_and_runs_are_what_they_yield(plan):
    found = plan('settings = {"workers": 0}\ngrid = {"learning_rate": [0.01, 0.1], "seed": [0, 1]}\n')
    assert [run.title for run in found.runs] == [
        "learning_rate=0.01,seed=0", "learning_rate=0.01,seed=1", "learning_rate=0.1,seed=0", "learning_rate=0.1,seed=1"
    ]  # fmt: skip
    assert found.runs[1].overrides == ["workers=0", "learning_rate=0.01", "seed=1"]
    assert found.runs[3].base == Path("experiments/made/linear/brief/learning_rate=0.1,seed=1").absolute()
    assert found.runs[3].config.exp.learning_rate == 0.1
    found = plan(
        "import math\n\ndef runs():\n    for power in (1, 2):\n        yield {'learning_rate': math.pow(10, -power)}\n"
        "    yield {'experiment': 'brief', 'select': 'val/loss', 'val_views.clips': 2}\n"
    )
    assert [run.config.exp.learning_rate for run in found.runs] == [0.1, 0.01, 0.05]
    assert found.runs[2].config.exp.val_views.clips == 2 and found.runs[2].config.exp.select == "val/loss"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "write either grid = {...} or def runs()"),
        ("grid = {'seed': 1}\n", "grid must name settings with lists of values"),
        ("grd = {'seed': [1]}\n", "unknown name 'grd'; did you mean 'grid'?"),
        ("grid = {'sed': [1]}\n", "run 1: --set sed=1: unknown experiment setting 'sed'; did you mean 'seed'?"),
        ("grid = {'seed': [1, 'x']}\n", "run 2: --set seed=x: seed"),
        ("grid = {'seed': [1, 1]}\n", "runs 1 and 2 are the same run"),
        ("grid = {'val_views': [print]}\n", "a sweep sets numbers, text, lists and dictionaries"),
        ("grid = {'seed': [1]}\naverage_over = 'fold'\n", "average_over = 'fold': no run sets it; allowed: seed"),
        ("grid = {'model': ['linaer']}\n", "run 1: "),
        ("def runs():\n    yield 3\n", "run 1 is 3; runs() must yield dictionaries"),
        ("def runs():\n    yield from ()\n", "runs() yields no run"),
        ("def runs():\n    yield {}[1]\n", "tries.py:3: KeyError: 1"),
        ("settings = 3\ngrid = {'seed': [1]}\n", "settings must be a dictionary such as {'num_epochs': 10}"),
        ("settings = {3: 4}\ngrid = {'seed': [1]}\n", "settings must be a dictionary"),
        ("grid = {3: [1]}\n", "grid must name settings with lists of values"),
        ("grid = {'model': [3]}\n", "run 1: 3 must be the name of a config"),
        ("model = 3\ngrid = {'seed': [1]}\n", "model = 3 must be the name of a config"),
        ("grid = {'seed': [1]}\naverage_over = 3\n", "average_over must be a name such as 'seed'"),
        ("grid = {'seed': [1]}\naverage_over = [3]\n", "average_over must be a name such as 'seed'"),
        ("runs = 3\n", "runs must be a function"),
        ("grid = {\n", "tries.py:2: "),
        ("import nothing_of_that_name\n", "tries.py:2: ModuleNotFoundError"),
    ],
)
def test_a_fault_is_one_line_before_anything_is_trained(plan, text, told):
    with pytest.raises(UserError) as raised:
        plan(text)
    assert told in str(raised.value) and "\n" not in str(raised.value)
    assert not Path("experiments").exists()


def test_without_a_file_it_is_one_line(tiny, tmp_path):
    with pytest.raises(UserError, match="give a sweep's file"):
        sweep.main([])
    with pytest.raises(UserError, match=r"nothing.py can't be read: No such file"):
        sweep.main(["nothing.py"])
