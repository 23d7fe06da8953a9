"""Configs of 0.1.0 import some modules by the names of then."""

import importlib

import pytest

from pyvideoai.moved import MOVED


@pytest.mark.parametrize("old", MOVED)
def test_an_old_name_is_the_module_of_the_new_one(old):
    package, _, name = old.rpartition(".")
    scope: dict = {}
    exec(f"from {package} import {name}\nimport {old}", scope)
    module = importlib.import_module(MOVED[old])
    assert scope[name] is module is importlib.import_module(old)
    assert module.__spec__.name == module.__name__ == MOVED[old]


def test_a_name_that_never_was_is_no_module():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("pyvideoai.engine.optimiser")
