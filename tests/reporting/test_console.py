import contextlib
import io
import os
import re
import sys
import termios

import pytest

from pyvideoai.reporting import console
from pyvideoai.reporting.console import Console, EpochProgress, PlainBar, TerminalBar


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def open_terminal(monkeypatch):
    """To be called within the test, since pytest changes the streams between set-up and test."""

    def opened():
        for name in ("stdout", "stderr"):
            monkeypatch.setattr(sys, name, Terminal())
        return sys.stderr

    return opened


def test_lines_go_to_the_screen_and_with_their_time_to_the_file(tmp_path, capsys):
    console = Console(tmp_path / "train.log")
    console.log("one\ntwo")
    assert capsys.readouterr().out == "one\ntwo\n"
    lines = (tmp_path / "train.log").read_text().splitlines()
    assert [re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (.*)", line)[1] for line in lines] == ["one", "two"]
    console.close()


def test_a_second_run_appends(tmp_path):
    for text in ("first", "second"):
        console = Console(tmp_path / "train.log")
        console.log(text)
        console.close()
    assert [line[20:] for line in (tmp_path / "train.log").read_text().splitlines()] == ["first", "second"]


def test_the_log_file_has_no_control_characters(tmp_path, open_terminal):
    open_terminal()
    console = Console(tmp_path / "train.log")
    with console.bar("epoch 1/3", 10) as bar:
        bar.update(4, "loss 1.0")
        console.log("colour \x1b[31m of a file name\r\udcff")
    console.close()
    text = (tmp_path / "train.log").read_text()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)
    assert text.count("\n") == 1


def test_a_screen_that_knows_ascii_only_gets_escapes(tmp_path, monkeypatch):
    screen = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen, encoding="ascii"))
    Console().log("Zürich")
    assert screen.getvalue() == b"Z\\xfcrich\n"


def test_the_moving_line_shows_count_values_and_time_left(open_terminal):
    screen = open_terminal()
    bar = TerminalBar("epoch 2/9", 20)
    bar._bar.mininterval = bar._bar.miniters = 0
    bar.update(5, "loss 1.000  top-1 40.0")
    last = screen.getvalue().split("\r")[-1]
    assert re.fullmatch(r"epoch 2/9  5/20  left \d\d:\d\d  loss 1\.000  top-1 40\.0  \|.{12}\| *", last)
    bar.close()


def test_a_narrow_terminal_cuts_the_bar_first(monkeypatch):
    keeper, terminal = os.openpty()
    termios.tcsetwinsize(terminal, (24, 80))
    with os.fdopen(terminal, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        bar = TerminalBar("epoch 2/9", 20)
        bar._bar.mininterval = bar._bar.miniters = 0
        bar.update(5, "loss 1.000  top-1 40.0  lr 5e-4  31.2 clips/s")
        bar.close()
    line = next(each for each in _all_of(keeper).split("\r") if " 5/20 " in each)
    assert len(line) < 80
    assert re.search(r"left \d\d:\d\d  loss 1\.000  top-1 40\.0  lr 5e-4  31\.2 clips/s  \|.", line)


def test_the_moving_line_never_counts_past_its_end(open_terminal):
    open_terminal()
    bar = TerminalBar("val", 5)
    bar.update(4)
    bar.update(4)
    assert bar._bar.n == 5
    bar.close()


def test_titles_with_braces_are_text(open_terminal):
    screen = open_terminal()
    TerminalBar("split {n}", 5).close()
    assert "split {n}  0/5" in screen.getvalue()


def test_without_a_terminal_there_is_a_plain_line_each_period():
    now, shown = [0.0], []
    bar = PlainBar("epoch 3/100", 400, show=shown.append, now=lambda: now[0])
    for step in range(1, 401):
        now[0] = step * 0.5
        bar.update(1, f"loss {step}" if step % 10 == 0 else "")
    assert shown[:2] == ["epoch 3/100  60/400  loss 60  left 2:50", "epoch 3/100  120/400  loss 120  left 2:20"]
    assert len(shown) == 6


def test_which_bar(open_terminal, monkeypatch):
    open_terminal()
    bar = Console()._bar("val", 3)
    bar.close()
    assert isinstance(bar, TerminalBar)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert isinstance(Console()._bar("val", 3), PlainBar)
    assert isinstance(Console(enabled=False)._bar("val", 3), console.SilentBar)


def test_epoch_progress_counts_steps_and_records_at_log_points():
    recorded, updates = [], []

    class Bar(console.SilentBar):
        def update(self, count, text=""):
            updates.append((count, text))

    progress = EpochProgress(Bar(), lambda step, values: recorded.append((step, values)))
    progress.advance()
    progress.advance(loss=1.0, gradient_norm=2.0)
    assert updates == [(1, ""), (1, "loss 1.000")]
    assert recorded == [(2, {"loss": 1.0, "gradient_norm": 2.0})]


def _all_of(terminal: int) -> str:
    """What was written to a terminal that is closed by now."""
    text = b""
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 4096):
            text += piece
    os.close(terminal)
    return text.decode()
