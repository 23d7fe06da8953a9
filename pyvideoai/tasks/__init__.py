"""What a label is: single-label and multi-label classification, each in one file. Ask here and nowhere else.

`dataset.multi_label` chooses the task, once; a third one (soft labels, a verb and a noun) is a third file. A task
returns plain values: data makes batches of them, scoring keeps them, reporting draws them.
Imports metrics, annotations.names, errors and plain; torch only inside the functions that make tensors. Imported by
data and everything above it.
"""

from pyvideoai.tasks.multi_label import MultiLabel
from pyvideoai.tasks.single_label import SingleLabel
from pyvideoai.tasks.task import ClassPrecisions, Confusion, Task

__all__ = [
    "MULTI_LABEL",
    "SINGLE_LABEL",
    "ClassPrecisions",
    "Confusion",
    "MultiLabel",
    "SingleLabel",
    "Task",
    "task_of",
]

SINGLE_LABEL, MULTI_LABEL = SingleLabel(), MultiLabel()


def task_of(multi_label: bool) -> Task:
    """Return the task of a dataset with this setting `multi_label`."""
    return MULTI_LABEL if multi_label else SINGLE_LABEL
