"""Console and log file: every line goes to stdout and `logs/train.log`; a progress line moves while an epoch runs.

The progress line needs a terminal. Without one (a pipe, a batch system) a plain line comes twice a minute instead.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pyvideoai.redacted import redacted
from pyvideoai.reporting.lines import Row, clean, duration, step_text

PLAIN_PERIOD_S = 30.0


class Bar(Protocol):
    """Describe a progress line: how far something has come."""

    def update(self, count: int, text: str = "") -> None: ...

    def close(self) -> None: ...


class Console:
    """Write lines for people. log_file: also keeps every line, with its time. enabled: False keeps silent."""

    def __init__(self, log_file: Path | None = None, *, enabled: bool = True) -> None:
        self.enabled, self._log = enabled, log_file if enabled else None
        self._file = log_file.open("ab", buffering=0) if enabled and log_file else None
        self._log_failed = False

    def log(self, text: str) -> None:
        """Show `text` (one line or several) and write it to the log file."""
        if not self.enabled:
            return
        text = redacted(text)  # an error may quote an address that has a token in it
        self.show(text)
        try:
            self._keep(text)
        except OSError as error:  # a log is not worth a run
            if not self._log_failed:
                self.show(f"WARNING: the log could not be written ({error.strerror}); the run goes on")
            self._log_failed = True

    def _keep(self, text: str) -> None:
        """Append lines to the log file. It is unbuffered: what a full disk refused is not tried again."""
        if self._file:
            now = f"{datetime.now():%Y-%m-%d %H:%M:%S}"
            self._file.write("".join(f"{now} {line}\n" for line in clean(text).split("\n")).encode())

    def has_logged(self, text: str) -> bool:
        """Return whether the log file has a line with `text`; without a log file, return True."""
        if self._log is None:
            return True
        with suppress(OSError):
            return text in self._log.read_text(encoding="utf-8", errors="replace")
        return True

    def show(self, text: str) -> None:
        """Show `text` without writing it to the log file; a progress line moves down for it."""
        from tqdm import tqdm

        # A terminal in ASCII or Latin-1 can't print every name; an escape is better than a crash after hours of
        # training.
        encoding = sys.stdout.encoding or "utf-8"
        with suppress(OSError):  # who read the output is gone, or its disk is full: not worth a run either
            tqdm.write(clean(text).encode(encoding, "backslashreplace").decode(encoding), file=sys.stdout)
            sys.stdout.flush()

    @contextmanager
    def bar(self, title: str, total: int, done: int = 0) -> Iterator[Bar]:
        """Show a progress line over `total` steps or videos, of which `done` are done before; it disappears when the
        block ends.
        """
        bar = self._bar(title, total, done)
        try:
            yield bar
        finally:
            bar.close()

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _bar(self, title: str, total: int, done: int = 0) -> Bar:
        if not self.enabled:
            return SilentBar()
        is_terminal = sys.stdout.isatty() and sys.stderr.isatty()
        return TerminalBar(title, total, done) if is_terminal else PlainBar(title, total, done, show=self.show)


class SilentBar:
    """Show nothing: for processes other than the main one."""

    def update(self, count: int, text: str = "") -> None:
        pass

    def close(self) -> None:
        pass


class TerminalBar:
    """Show one line of tqdm: title, count, time left, values, bar.

    A narrow terminal cuts off its end, the bar first.
    """

    def __init__(self, title: str, total: int, done: int = 0) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            initial=done,
            total=total,
            bar_format=f"{_no_fields(clean(title))}  {{n_fmt}}/{{total_fmt}}  left {{remaining}}  {{desc}}|{{bar:12}}|",
            leave=False,
            dynamic_ncols=True,
        )

    def update(self, count: int, text: str = "") -> None:
        """Count `count` more steps as done; show `text` in place of the earlier values, unless it is empty."""
        if text:
            self._bar.set_description_str(f"{text}  ", refresh=False)
        # tqdm stops showing the total and the time left once the count exceeds the total.
        self._bar.update(min(count, self._bar.total - self._bar.n))

    def close(self) -> None:
        self._bar.close()


class PlainBar:
    """Show a line every `PLAIN_PERIOD_S` seconds, with the latest values: for pipes and batch systems."""

    def __init__(
        self,
        title: str,
        total: int,
        done: int = 0,
        *,
        show: Callable[[str], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.title, self.total, self.done, self.text = title, total, done, ""
        self._done_before = done
        self._show, self._now = show, now
        self._started = self._shown = now()

    def update(self, count: int, text: str = "") -> None:
        self.done = min(self.done + count, self.total)
        self.text = text or self.text
        if self._now() - self._shown >= PLAIN_PERIOD_S and self._done_before < self.done < self.total:
            self._shown = self._now()
            left_s = (self._shown - self._started) * (self.total - self.done) / (self.done - self._done_before)
            values = f"  {self.text}" if self.text else ""
            self._show(f"{self.title}  {self.done}/{self.total}{values}  left {duration(left_s)}")

    def close(self) -> None:
        pass


class EpochProgress:
    """Receive each step of a running epoch from the training loop."""

    def __init__(self, bar: Bar, record: Callable[[int, Row], None], done: int = 0) -> None:
        self.step = done
        self._bar, self._record = bar, record

    def advance(self, **values: float) -> None:
        """Count one more step.

        `values` (loss, top1, learning_rate, gradient_norm, ...) are given at log points only.
        """
        self.step += 1
        self._bar.update(1, step_text(values))
        if values:
            self._record(self.step, values)


def _no_fields(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
