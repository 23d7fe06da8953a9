"""Make the text of console lines: pure functions of numbers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyvideoai.annotations.names import in_one_line
from pyvideoai.errors import counted, printable
from pyvideoai.metrics import Loss, LossDoubleSoftmax, Metric
from pyvideoai.metrics.named import NAMED

SHIPPED = (*NAMED.values(), Loss(), LossDoubleSoftmax())
SPLITS = {"train": "train", "val": "val", "val_multicrop": "multi-crop"}
STEP_VALUES = ("loss", "top1", "learning_rate", "clips_per_s", "data_wait_share")
DEFAULT_SELECT = "val/top1"

Row = Mapping[str, float]


@dataclass(frozen=True)
class Wording:
    """Say how metrics are shown, by their names: those that are shipped, and an experiment's own `metrics`."""

    metrics: tuple[Metric, ...] = ()

    def title(self, name: str) -> str:
        """Return the title of a metric: "top1" is shown as "top-1"."""
        metric = self._find(name)
        return metric.title if metric else name.replace("_", " ")

    def is_percent(self, name: str) -> bool:
        metric = self._find(name)
        return metric is not None and metric.percent

    def number(self, name: str, value: float) -> str:
        """Format a value as its metric says; a value that belongs to no metric with 3 decimals."""
        metric = self._find(name)
        return metric.number(value) if metric else f"{value:.3f}"

    def text(self, name: str, value: float) -> str:
        """Return title and number: "top-1 45.6"."""
        return f"{self.title(name)} {self.number(name, value)}"

    def _find(self, name: str) -> Metric | None:
        return next((metric for metric in (*self.metrics, *SHIPPED) if metric.name == name), None)


def compact(value: float) -> str:
    """Format a learning rate with at most three digits: 0.1, 5e-4, 1.25e-5."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    if abs(value) >= 0.01:
        return f"{value:.3g}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


def duration(seconds: float) -> str:
    """Format seconds as 0:32, 12:05 or 1:03:20."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def step_text(values: Row) -> str:
    """Return the values of recent steps that fit on a line; TensorBoard has the others."""
    return "  ".join(_named(name, values[name], Wording()) for name in STEP_VALUES if name in values)


def epoch_line(
    history: Sequence[Row],
    *,
    best_epoch: int | None,
    num_epochs: int,
    select: str = DEFAULT_SELECT,
    seconds: float,
    left_s: float,
    note: str = "",
    wording: Wording = Wording(),
) -> str:
    """Return one line on the last epoch of `history`, its parts always in the same order.

    note: stands after the value that chose the best epoch, such as "selected on test".
    """
    row = history[-1]
    parts = [f"epoch {row['epoch']:.0f}/{num_epochs}"]
    chooses = select.partition("/")[2]
    parts += [_split_text(row, split, chooses, wording) for split in SPLITS if _shown(row, split, chooses)]
    if best_epoch is not None:
        parts.append(f"{_best_text(history, best_epoch, select, wording)}{note and f' {note}'}")
    speed = ("learning_rate", "clips_per_s", "data_wait_share")
    parts += [_named(name, row[name], wording) for name in speed if name in row]
    return "  ".join([*parts, duration(seconds), f"left {duration(left_s)}"])


def failure_lines(split: str, count: int, new: Sequence[tuple[str, str]]) -> list[str]:
    """Say how many videos of a split failed, and name each one that was not named before, with its reason."""
    before = "" if new else ", all named above"
    line = f"{split}: {counted(count, 'video')} could not be decoded{before}"
    return [line, *(f"  {in_one_line(video)}: {in_one_line(reason)}" for video, reason in new)]


def clean(text: str) -> str:
    """Escape control characters, and what can't be encoded, in `text` of one or more lines.

    File names may hold both.
    """
    return printable(text.expandtabs(4))


def _named(name: str, value: float, wording: Wording) -> str:
    texts = {
        "learning_rate": lambda: f"lr {compact(value)}",
        "clips_per_s": lambda: f"{value:.1f} clips/s",
        "data_wait_share": lambda: f"wait {100 * value:.0f} %",
    }
    return texts[name]() if name in texts else wording.text(name, value)


def _shown(row: Row, split: str, chooses: str) -> list[str]:
    """Return the values of a split that its epoch line shows: the loss, and the metric that chooses the best epoch; if
    the loss does, top-1 or else the first other metric.
    """
    names = [key.removeprefix(f"{split}/") for key in row if key.startswith(f"{split}/")]
    others = [name for name in names if not name.startswith("loss")]
    others.sort(key=lambda name: (name != chooses, name != "top1"))
    return [name for name in names if name == "loss"] + others[:1]


def _split_text(row: Row, split: str, chooses: str, wording: Wording) -> str:
    shown = _shown(row, split, chooses)
    return " ".join([SPLITS[split], *(wording.text(name, row[f"{split}/{name}"]) for name in shown)])


def _best_text(history: Sequence[Row], best_epoch: int, select: str, wording: Wording) -> str:
    value = next((row[select] for row in history if row["epoch"] == best_epoch and select in row), math.nan)
    split, _, name = select.partition("/")
    what = "" if select == DEFAULT_SELECT else f"{SPLITS.get(split, split)} {wording.title(name)} "
    return f"best {what}{wording.number(name, value)} (epoch {best_epoch})"
