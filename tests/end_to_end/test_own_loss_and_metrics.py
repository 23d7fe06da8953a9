"""An experiment's own loss and metrics: what training and evaluation are given is what the network gave."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score
from workplaces import VERSION

import pyvideoai
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command

SIGMOIDS = '''
"""A binary loss for each class, which a shift of all logits changes; the network learns nothing."""
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from pyvideoai.config import inherit

inherit("brief", learning_rate=1e-9, num_epochs=1)


def loss(logits, target):
    return binary_cross_entropy_with_logits(logits, one_hot(target, 2).float())
'''
AUROC = '''
"""A metric of one's own beside a shipped one."""
from sklearn.metrics import roc_auc_score

from pyvideoai.config import inherit
from pyvideoai.metrics import ExpectedCalibrationError, Metric, TopK


class Auroc(Metric):
    """Area under the curve of true against false positives, in percent."""

    def __call__(self, outcomes):
        return 100 * roc_auc_score(outcomes.labels, outcomes.probabilities[:, 1])


inherit("brief", num_epochs=2)
metrics = [Auroc(), ExpectedCalibrationError(), TopK(1)]
'''
MIXED = '''
"""Mixed precision."""
from pyvideoai.config import inherit

inherit("brief", num_epochs=1, amp="bf16")
'''


def train(name: str, text: str, *arguments: str) -> Path:
    Path(f"exp_configs/{name}.py").write_text(text.lstrip())
    assert train_command.main(["-D", "colours", "-M", "small", "-E", name, *arguments]) == 0
    return VERSION.parents[1] / name / "version_000"


def test_an_untrained_network_has_the_same_own_loss_in_training_and_validation(workplace):
    row = pd.read_csv(train("sigmoids", SIGMOIDS) / "summary.csv", comment="#").iloc[-1]
    assert row["train_loss"] == pytest.approx(0.69, abs=0.03)
    assert row["val_loss"] == pytest.approx(row["train_loss"], abs=0.02)


def test_a_metric_of_ones_own_selects_is_shown_and_is_scored_on_probabilities(workplace, capsys):
    folder = train("auroc", AUROC)
    shown = capsys.readouterr().out
    assert "val loss " in shown and " auroc " in shown and "best " in shown
    assert {"train_auroc", "val_auroc", "val_ece", "val_top1"} <= set(pd.read_csv(folder / "summary.csv").columns)
    assert json.loads((folder / "results.json").read_text())["selected_by"] == "val/auroc"
    # Where its text is an address, no two runs have equal settings, and seeds are never averaged.
    assert "  Auroc() " in (folder / "configs" / "resolved.txt").read_text()
    eval_command.main(["--from", str(folder), "-l", "last", "-p", "--out", "result.json"])
    saved = np.load(next((folder / "predictions").glob("*.npz")))
    expected = 100 * roc_auc_score(saved["labels"], saved["probabilities"][:, 1])
    assert json.loads(Path("result.json").read_text())["metrics"]["auroc"] == pytest.approx(expected)


def test_prediction_from_python_is_cast_as_training_was(workplace):
    train("brief_bf16", MIXED)
    model = pyvideoai.load(VERSION.parents[1] / "brief_bf16")
    seen = []
    model.trained.model.network.module.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    model.predict("clips/test_red_0.mp4")
    assert seen == [torch.bfloat16] * len(seen) and seen
