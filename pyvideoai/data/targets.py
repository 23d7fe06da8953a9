"""Make a clip's label a tensor: from the table or from a function of the user's, for the clip or its mirror image."""

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace

import numpy as np
import torch

from pyvideoai.annotations.mirror import Flips, flipped_labels
from pyvideoai.data.hooks import refused
from pyvideoai.data.views import Views
from pyvideoai.errors import UserError
from pyvideoai.tasks import SINGLE_LABEL, Task

KEEPING = Flips()


class Targets:
    """Return labels as tensors, in the shape and type of the task: see `tasks.Task.label_array`.

    classes: their names in label order. target(row, frame_indices) -> a training clip's label; None: the row's own.
    flips: what HorizontalFlip does to labels; by default a mirrored clip keeps its own.
    Raises UserError if `flips` names something that is not a class.
    """

    def __init__(
        self,
        classes: Sequence[str],
        *,
        task: Task = SINGLE_LABEL,
        target: Callable[[SimpleNamespace, np.ndarray], object] | None = None,
        flips: Flips = KEEPING,
    ) -> None:
        self.classes, self.task, self.target, self.flips = len(classes), task, target, flips
        self.mirrored = flipped_labels(classes, flips.pairs) if flips.pairs else None

    def of_row(self, entry: SimpleNamespace) -> torch.Tensor:
        """Return the label that the table gives."""
        return self._tensor(entry.label)

    def of_clip(self, entry: SimpleNamespace, indices: np.ndarray, flip: bool) -> torch.Tensor:
        """Return the clip's label: from the function `target` if there is one, else from the table.

        For a flipped clip, the label of its mirror image.
        """
        label = entry.label if self.target is None else self._asked(self.target, entry, indices)
        return self._tensor(self.task.mirrored(label, self.mirrored) if flip and self.mirrored else label)

    def _asked(self, target: Callable, entry: SimpleNamespace, indices: np.ndarray) -> int | list[int]:
        """Call `target` and check what it returns."""
        returned = target(entry, indices)
        try:
            return self.task.label(returned, self.classes)
        except ValueError as error:
            raise refused(target, returned, str(error)) from None

    def _tensor(self, label: int | Iterable[int]) -> torch.Tensor:
        return torch.from_numpy(self.task.label_array([label], self.classes))[0]


def mirrored_labels(views: Views, classes: Sequence[str], flips: Flips) -> list[int] | None:
    """Return for each class the one whose score a mirrored view has in its place; None if nothing is exchanged.

    flips: what a mirror does to the labels of `classes`.
    Raises UserError if views are mirrored and the label of a mirrored video is not known.
    """
    if not any(views.mirrored()):
        return None
    if not flips.allowed:
        # `mirror.flips` writes "HorizontalFlip is off: REASON"; this error needs only the reason.
        reason = flips.note.partition(": ")[2]
        raise UserError(
            f"{type(views).__name__} has mirrored views, which can't be scored: {reason}; take views without mirror "
            "images, or name the classes that a mirror exchanges in dataset.flip_labels, with flip_keeps_label = True"
        )
    return flipped_labels(classes, flips.pairs) if flips.pairs else None
