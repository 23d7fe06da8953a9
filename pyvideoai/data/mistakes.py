"""A user's mistake that shows in a data-loading worker, on its way to the process that tells it.

torch would wrap the error's one line in the worker's traceback. So an item that fails is the error itself, whose notes
keep the traceback for --debug, and it is raised where the batches arrive.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch

from pyvideoai.config.run.guard import Guard
from pyvideoai.errors import UserError


class Items(torch.utils.data.Dataset):
    """The items of a dataset; one that raises a UserError is that error.

    guard: for the samplers and pixel steps of the user's own that making an item calls.
    """

    def __init__(self, dataset: torch.utils.data.Dataset, guard: Guard) -> None:
        self.dataset, self.guard = dataset, guard

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> Any:
        try:
            return self.guard.run(self.dataset.__getitem__, index, doing="a step of train_clip or train_pixels")
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
