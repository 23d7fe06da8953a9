"""Console and log file: every line on stdout and in `logs/train.log`, and one moving line while an epoch runs.

The moving line needs a terminal. Without one (a pipe, a batch system) a plain line comes twice a minute instead.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pyvideoai.reporting.lines import Row, clean, duration, step_text

PLAIN_PERIOD_S = 30.0


class Bar(Protocol):
    """How far something has come."""

    def update(self, count: int, text: str = "") -> None: ...

    def close(self) -> None: ...


class Console:
    """Lines for people. `log_file`: also written there, each with its time. Not `enabled`: silent."""

    def __init__(self, log_file: Path | None = None, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self._file = log_file.open("a", encoding="utf-8") if enabled and log_file else None

    def log(self, text: str) -> None:
        """Show `text` (one line or several) and keep it."""
        if not self.enabled:
            return
        self.show(text)
        if self._file:
            now = f"{datetime.now():%Y-%m-%d %H:%M:%S}"
            self._file.writelines(f"{now} {line}\n" for line in clean(text).split("\n"))
            self._file.flush()

    def show(self, text: str) -> None:
        """Show `text` without keeping it; a moving line makes room."""
        from tqdm import tqdm

        encoding = sys.stdout.encoding or "utf-8"
        tqdm.write(clean(text).encode(encoding, "backslashreplace").decode(encoding), file=sys.stdout)
        sys.stdout.flush()

    @contextmanager
    def bar(self, title: str, total: int) -> Iterator[Bar]:
        """A bar over `total` steps or videos, gone when the block ends."""
        bar = self._bar(title, total)
        try:
            yield bar
        finally:
            bar.close()

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _bar(self, title: str, total: int) -> Bar:
        if not self.enabled:
            return SilentBar()
        is_terminal = sys.stdout.isatty() and sys.stderr.isatty()
        return TerminalBar(title, total) if is_terminal else PlainBar(title, total, show=self.show)


class SilentBar:
    """For processes that say nothing."""

    def update(self, count: int, text: str = "") -> None:
        pass

    def close(self) -> None:
        pass


class TerminalBar:
    """One line of tqdm: title, count, time left, values, bar. A narrow terminal cuts its end: the bar first."""

    def __init__(self, title: str, total: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(
            total=total,
            bar_format=f"{_no_fields(clean(title))}  {{n_fmt}}/{{total_fmt}}  left {{remaining}}  {{desc}}|{{bar:12}}|",
            leave=False,
            dynamic_ncols=True,
        )

    def update(self, count: int, text: str = "") -> None:
        """`count` more are done; `text` replaces the values shown, unless empty."""
        if text:
            self._bar.set_description_str(f"{text}  ", refresh=False)
        self._bar.update(min(count, self._bar.total - self._bar.n))

    def close(self) -> None:
        self._bar.close()


class PlainBar:
    """A line each `PLAIN_PERIOD_S` seconds, with the latest values."""

    def __init__(
        self, title: str, total: int, *, show: Callable[[str], None], now: Callable[[], float] = time.monotonic
    ) -> None:
        self.title, self.total, self.done, self.text = title, total, 0, ""
        self._show, self._now = show, now
        self._started = self._shown = now()

    def update(self, count: int, text: str = "") -> None:
        self.done = min(self.done + count, self.total)
        self.text = text or self.text
        if self._now() - self._shown >= PLAIN_PERIOD_S and 0 < self.done < self.total:
            self._shown = self._now()
            left_s = (self._shown - self._started) * (self.total - self.done) / self.done
            values = f"  {self.text}" if self.text else ""
            self._show(f"{self.title}  {self.done}/{self.total}{values}  left {duration(left_s)}")

    def close(self) -> None:
        pass


class EpochProgress:
    """The steps of a running epoch: what the training loop tells of each."""

    def __init__(self, bar: Bar, record: Callable[[int, Row], None]) -> None:
        self.step = 0
        self._bar, self._record = bar, record

    def advance(self, **values: float) -> None:
        """A step is done. `values`, given at log points only: loss, top1, learning_rate, gradient_norm, ..."""
        self.step += 1
        self._bar.update(1, step_text(values))
        if values:
            self._record(self.step, values)


def _no_fields(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
