"""Report what became of each tensor when weights were loaded."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

_LISTED = 6


@dataclass(frozen=True)
class Skipped:
    """Name a tensor that was left alone, because the file's has another shape."""

    name: str
    in_file: tuple[int, ...]
    in_network: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.in_file} for {self.in_network}"


@dataclass
class LoadReport:
    """Report a load. Names are the network's own, except `unexpected`, which are the file's.

    share: the share of the network's values (parameters and buffers, without counters) that the file filled.
    training_state: how many tensors the file keeps besides a network (momenta, iteration, learning rate).
    classes: the names that the file keeps, in label order.
    """

    source: str
    container: str
    framework: str
    licence: str = ""
    share: float = 0.0
    matched: list[str] = field(default_factory=list)
    inflated: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    training_state: int = 0
    classes: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return lines for the console and the log."""
        tensors = len(self.matched) + len(self.skipped) + len(self.missing)
        licence = f"; licence {self.licence}" if self.licence else ""
        lines = [
            f"weights: {self.source}",
            f"  kind        {self.container}, names of {self.framework}{licence}",
            f"  loaded      {len(self.matched)} of {tensors} tensors, {100 * self.share:.1f} % of the network's values",
            f"  skipped     {_some(self.skipped)}",
            f"  missing     {_some(self.missing)}",
            f"  unexpected  {_some(self.unexpected)}",
        ]
        return "\n".join(lines + [f"  note        {note}" for note in self.notes])

    def other_classes(self, classes: Sequence[str]) -> str:
        """Return the first label that means another class in the file than in `classes`; "" if all mean the same, or if
        the file doesn't name its classes.
        """
        pairs = enumerate(zip(self.classes, classes, strict=False))
        differing = ((label, theirs, ours) for label, (theirs, ours) in pairs if theirs != ours)
        return next(
            (f"label {label} is {theirs!r} in the file and {ours!r} here" for label, theirs, ours in differing), ""
        )

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain lists, numbers and text."""
        return asdict(self)


def _some(entries: Iterable[object]) -> str:
    shown = [str(entry) for entry in entries]
    rest = len(shown) - _LISTED
    return ", ".join(shown[:_LISTED]) + (f" and {rest} more" if rest > 0 else "") or "none"
