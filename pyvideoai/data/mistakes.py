"""A user's mistake that shows in a data-loading worker, on its way to the process that tells it.

torch would wrap the error's one line in the worker's traceback. So an item that fails is the error itself, whose notes
keep the traceback for --debug, and it is raised where the batches arrive.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import torch

from pyvideoai.errors import UserError


class Guard(Protocol):
    """Calls what runs a user's own code; an error of that code becomes one line that names it."""

    def __call__(self, function: Callable[..., Any], *arguments: Any, settings: Sequence[str]) -> Any:
        """Return function(*arguments). settings: what may be the user's own in it, such as "train_pixels"."""
        ...


def unguarded(function: Callable[..., Any], *arguments: Any, settings: Sequence[str]) -> Any:
    """Call without a guard: errors come with their traceback."""
    return function(*arguments)


class Items(torch.utils.data.Dataset):
    """The items of a dataset; one that raises a UserError is that error.

    The guard is pickled before the dataset: where samplers, steps or views are defined in a config, its guard takes
    the config along to a worker, in which the config has to run before they can be unpickled.
    """

    def __init__(self, dataset: torch.utils.data.Dataset, guard: Guard) -> None:
        self.guard, self.dataset = guard, dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> Any:
        try:
            return self.guard(self.dataset.__getitem__, index, settings=("train_clip", "train_pixels"))
        except UserError as error:
            error.add_note("".join(traceback.format_exception(error)))
            return error


class Joined:
    """Joins items by `join`; a batch in which one failed is its error."""

    def __init__(self, join: Callable[[Sequence[Any]], Any]) -> None:
        self.join = join

    def __call__(self, items: Sequence[Any]) -> Any:
        return next((item for item in items if isinstance(item, UserError)), None) or self.join(items)


def raised(batches: Iterable[Any]) -> Iterator[Any]:
    """The batches; the first that is an error is raised."""
    for batch in batches:
        if isinstance(batch, UserError):
            raise batch
        yield batch
