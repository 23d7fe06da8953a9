"""Processes that torchrun has started again know the run that its first try began."""

import pytest

from pyvideoai import launch as module
from pyvideoai.launch import began_in_this_launch, launch

NAMES = ("TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT")


@pytest.fixture
def torchrun(monkeypatch):
    """torchrun(id, restarts): the environment of a process that torchrun has started."""

    def set_environment(run_id: str, restarts: int) -> None:
        for name, value in zip(NAMES, (run_id, str(restarts)), strict=True):
            monkeypatch.setenv(name, value)

    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return set_environment


def test_a_plain_process_has_no_launch(torchrun):
    assert launch() is None and not began_in_this_launch({"id": "none", "began": 1.0})


def test_a_restart_knows_its_first_try_and_no_other(torchrun):
    torchrun("a", 0)
    first = launch()
    assert not began_in_this_launch(first), "the first try of another run with the same id, or of this one"
    torchrun("a", 1)
    assert began_in_this_launch(first)
    assert not began_in_this_launch({**first, "id": "b"})
    assert not began_in_this_launch({**first, "began": first["began"] - module.SAME_S - 1})
    assert not began_in_this_launch(None) and not began_in_this_launch({"id": "a", "began": "x"})
