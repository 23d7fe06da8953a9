"""When the state within an epoch is saved, in which file, and what is said of it."""

import threading

import pytest
import torch

from pyvideoai.checkpoint import newest_readable
from pyvideoai.engine import saving
from pyvideoai.engine.progress import Point
from pyvideoai.engine.saving import Saver

SAID: list[str] = []


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


def state(steps: int) -> dict:
    return {"epoch": 0, "position": [0, 0, steps, 0], "model": {"w": torch.full((3,), float(steps))}}


def save(saver: Saver, steps: int) -> None:
    saver.save(lambda: state(steps), Point(steps=steps))
    assert saver.has_saved()


def test_the_two_files_take_turns_and_the_newest_is_found(tmp_path):
    saver = Saver(tmp_path, 60, say=SAID.append)
    for steps in (1, 2, 3):
        save(saver, steps)
    path, content, faults = newest_readable(tmp_path)
    assert path.name == "resume_a.pth" and content["model"]["w"].tolist() == [3, 3, 3] and not faults
    path.write_bytes(path.read_bytes()[:100])
    path, content, faults = newest_readable(tmp_path)
    assert path.name == "resume_b.pth" and content["model"]["w"].tolist() == [2, 2, 2] and "resume_a" in faults[0]
    saver.remove()
    assert not list(tmp_path.iterdir())


def test_the_file_that_a_run_goes_on_from_is_not_the_first_to_be_replaced(tmp_path):
    saver = Saver(tmp_path, 60, say=SAID.append)
    save(saver, 1)
    again = Saver(tmp_path, 60, say=SAID.append)
    again.resumed_from(tmp_path / "resume_a.pth")
    save(again, 2)
    assert (tmp_path / "resume_b.pth").exists()


def test_it_is_due_after_the_pause_and_not_while_the_last_state_is_being_written(tmp_path, clock, monkeypatch):
    may_write = threading.Event()
    monkeypatch.setattr(saving, "write_checkpoint", lambda path, content: may_write.wait(60))
    saver = Saver(tmp_path, 60, say=SAID.append, now=clock)
    assert not saver.is_due
    clock.seconds = 61
    assert saver.is_due
    saver.save(lambda: state(1), Point(steps=1))
    clock.seconds = 200
    assert not saver.is_due
    may_write.set()
    saver.wait()
    assert saver.is_due


def test_with_0_it_is_never_due_and_says_what_a_kill_loses(tmp_path, clock):
    saver = Saver(tmp_path, 0, say=SAID.append, now=clock)
    clock.seconds = 1e9
    assert not saver.is_due and "a kill loses the epoch" in saver.describe()


def test_a_save_that_costs_more_than_1_percent_comes_less_often_and_that_is_said_once(tmp_path, clock):
    said: list[str] = []
    saver = Saver(tmp_path, 60, say=said.append, now=clock)

    def slowly() -> dict:
        clock.seconds += 3
        return state(1)

    for _ in range(3):
        saver.save(slowly, Point())
        saver.wait()
    assert 300 <= saver.pause_s < 310
    assert len(said) == 1 and said[0].startswith("the state is saved every 30") and "a kill loses no more" in said[0]


def test_a_later_change_of_the_network_is_not_in_the_file(tmp_path, monkeypatch):
    write, may_write = saving.write_checkpoint, threading.Event()
    monkeypatch.setattr(saving, "write_checkpoint", lambda *given: (may_write.wait(60), write(*given)))
    saver, weights = Saver(tmp_path, 60, say=SAID.append), torch.zeros(2)
    saver.save(lambda: {**state(1), "model": {"w": weights}}, Point())
    weights += 1
    may_write.set()
    saver.wait()
    assert newest_readable(tmp_path)[1]["model"]["w"].tolist() == [0, 0]


@pytest.mark.parametrize("weights", [torch.tensor([1.0, float("nan")]), None])
def test_what_cannot_be_written_is_said_and_the_older_state_stays(tmp_path, weights, monkeypatch):
    said: list[str] = []
    saver = Saver(tmp_path, 60, say=said.append)
    save(saver, 1)
    if weights is None:
        weights = torch.ones(2)
        monkeypatch.setattr(torch, "save", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    saver.save(lambda: {**state(2), "model": {"w": weights}}, Point())
    assert not saver.has_saved()
    assert newest_readable(tmp_path)[0].name == "resume_a.pth"
    assert len(said) == 1 and said[0].startswith("WARNING: ") and "resume_b.pth could not be written: " in said[0]
