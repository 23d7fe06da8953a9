"""From the layers' settings and hooks to the plain arguments that data/ takes: the one place that knows both.

It loads no torch, so that a dataset's tables are checked before.
"""

from pyvideoai.config.run.layer import Layer
from pyvideoai.data.lists import Dataset
from pyvideoai.tasks import task_of


def dataset_of(layer: Layer) -> Dataset:
    """Return the dataset that a layer describes; its files are not read yet."""
    return Dataset(
        root=layer.root,
        classes=layer.classes,
        splits=layer.splits,
        task=task_of(layer.multi_label),
        prepared=layer.prepared,
        prepare=layer.prepare,
        group=layer.group,
        val_share=layer.val_share,
        test_share=layer.test_share,
        split_seed=layer.split_seed,
    )
