"""Two processes train as one does at the same global batch, where that is promised: batch norm frozen, no dropout.

And one process's error ends all of them, with its line and a code that is not 0.
"""

import pandas as pd
import pytest
from workplaces import CHOICE, VERSION, tool

from pyvideoai.commands import train as train_command

TWO = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
EQUAL = ["--set", "bn=frozen", "--set", "model.dropout=0", "--device", "cpu"]
HANGS_S = 400


@pytest.mark.slow
def test_the_losses_of_24_steps_are_one_process_s(workplace):
    train_command.main([*CHOICE, *EQUAL, "-S", "one"])
    process = tool("run_train.py", *CHOICE, *EQUAL, "-S", "two", launcher=TWO)
    output, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode == 0, output
    assert "4 = 2 clips x 2 processes x 1 accumulated; 8 steps an epoch" in output
    one, two = (pd.read_csv(VERSION.parent / name / "version_000/summary.csv") for name in ("one", "two"))
    for column in ("train_loss", "val_loss"):
        pd.testing.assert_series_equal(two[column], one[column], rtol=1e-5, check_exact=False)
    assert one["train_loss"].nunique() == 3


@pytest.mark.slow
def test_one_process_s_error_ends_all_with_its_line(workplace):
    path = workplace / "exp_configs/brief.py"
    fault = "\n\ndef loss(logits, target):\n    import os\n    return logits.mean() / (1 - int(os.environ['RANK']))\n"
    path.write_text(path.read_text() + fault.replace("/ (1 -", "+ 1 // (1 -"))
    process = tool("run_train.py", *CHOICE, "--device", "cpu", launcher=TWO)
    output, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode != 0
    assert "loss(logits, target) raised ZeroDivisionError" in output
