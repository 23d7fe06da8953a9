"""Carry a user's mistake from a data-loading worker to the process that reports it.

torch would wrap the error's one line in the worker's traceback. So an item that fails is replaced by its error, whose
notes keep the traceback for --debug; the error is raised where the batches arrive.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import torch

from pyvideoai.errors import UserError


class Guard(Protocol):
    """Call what runs a user's own code; turn an error in that code into one line that names it."""

    def __call__(self, function: Callable[..., Any], *arguments: Any, settings: Sequence[str]) -> Any:
        """Return function(*arguments). settings: the settings whose code may be the user's own, such as
        "train_pixels".
        """
        ...


def unguarded(function: Callable[..., Any], *arguments: Any, settings: Sequence[str]) -> Any:
    """Call without a guard: errors keep their traceback."""
    return function(*arguments)


class Items(torch.utils.data.Dataset):
    """Give the items of a dataset; an item that raises a UserError is replaced by the error.

    The guard is pickled before the dataset. If samplers, steps or views are defined in a config, its guard brings the
    config along to the worker, where it must run before they can be unpickled.
    """

    def __init__(self, dataset: Any, guard: Guard) -> None:
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
    """Join items with `join`; a batch in which an item failed is that item's error."""

    def __init__(self, join: Callable[[Sequence[Any]], Any]) -> None:
        self.join = join

    def __call__(self, items: Sequence[Any]) -> Any:
        return next((item for item in items if isinstance(item, UserError)), None) or self.join(items)


def raised(batches: Iterable[Any]) -> Iterator[Any]:
    """Yield the batches; raise the first that is an error."""
    for batch in batches:
        if isinstance(batch, UserError):
            raise batch
        yield batch
