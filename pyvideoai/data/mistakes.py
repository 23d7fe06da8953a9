"""A user's mistake that shows in a data-loading worker, on its way to the process that tells it.

torch would wrap the error's one line in the worker's traceback. So an item that fails is the error itself, whose notes
keep the traceback for --debug, and it is raised where the batches arrive.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import torch

from pyvideoai.errors import UserError


class Items(torch.utils.data.Dataset):
    """The items of a dataset; one that raises a UserError is that error."""

    def __init__(self, dataset: torch.utils.data.Dataset) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> Any:
        try:
            return self.dataset[index]
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
