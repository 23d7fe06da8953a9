"""Two processes train as one does at the same global batch, where that is promised: batch norm frozen, no dropout.

So do two machines, here two launchers that meet on this one. And one process's error ends all of them, with its line
and a code that is not 0.
"""

import json
import socket
from pathlib import Path

import pandas as pd
import pytest
from workplaces import CHOICE, VERSION, tool

from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command

TWO = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2")
EQUAL = ["--set", "bn=frozen", "--set", "model.dropout=0", "--device", "cpu"]
HANGS_S = 400


def assert_losses_are_equal(*names: str) -> None:
    one, two = (pd.read_csv(VERSION.parent / name / "version_000/summary.csv") for name in names)
    for column in ("train_loss", "val_loss"):
        pd.testing.assert_series_equal(two[column], one[column], rtol=1e-5, check_exact=False)
    assert one["train_loss"].nunique() == 3


def on_two_nodes(name: str, *arguments: str) -> list[str]:
    """Run a tool as two machines would, a process each; return what they print."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    meet = ("--nnodes", "2", "--nproc_per_node", "1", "--master_addr", "127.0.0.1", "--master_port", str(port))
    launchers = [("-m", "torch.distributed.run", *meet, "--node_rank", str(rank)) for rank in range(2)]
    nodes = [tool(name, *arguments, launcher=launcher) for launcher in launchers]
    outputs = [node.communicate(timeout=HANGS_S)[0] for node in nodes]
    assert [node.returncode for node in nodes] == [0, 0], "".join(outputs)
    return outputs


@pytest.mark.slow
def test_two_nodes_train_and_evaluate_as_one(workplace):
    train_command.main([*CHOICE, *EQUAL, "-S", "one"])
    main, other = on_two_nodes("run_train.py", *CHOICE, *EQUAL, "-S", "nodes")
    assert "4 = 2 clips x 2 processes x 1 accumulated; 8 steps an epoch" in main and "epoch 1/3" not in other
    assert_losses_are_equal("one", "nodes")
    version = VERSION.parent / "nodes/version_000"
    choice = ["--from", str(version), "-l", "last", "-m", "multicrop", "--device", "cpu", "--out"]
    on_two_nodes("run_eval.py", *choice, "nodes.json")
    eval_command.main([*choice, "one.json"])
    one, nodes = (json.loads(Path(f"{name}.json").read_text()) for name in ("one", "nodes"))
    assert one["videos"] == nodes["videos"] == 10
    assert nodes["metrics"] == pytest.approx(one["metrics"], rel=1e-5)


@pytest.mark.slow
def test_the_losses_of_24_steps_are_one_process_s(workplace):
    train_command.main([*CHOICE, *EQUAL, "-S", "one"])
    process = tool("run_train.py", *CHOICE, *EQUAL, "-S", "two", launcher=TWO)
    output, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode == 0, output
    assert "4 = 2 clips x 2 processes x 1 accumulated; 8 steps an epoch" in output
    assert_losses_are_equal("one", "two")


@pytest.mark.slow
def test_one_process_s_error_ends_all_with_its_line(workplace):
    path = workplace / "exp_configs/brief.py"
    fault = "\n\ndef loss(logits, target):\n    import os\n    return logits.mean() / (1 - int(os.environ['RANK']))\n"
    path.write_text(path.read_text() + fault.replace("/ (1 -", "+ 1 // (1 -"))
    process = tool("run_train.py", *CHOICE, "--device", "cpu", launcher=TWO)
    output, _ = process.communicate(timeout=HANGS_S)
    assert process.returncode != 0
    assert "loss(logits, target) raised ZeroDivisionError" in output
