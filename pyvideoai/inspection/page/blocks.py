"""What a page is made of, and how it becomes HTML. Every text is escaped by the template."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from pyvideoai._version import __version__
from pyvideoai.annotations.names import in_one_line

if TYPE_CHECKING:
    from jinja2 import Environment

    from pyvideoai.inspection.page.charts import Chart, Matrix

FOLDED_ROWS = 12  # a longer table scrolls in a box of its own


@dataclass(frozen=True)
class Text:
    """A paragraph. kind: "" or "warning"."""

    text: str
    kind: str = ""
    block: str = "text"


@dataclass(frozen=True)
class Facts:
    """Names with values."""

    pairs: Sequence[tuple[str, str]]
    block: str = "facts"


@dataclass(frozen=True)
class Cell:
    """A cell of a table. value: sorts it, if it is a number; NaN comes last. bar: a share from -1 to 1 to draw."""

    text: str
    value: float | None = None
    bar: float | None = None
    href: str = ""

    @property
    def sorts_as(self) -> str:
        return "" if self.value is None else f"{self.value:.9g}"


@dataclass(frozen=True)
class Table:
    """A table whose columns sort when they are clicked. fold: the words behind which it is hidden; "": it is shown."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    fold: str = ""
    block: str = "table"

    def is_numeric(self, column: int) -> bool:
        """Return whether a column holds numbers."""
        return bool(self.rows) and self.rows[0][column].value is not None

    @property
    def is_long(self) -> bool:
        return len(self.rows) > FOLDED_ROWS


@dataclass(frozen=True)
class Charts:
    """Charts side by side."""

    charts: Sequence["Chart"]
    block: str = "charts"


@dataclass(frozen=True)
class Heat:
    """A matrix of shares."""

    matrix: "Matrix"
    block: str = "heat"


@dataclass(frozen=True)
class Strip:
    """A film strip with words. source: an image as a data URI, or "" with `fault`, why there is none."""

    title: str
    lines: Sequence[str]
    source: str = ""
    fault: str = ""
    href: str = ""


@dataclass(frozen=True)
class Strips:
    """Film strips under a heading."""

    heading: str
    strips: Sequence[Strip]
    block: str = "strips"


@dataclass(frozen=True)
class Section:
    """A part of the page that its table of contents names."""

    name: str
    title: str
    blocks: Sequence[Any] = field(default_factory=tuple)


def render(title: str, lead: str, sections: Sequence[Section]) -> str:
    """Return the page as HTML."""
    template = _environment().get_template("page.html")
    return template.render(title=title, lead=lead, sections=sections, version=__version__)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pyvideoai.inspection.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = lambda text: in_one_line(str(text))
    return environment


def small(value: float) -> Cell:
    """Return the cell of a p-value, or of another number that may be next to nothing."""
    return number(None) if value != value else Cell(f"{value:.2g}" if value >= 1e-4 else "< 0.0001", float(value))


def number(value: float | None, digits: int = 1, suffix: str = "") -> Cell:
    """Return a number's cell; an empty one for None and NaN."""
    if value is None or value != value:
        return Cell("", float("nan"))
    return Cell(f"{value:.{digits}f}{suffix}", float(value))
