"""Signals: at once while nothing is at stake, else when the code asks; a second one ends the process."""

import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest

from pyvideoai import signals
from pyvideoai.commands import ending
from pyvideoai.signals import ANSWERED, Signals, Stopped


@pytest.mark.parametrize("number", ANSWERED)
def test_a_signal_ends_what_runs_with_a_line_and_its_code(number, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["tool"])
    with pytest.raises(SystemExit) as ended:
        ending.run(lambda arguments: signal.raise_signal(number))
    assert ended.value.code == 128 + number
    assert capsys.readouterr().err == f"stopped by {signal.Signals(number).name}\n"


def test_a_signal_waits_until_the_code_asks():
    before = signal.getsignal(signal.SIGTERM)
    with Signals() as answered, answered.waiting():
        signal.raise_signal(signal.SIGTERM)
        assert answered.asked
        with pytest.raises(Stopped, match="stopped by SIGTERM"), answered.waiting(False):
            raise AssertionError("this is not reached")
    assert signal.getsignal(signal.SIGTERM) == before


def test_it_passes_by_except_exception():
    with pytest.raises(Stopped, match="stopped by SIGUSR1"), Signals(), contextlib.suppress(Exception):
        signal.raise_signal(signal.SIGUSR1)


def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals() as answered:
            signal.raise_signal(signal.SIGHUP)
            assert not answered.asked
    finally:
        signal.signal(signal.SIGHUP, before)


def test_one_that_comes_twice_at_once_is_one_and_a_later_one_ends_the_process(monkeypatch):
    ended = []
    monkeypatch.setattr(signals, "_end", ended.append)
    with Signals() as answered, answered.waiting():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert not ended
        answered._came -= signals.SAME_S
        signal.raise_signal(signal.SIGINT)
    assert ended == [signal.SIGINT]


def test_a_second_signal_ends_a_process_that_does_not_answer():
    code = "import time; from pyvideoai import signals; signals.SAME_S = 0.1\n"
    code += "with signals.Signals() as answered, answered.waiting():\n    print(flush=True)\n    time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ)
    process.stdout.read(1)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    process.stdout.close()
