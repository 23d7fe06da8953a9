"""What loggers are told, and what becomes of a run whose logger fails."""

import pickle
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

from pyvideoai.config.values.entries import default
from pyvideoai.data.views import Views
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.reporting import Logger, StartedRun
from pyvideoai.reporting.loggers import EVENTS, Loggers, plain_value
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.signals import Stopped

RUN = StartedRun(Path("run"), {}, {}, ["a", "b"], steps_per_epoch=4)


class Notes(Logger):
    """Notes every call."""

    def __init__(self):
        self.calls = []

    def __getattribute__(self, name):
        if name in EVENTS:
            return lambda *arguments: self.calls.append((name, *arguments))
        return super().__getattribute__(name)


@dataclass
class Broken(Logger):
    """Raises in one event, after it has spoilt what it was given."""

    event: str

    def start(self, run):
        if self.event == "start":
            raise ConnectionError("no\nnetwork")

    def epoch(self, row):
        if self.event == "epoch":
            row.clear()
            raise ConnectionError("no network")


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    monkeypatch.setattr("pyvideoai.reporting.reporter.draw_curves", lambda *arguments: None)


def run_epochs(reporter, folder, history):
    reporter.start(StartedRun(folder.path, {}, {}, [], steps_per_epoch=4))
    for epoch in range(1, len(history) + 1):
        with reporter.epoch_progress(epoch, len(history), 4) as progress:
            for step in range(4):
                progress.advance(**({"loss": 1.0} if step == 2 else {}))
        reporter.epoch(history[:epoch], best_epoch=epoch, num_epochs=len(history))


def test_events_come_in_order_and_steps_count_through_the_epochs(folder, make_history):
    notes, history = Notes(), make_history(2)
    reporter = Reporter(folder, loggers=[notes])
    with reporter.ending():
        run_epochs(reporter, folder, history)
        reporter.test("last", 2, {"test/top1": 1.0}, None, ["a", "b"])
    reporter.close()
    assert [call[0] for call in notes.calls] == ["start", "step", "epoch", "step", "epoch", "test", "end"]
    assert [call[1] for call in notes.calls if call[0] == "step"] == [3, 7]
    assert notes.calls[2] == ("epoch", history[0]) and notes.calls[5] == ("test", "last", 2, {"test/top1": 1.0})


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (UserError("no\nvideos"), "no videos"),
        (KeyError("x"), "KeyError: 'x'"),
        (Stopped(signal.SIGTERM, "in epoch 3"), "stopped by SIGTERM in epoch 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_a_failure_is_told_with_its_reason_and_goes_on_upwards(folder, raised, reason):
    notes = Notes()
    reporter = Reporter(folder, loggers=[notes])
    with pytest.raises(type(raised)), reporter.ending():
        reporter.start(RUN)
        raise raised
    assert notes.calls == [("start", RUN), ("fail", reason)]


@pytest.mark.parametrize(("event", "times"), [("start", 1), ("epoch", 3)])
def test_one_that_fails_is_said_once_and_spoils_nothing_for_others(folder, make_history, capsys, event, times):
    notes, history = Notes(), make_history(3)
    reporter = Reporter(folder, loggers=[Broken(event), notes])
    with reporter.ending():
        run_epochs(reporter, folder, history)
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("WARNING")]
    line = f"WARNING: the logger Broken, in {event}(...), raised ConnectionError: no network; the run goes on"
    assert told == [line, *["WARNING: the logger Broken failed 3 times in this run"] * (times == 3)]
    assert [call[1] for call in notes.calls if call[0] == "epoch"] == history == make_history(3)


def test_every_event_is_optional():
    loggers = Loggers([Logger()], None, say=print)
    loggers.start(RUN)
    for event, *arguments in (
        ("resume", [], 0),
        ("flush",),
        ("step", 1, {}),
        ("epoch", {}),
        ("test", "last", 1, {}),
        ("fail", "x"),
    ):
        loggers.tell(event, *arguments)
    loggers.finish("end")


def test_settings_are_plain():
    assert plain_value((Path("a"), 1.5, None, {"b": (True,)})) == ["a", 1.5, None, {"b": [True]}]
    assert plain_value(Views(clips=2)).startswith("Views(clips=2, crops=1")


@pytest.mark.parametrize(
    ("name", "meant"), [("epochs", "epoch"), ("on_epoch", "epoch"), ("on_test", "test"), ("steps", "step")]
)
def test_a_method_that_would_never_be_called_is_refused(name, meant):
    with pytest.raises(
        UserError, match=rf"the logger L has a method '{name}', which nothing calls; did you mean '{meant}'\?"
    ):
        type("L", (Logger,), {name: lambda self, row: None})


def test_events_are_the_methods_of_a_logger():
    assert set(EVENTS) == {name for name in vars(Logger) if not name.startswith("_")}
    type("Fine", (Logger,), {"write": lambda self: None, "_epochs": lambda self: None, "close": lambda self: None})


def test_a_started_logger_leaves_the_contract_s_default_as_it_is():
    """It holds threads, and with these in the contract no config could be sent to a worker process."""
    (logger,) = default(CONTRACTS[2]["loggers"])
    logger.opened = threading.Lock()
    pickle.dumps(CONTRACTS)
