"""Let a report fail that a run can do without: said once, and the run goes on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyvideoai.errors import UserError, explain
from pyvideoai.faults import environment_fault


class Tolerance:
    """Turn faults of the machine in reports into lines. say: writes a line to the console."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: set[str] = set()

    @contextmanager
    def of(self, report: str) -> Iterator[None]:
        """Run the block that writes `report`; the first fault of each report is logged. Other errors are passed on."""
        try:
            yield
        except UserError:
            raise
        except Exception as error:
            told = environment_fault(error)
            if told is None:
                raise
            explain(error)
            if report not in self._said:
                self._say(f"WARNING: {report} could not be written ({told}); the run goes on")
            self._said.add(report)
