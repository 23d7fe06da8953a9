"""What a label is: targets, losses, weights, and what is shown of predictions, for both tasks."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from pyvideoai.tasks import ClassPrecisions, Confusion, MultiLabel, SingleLabel, task_of


def test_the_setting_multi_label_chooses_the_task():
    assert isinstance(task_of(True), MultiLabel) and isinstance(task_of(False), SingleLabel)


def test_labels_become_arrays_and_cells_again():
    assert SingleLabel().label_array([2, 0], 3).tolist() == [2, 0]
    assert MultiLabel().label_array([(0, 2), (), (1,)], 3).tolist() == [[1, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert MultiLabel().label_array([], 3).shape == (0, 3)
    assert SingleLabel().cells([2, 0]) == [2, 0] and MultiLabel().cells([(0, 2), ()]) == ["0;2", ""]


def test_classes_are_weighed_so_that_all_weigh_the_same():
    assert SingleLabel().class_weights(np.array([30, 10, 0]), 40).tolist() == pytest.approx([4 / 9, 4 / 3, 40 / 3])
    assert MultiLabel().class_weights(np.array([3, 1]), 4).tolist() == pytest.approx([1 / 3, 3])


@pytest.mark.parametrize("task", [SingleLabel(), MultiLabel()])
def test_the_training_loss_without_weights_or_smoothing_is_the_mean_of_the_plain_losses(task):
    logits = torch.tensor([[2.0, -1.0, 0.5], [30.0, -30.0, 0.0]])
    labels = torch.tensor([0, 1]) if not task.multi_label else torch.tensor([[1.0, 0, 1], [0, 1, 0]])
    assert task.training_loss(None, 0.0)(logits, labels) == pytest.approx(task.losses(logits, labels).mean().item())


def test_an_output_that_is_no_number_is_in_no_confusion_matrix():
    probabilities = np.array([[np.nan] * 3, [0.1, 0.8, 0.1], [0.5, 0.25, 0.25]], np.float32)
    figure = SingleLabel().class_figure(SingleLabel().outcomes(np.array([0, 1, 2]), probabilities, np.zeros(3)))
    assert isinstance(figure, Confusion) and figure.counts.tolist() == [[0, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_multi_label_data_has_a_precision_for_each_class():
    labels, probabilities = np.array([[1, 0], [0, 0]], np.float32), np.array([[0.9, 0.2], [0.3, 0.1]], np.float32)
    figure = MultiLabel().class_figure(MultiLabel().outcomes(labels, probabilities, np.zeros(2)))
    assert isinstance(figure, ClassPrecisions) and figure.positives.tolist() == [1, 0]
    assert figure.precisions[0] == 1 and np.isnan(figure.precisions[1])


def test_a_task_is_known_before_anything_heavy_is_loaded():
    heavy = {"torch", "matplotlib", "sklearn", "pandas"}
    code = f"import sys, pyvideoai.tasks; print(sys.modules.keys() & {heavy})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"


def test_the_data_package_draws_nothing_and_loads_torch_only_for_clips():
    code = (
        "import sys, pyvideoai.unpack; print(sys.modules.keys() & {'torch', 'pandas', 'av'})\n"
        "from pyvideoai.data import *; print(sys.modules.keys() & {'matplotlib', 'sklearn', 'tensorboard'})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["set()"] * 2
