"""What configs define is ordinary Python to pickle, dataclasses, inspect, tracebacks and other processes."""

import dataclasses
import inspect
import multiprocessing
import pickle
import sys
import traceback

import pytest
from config_pieces import CONTRACTS

from pyvideoai.config.load import ConfigError, load

DEFINES = '''"""Defines things."""
from __future__ import annotations
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar
num_epochs = 3


class Colour(Enum):
    RED = 1


@dataclass(frozen=True)
class Scaled:
    by: int
    unit: ClassVar[str] = "px"

    def __call__(self, value):
        return value * self.by * num_epochs


def _double(value):
    return 2 * value * num_epochs


def optimiser(model):
    return _double, Scaled(5), Colour.RED


def loss(logits, target):
    return logits / target
'''
FILES = {
    "exp_configs/named.py": DEFINES,
    "exp_configs/e.py": 'from pyvideoai.config import inherit\ninherit("named")\n',
}


def in_another_process(payload, connection):
    """Runs in a fresh interpreter: what arrives was unpickled there."""
    double, scaled, colour = payload.value
    connection.send((double(4), scaled(4), colour.name, type(scaled).__module__))


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_functions_and_classes_of_configs_reach_workers(loaded, tmp_path, method):
    config = loaded(FILES, "num_epochs=7")
    things = config.exp.optimiser("net")
    (tmp_path / "project/exp_configs/named.py").write_text("edited while workers start")
    context = multiprocessing.get_context(method)
    mine, theirs = context.Pipe()
    worker = context.Process(target=in_another_process, args=(config.portable(things), theirs))
    worker.start()
    assert mine.poll(60)
    assert mine.recv() == (56, 140, "RED", type(things[1]).__module__)
    worker.join(60)
    assert worker.exitcode == 0


def test_a_layer_is_portable(loaded):
    config = loaded(FILES)
    assert pickle.loads(pickle.dumps(config.portable(config.dataset))).value.classes() == ["a", "b"]
    assert pickle.loads(pickle.dumps(config.portable(config.exp))).value.num_epochs == 3


def test_two_configs_of_the_same_files_stay_apart(loaded):
    first, second = loaded(FILES, "num_epochs=1"), loaded(FILES, "num_epochs=2")
    pickled = [pickle.dumps(each.portable(each.exp.optimiser)) for each in (first, second)]
    copies = [pickle.loads(each).value for each in pickled]
    assert [copy("net")[0](1) for copy in copies] == [2, 4]


def test_the_same_config_loaded_again_does_not_break_the_first(loaded):
    first = loaded(FILES).execute()
    loaded(FILES).execute()
    assert pickle.loads(pickle.dumps(first.portable(first.exp.loss))).value is first.exp.loss


def test_module_names_are_the_same_every_time(project):
    root = project(FILES)
    names = {load(CONTRACTS, "d", "m", "e", roots=[root]).exp.optimiser.__module__ for _ in range(2)}
    assert len(names) == 1 and names.pop().startswith("exp_configs/named@")


def test_source_and_module_are_found(loaded, tmp_path):
    config = loaded(FILES)
    _, scaled, _ = config.exp.optimiser("net")
    assert inspect.getsource(config.exp.loss) == "def loss(logits, target):\n    return logits / target\n"
    assert inspect.getsource(type(scaled)).startswith("@dataclass(frozen=True)\nclass Scaled:")
    assert inspect.getsourcefile(type(scaled)) == str(tmp_path / "project/exp_configs/named.py")
    assert sys.modules[config.exp.loss.__module__].loss is config.exp.loss.__wrapped__
    assert [each.name for each in dataclasses.fields(scaled)] == ["by"] and scaled.unit == "px"


def test_tracebacks_show_the_file_and_the_line_that_ran(loaded, tmp_path):
    config = loaded(FILES).execute()
    (tmp_path / "project/exp_configs/named.py").write_text("\n" * 100)
    with pytest.raises(ConfigError) as caught:
        config.exp.loss(1, 0)
    told = "exp_configs/named.py:31: loss(logits, target) raised ZeroDivisionError: division by zero"
    assert str(caught.value) == told and isinstance(caught.value.__cause__, ZeroDivisionError)
    text = "".join(traceback.format_exception(caught.value))
    assert f'{tmp_path}/project/exp_configs/named.py", line 31, in loss' in text
    assert "return logits / target" in text


def test_the_cause_of_a_failed_load_is_kept(loaded):
    with pytest.raises(Exception, match="ZeroDivisionError") as caught:
        loaded({"exp_configs/e.py": "num_epochs = 1 // 0\ndef optimiser(model):\n    return 1\n"}).execute()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
