"""Mistakes in the code of a user's configs, and the exact line that tells each: --check finds them all."""

# ruff: noqa: E501 (messages stand here as the user sees them)

import inspect
import json
import pickle
import re
from pathlib import Path

import pytest
import torch
from workplaces import CHOICE

import pyvideoai
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError
from pyvideoai.predictor import load_config

MODEL = '''"""A mean colour and a linear layer."""
import torch
from torch import nn

from pyvideoai.models.normalise import Normalise

clip = (4, 2)
normalise = Normalise(mean=(114.75, 114.75, 114.75), std=(57.375, 57.375, 57.375))


class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.fc = nn.Linear(3, classes)

    def forward(self, clips):
        return self.fc(clips.mean((2, 3, 4)))


def load_model(num_classes):
    return Net(num_classes)
'''
FORWARD, MAKE = "return self.fc(clips.mean((2, 3, 4)))", "return Net(num_classes)"
OPTIMISER = "return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)"
GIVEN = "load_model's network, given float32 (4, 3, 4, 32, 32),"
INT = "int('x')"
INVALID = "raised ValueError: invalid literal for int() with base 10: 'x'"
NO_RETURN = "; is its return missing?"

# (text of model_configs/small.py, what stands in its place, message)
IN_MODEL = [
    (
        FORWARD,
        "return self.fc(clips)",
        f"model_configs/small.py:17: {GIVEN} raised RuntimeError: mat1 and mat2 shapes cannot be multiplied (1536x32 and 3x2)",
    ),
    (
        FORWARD,
        "return self.head(clips)",
        f"model_configs/small.py:17: {GIVEN} raised AttributeError: 'Net' object has no attribute 'head'",
    ),
    (
        FORWARD,
        "return None",
        "model_configs/small.py:20: load_model's network returned None; it must return logits of shape (4, 2)",
    ),
    (
        FORWARD,
        "return [self.fc(clips.mean((2, 3, 4)))]",
        "model_configs/small.py:20: load_model's network returned a list; it must return logits of shape (4, 2)",
    ),
    (
        FORWARD,
        "return self.fc(clips.mean((2, 3, 4)))[0]",
        "model_configs/small.py:20: load_model's network returned a Tensor of shape (2,); it must return logits of shape (4, 2)",
    ),
    (
        FORWARD,
        "return self.fc(clips.mean((2, 3, 4)))[:1]",
        "model_configs/small.py:20: load_model's network returned logits (1, 2) for 4 clips",
    ),
    (
        FORWARD,
        "return self.fc(clips.mean((2, 3, 4)).detach()).detach()",
        "model_configs/small.py:20: load_model's network returned logits without a gradient: it runs under no_grad, or detaches them",
    ),
    (
        FORWARD,
        FORWARD + " * float('nan')",
        "the loss of the first step is nan, which ends a run; look at the network and its loss",
    ),
    (
        MAKE,
        "return Net(num_classes + 3)",
        "model_configs/small.py:20: load_model's network has 5 outputs for 2 classes of the dataset; make it with num_classes outputs",
    ),
    (
        MAKE,
        "return Net(1)",
        "model_configs/small.py:20: load_model's network has 1 output for 2 classes of the dataset; make it with num_classes outputs",
    ),
    (
        MAKE,
        "Net(num_classes)",
        "model_configs/small.py:20: load_model(num_classes) returned None; it must return a torch.nn.Module"
        + NO_RETURN,
    ),
    (
        MAKE,
        "return Net",
        "model_configs/small.py:20: load_model(num_classes) returned the class Net itself; it must return a torch.nn.Module; write Net(...)",
    ),
    (
        MAKE,
        "return [Net(num_classes)]",
        "model_configs/small.py:20: load_model(num_classes) returned a list; it must return a torch.nn.Module",
    ),
    (MAKE, "return Net(int('x'))", f"model_configs/small.py:21: load_model(num_classes) {INVALID}"),
    (
        MAKE,
        "return Net()",
        "model_configs/small.py:21: load_model(num_classes) raised TypeError: Net.__init__() missing 1 required positional argument: 'classes'",
    ),
    (
        "nn.Linear(3, classes)",
        "nn.Linear(3, classes).requires_grad_(False)",
        "exp_configs/brief.py:19: optimiser(model) trains nothing: it holds no parameter with requires_grad",
    ),
]

# (what is added to exp_configs/brief.py after its 20 lines, message)
IN_EXPERIMENT = [
    (
        "def loss(logits, target):\n    return logits / 0 + int('x')\n",
        f"exp_configs/brief.py:23: loss(logits, target) {INVALID}",
    ),
    (
        "def loss(logits, target):\n    return torch.nn.functional.cross_entropy(logits, target, reduction='none')\n",
        "exp_configs/brief.py:22: loss(logits, target) returned a Tensor of shape (4,); it must return one number as a tensor of shape (), such as a mean over the clips",
    ),
    (
        "def loss(logits, target):\n    torch.nn.functional.cross_entropy(logits, target)\n",
        "exp_configs/brief.py:22: loss(logits, target) returned None; it must return one number as a tensor of shape (), such as a mean over the clips"
        + NO_RETURN,
    ),
    (
        "def loss(logits, target):\n    return logits.mean().item() and 0.5\n",
        "exp_configs/brief.py:22: loss(logits, target) returned 0.5; it must return one number as a tensor of shape (), such as a mean over the clips",
    ),
    (
        "def loss(logits, target):\n    return (logits.argmax(1) != target).float().mean()\n",
        "exp_configs/brief.py:22: loss(logits, target) returned a loss without a gradient; compute it from logits without detach(), item() or argmax()",
    ),
    (
        "def wrap_model(model):\n    model.eval\n",
        "exp_configs/brief.py:22: wrap_model(model) returned None; it must return a torch.nn.Module" + NO_RETURN,
    ),
    (
        "def wrap_model(model):\n    return torch.nn.Sequential(model, torch.nn.Linear(2, 7))\n",
        "exp_configs/brief.py:22: wrap_model's network has 7 outputs for 2 classes of the dataset; make it with num_classes outputs",
    ),
    (
        "def lr_factor(epoch):\n    return float('nan')\n",
        "exp_configs/brief.py:22: lr_factor(epoch) returned nan; it must return a float of at least 0",
    ),
    (
        "def lr_factor(epoch):\n    return 1 - epoch\n",
        "exp_configs/brief.py:22: lr_factor(epoch) returned -0.4375; it must return a float of at least 0",
    ),
    (
        "def lr_factor(epoch):\n    return '0.1'\n",
        "exp_configs/brief.py:22: lr_factor(epoch) returned '0.1'; it must return a float of at least 0",
    ),
    (
        "def lr_factor(epoch):\n    0.1 ** epoch\n",
        "exp_configs/brief.py:22: lr_factor(epoch) returned None; it must return a float of at least 0" + NO_RETURN,
    ),
    (
        "def lr_factor(epoch):\n    return [1, 0.1][int(epoch)]\n",
        "exp_configs/brief.py:23: lr_factor(epoch) raised IndexError: list index out of range",
    ),
    (
        "def scheduler(optimiser):\n    return None\n",
        "exp_configs/brief.py:22: scheduler(optimiser) returned None; it must return EachStep(...), EachEpoch(...) or OnPlateau(..., on='val/top1') around the torch scheduler (pyvideoai.optim.schedules)"
        + NO_RETURN,
    ),
    (
        "def sampler(table):\n    return [1, 2]\n",
        "exp_configs/brief.py:22: sampler(table) returned [1, 2]; it must return 32 weights of at least 0, one for each row of the training table, not all of them 0",
    ),
    (
        "def sampler(table):\n    return table['lable']\n",
        "exp_configs/brief.py:23: sampler(table) raised KeyError: 'lable'",
    ),
]

LR = "torch.optim.lr_scheduler"
METRIC = """
from pyvideoai.metrics import Metric


class Worst(Metric):
    def __call__(self, outcomes):
        {}


metrics = [Worst()]
"""
IN_EXPERIMENT += [
    (
        f"def scheduler(optimiser):\n    return {LR}.StepLR(optimiser, 1)\n",
        "exp_configs/brief.py:22: scheduler(optimiser) returned a StepLR; it must return EachStep(...), EachEpoch(...) or OnPlateau(..., on='val/top1') around the torch scheduler (pyvideoai.optim.schedules)",
    ),
    (
        f"from pyvideoai.optim.schedules import EachStep\ndef scheduler(optimiser):\n    return EachStep({LR}.StepLR)\n",
        "exp_configs/brief.py:23: scheduler(optimiser) wraps the class StepLR itself in EachStep, not a torch scheduler",
    ),
    (
        f"from pyvideoai.optim.schedules import EachStep\ndef scheduler(optimiser):\n    return EachStep({LR}.ReduceLROnPlateau(optimiser))\n",
        "exp_configs/brief.py:23: scheduler(optimiser) wraps a ReduceLROnPlateau in EachStep; it needs OnPlateau(..., on='val/top1')",
    ),
    (
        f"from pyvideoai.optim.schedules import OnPlateau\ndef scheduler(optimiser):\n    return OnPlateau({LR}.StepLR(optimiser, 1), on='val/loss')\n",
        "exp_configs/brief.py:23: scheduler(optimiser) wraps a StepLR in OnPlateau; it needs EachStep(...) or EachEpoch(...)",
    ),
    (
        f"from pyvideoai.optim.schedules import EachStep\n_other = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1)\ndef scheduler(optimiser):\n    return EachStep({LR}.StepLR(_other, 1))\n",
        "exp_configs/brief.py:24: scheduler(optimiser) made a schedule of another optimiser than the one it was given",
    ),
    (
        f"from pyvideoai.optim.schedules import EachStep\ndef scheduler(optimiser):\n    return EachStep({LR}.LambdaLR(optimiser, lambda step: [1][step]))\n",
        "exp_configs/brief.py:24: the scheduler's step raised IndexError: list index out of range",
    ),
    (
        f"from pyvideoai.optim.schedules import EachEpoch\ndef scheduler(optimiser):\n    return EachEpoch({LR}.LambdaLR(optimiser, lambda epoch: [1][epoch]))\n",
        "exp_configs/brief.py:24: the scheduler's step raised IndexError: list index out of range",
    ),
    (
        "def on_epoch_end(state):\n    return state.history[-1]['val/acc'] > 99\n",
        "exp_configs/brief.py:23: on_epoch_end(state) raised KeyError: 'val/acc'",
    ),
    (
        "def on_epoch_end(state):\n    return 'no'\n",
        "exp_configs/brief.py:22: on_epoch_end(state) returned 'no'; it must return True or False or None",
    ),
    (
        METRIC.format("return outcomes.predictd[0]"),
        "exp_configs/brief.py:28: the metric Worst raised AttributeError: 'Outcomes' object has no attribute 'predictd'; did you mean 'predicted'?",
    ),
    (
        METRIC.format("return torch.zeros(2)"),
        "exp_configs/brief.py:31: the metric Worst returned a Tensor of shape (2,); it must return one number",
    ),
    (
        METRIC.format("return outcomes.probabilities"),
        "exp_configs/brief.py:31: the metric Worst returned a ndarray of shape (4, 2); it must return one number",
    ),
    (
        METRIC.format("outcomes.losses.mean()"),
        "exp_configs/brief.py:31: the metric Worst returned None; it must return one number",
    ),
    (
        METRIC.format("return '7 %'"),
        "exp_configs/brief.py:31: the metric Worst returned '7 %'; it must return one number",
    ),
    (
        METRIC.format("return outcomes.losses[5]"),
        "exp_configs/brief.py:28: the metric Worst raised IndexError: index 5 is out of bounds for axis 0 with size 4",
    ),
    (
        "loss = torch.nn.CrossEntropyLoss(torch.ones(3))\n",
        "exp_configs/brief.py:22: loss(logits, target) raised RuntimeError: weight tensor should be defined either for all 2 classes or no classes but got weight tensor of shape: [3]",
    ),
    (
        "class Worst:\n    def __call__(self, outcomes):\n        return 1\n\n\nmetrics = [Worst()]\n",
        "exp_configs/brief.py:27: metrics[0] takes a Metric, not a Worst",
    ),
    (
        "from pyvideoai.metrics import Top1\n\nmetrics = [Top1]\n",
        "exp_configs/brief.py:24: metrics[0] takes a Metric, not the class Top1 itself; write Top1(...)",
    ),
]

# (what stands in the place of the optimiser's return, message)
OPTIMISERS = [
    (
        "torch.optim.SGD(model.parameters(), lr=0.1)",
        "optimiser(model) returned None; it must return a torch.optim.Optimizer" + NO_RETURN,
        19,
    ),
    (
        "return torch.optim.SGD",
        "optimiser(model) returned the class SGD itself; it must return a torch.optim.Optimizer; write SGD(...)",
        19,
    ),
    (
        "return [torch.optim.SGD(model.parameters(), lr=0.1)]",
        "optimiser(model) returned a list; it must return a torch.optim.Optimizer",
        19,
    ),
    (
        "return torch.optim.SGD([], lr=0.1)",
        "optimiser(model) raised ValueError: optimizer got an empty parameter list",
        20,
    ),
    (
        "return torch.optim.SGD([{'params': []}], lr=0.1)",
        "optimiser(model) trains nothing: it holds no parameter with requires_grad",
        19,
    ),
    (
        "return torch.optim.SGD(torch.nn.Linear(3, 2).parameters(), lr=0.1)",
        "optimiser(model) trains 2 of 2 tensors that are not parameters of model; a run neither saves nor scores them",
        19,
    ),
    (
        "return torch.optim.SGD([*model.parameters(), torch.zeros(1, requires_grad=True)], lr=0.1)",
        "optimiser(model) trains 1 of 3 tensors that are not parameters of model; a run neither saves nor scores them",
        19,
    ),
    (
        "return torch.optim.SGD(model.parameters(), lr=-1)",
        "optimiser(model) raised ValueError: Invalid learning rate: -1",
        20,
    ),
    (
        "return torch.optim.SGD(model.paramters(), lr=0.1)",
        "optimiser(model) raised AttributeError: 'Net' object has no attribute 'paramters'; did you mean 'parameters' or 'get_parameter' or 'named_parameters'?",
        20,
    ),
    (
        "return torch.optim.LBFGS(model.parameters())",
        "the optimiser's step raised TypeError: LBFGS.step() missing 1 required positional argument: 'closure'",
        19,
    ),
]

CLASSES, SPLITS = 'return ["red", "blue"]', 'return {name: f"{name}.csv" for name in ("train", "val", "test")}'
# (text of dataset_configs/colours.py, what stands in its place, message)
IN_DATASET = [
    (
        CLASSES,
        "['red', 'blue']",
        "dataset_configs/colours.py:7: classes() returned None; it must return a list, each text" + NO_RETURN,
    ),
    (
        CLASSES,
        "return 'red'",
        "dataset_configs/colours.py:7: classes() returned 'red'; it must return a list, each text",
    ),
    (
        CLASSES,
        "return [1, 2]",
        "dataset_configs/colours.py:7: classes() returned [1, 2]; it must return a list, each text",
    ),
    (
        CLASSES,
        "return open('classes.txt').read().split()",
        "dataset_configs/colours.py:8: classes() raised FileNotFoundError: [Errno 2] No such file or directory: 'classes.txt'",
    ),
    (
        SPLITS,
        "return ['train.csv', 'val.csv']",
        "dataset_configs/colours.py:11: splits() returned ['train.csv', 'val.csv']; it must return a dict of text to anything",
    ),
    (
        SPLITS,
        "{'train': 'train.csv'}",
        "dataset_configs/colours.py:11: splits() returned None; it must return a dict of text to anything" + NO_RETURN,
    ),
    (
        SPLITS,
        "return {'train': ['a.mp4'], 'val': 'val.csv'}",
        "dataset_configs/colours.py:11: splits() returned ['a.mp4']; it must return a DataFrame or the path of a CSV as train",
    ),
    (
        SPLITS,
        "return {'trian': 'train.csv'}",
        "dataset_configs/colours.py:11: splits() returned a split 'trian'; did you mean 'train'?",
    ),
    (SPLITS, "return {'val': 'val.csv'}", "dataset_configs/colours.py:11: splits() returned no train split"),
    (
        SPLITS,
        "return {'train': pd.read_csv('nope.csv')}",
        "dataset_configs/colours.py:12: splits() raised FileNotFoundError: [Errno 2] No such file or directory: 'nope.csv'",
    ),
    (
        SPLITS,
        SPLITS + "\n\ndef prepare():\n    1 / 0",
        "dataset_configs/colours.py:15: prepare() raised ZeroDivisionError: division by zero",
    ),
    (
        SPLITS,
        SPLITS + "\n\ndef group(row):\n    row.video",
        "dataset_configs/colours.py:14: group(row) returned None; it must return what the videos of one group share, such as a person's name"
        + NO_RETURN,
    ),
    (
        SPLITS,
        SPLITS + "\n\ndef group(row):\n    return row.person",
        "dataset_configs/colours.py:15: group(row) raised AttributeError: 'Pandas' object has no attribute 'person'",
    ),
    (
        SPLITS,
        SPLITS + "\n\ndef target(row, frame_indices):\n    return 2",
        "dataset_configs/colours.py:14: target(row, frame_indices) returned 2; it must return a label from 0 to 1",
    ),
    (
        SPLITS,
        SPLITS + "\n\ndef target(row, frame_indices):\n    return 'red'",
        "dataset_configs/colours.py:14: target(row, frame_indices) returned 'red'; it must return a label from 0 to 1",
    ),
    (
        SPLITS,
        SPLITS + "\n\ndef target(row, frame_indices):\n    row.label",
        "dataset_configs/colours.py:14: target(row, frame_indices) returned None; it must return a label from 0 to 1"
        + NO_RETURN,
    ),
    (
        SPLITS,
        SPLITS + "\n\ndef target(row, frame_indices):\n    return row.lable",
        "dataset_configs/colours.py:15: target(row, frame_indices) raised AttributeError: 'types.SimpleNamespace' object has no attribute 'lable'; did you mean 'label'?",
    ),
]


@pytest.fixture
def place(workplace: Path) -> Path:
    """The workplace, with a network that is made and run in no time."""
    (workplace / "model_configs/small.py").write_text(MODEL)
    return workplace


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new))


def add(path: str, text: str) -> None:
    Path(path).write_text(f"{Path(path).read_text()}\n{text}")


def message(*arguments: str) -> str:
    with pytest.raises(UserError) as caught:
        train_command.main([*CHOICE, *arguments])
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("old", "new", "expected"), IN_MODEL)
def test_mistakes_in_a_model(place, old, new, expected):
    edit("model_configs/small.py", old, new)
    assert message("--check") == expected


@pytest.mark.parametrize(("added", "expected"), IN_EXPERIMENT)
def test_mistakes_in_an_experiment(place, added, expected):
    add("exp_configs/brief.py", added)
    assert message("--check") == expected


@pytest.mark.parametrize(("written", "expected", "line"), OPTIMISERS)
def test_mistakes_in_an_optimiser(place, written, expected, line):
    edit("exp_configs/brief.py", OPTIMISER, written)
    assert message("--check") == f"exp_configs/brief.py:{line}: {expected}"


@pytest.mark.parametrize(("old", "new", "expected"), IN_DATASET)
def test_mistakes_in_a_dataset(place, old, new, expected):
    edit("dataset_configs/colours.py", old, new)
    assert message("--check") == expected


def test_a_backward_pass_that_fails_is_the_network_s(place):
    edit("model_configs/small.py", FORWARD, "return torch.exp(self.fc(clips.mean((2, 3, 4)))).add_(1)")
    told = message("--check")
    begins = "model_configs/small.py:20: the backward pass of load_model's network raised RuntimeError: one of the var"
    assert told.startswith(begins)


CALLED = """
import json
from pathlib import Path

from pyvideoai.metrics import Metric


def _note(what):
    file = Path("called.json")
    file.write_text(json.dumps([*(json.loads(file.read_text()) if file.exists() else []), what]))


class Noted(Metric):
    percent = False

    def __call__(self, outcomes):
        _note(f"metric of {len(outcomes.labels)}")
        return 7


metrics = [Noted()]


def loss(logits, target):
    _note("loss in training" if logits.requires_grad else "loss in validation")
    return torch.nn.functional.cross_entropy(logits, target)


def lr_factor(epoch):
    _note(f"lr_factor of {epoch}")
    return 1 - epoch / num_epochs


def on_epoch_end(state):
    _note(f"on_epoch_end of {', '.join(name for name in state.history[0] if '/' in name)}")
    return True
"""


def test_check_calls_what_a_run_calls_and_says_so_part_by_part(place, capsys):
    add("exp_configs/brief.py", CALLED)
    assert train_command.main([*CHOICE, "--check"]) == 0
    calls = list(dict.fromkeys(json.loads(Path("called.json").read_text())))
    assert calls == [
        *["lr_factor of 0.0", "loss in training", "metric of 4", "loss in validation", "metric of 6", "metric of 8"],
        *["lr_factor of 1.4375", "lr_factor of 2.875"],
        "on_epoch_end of train/loss, train/noted, val/loss, val/noted",
    ]
    lines = capsys.readouterr().out.splitlines()
    passed = [line.removeprefix("ok  ") for line in lines if line.startswith("ok  ")]
    names = ["folders", "paths", "network and optimiser", "videos", "training step", "validation", "final score"]
    assert [line.partition(": ")[0] for line in passed] == [*names, "schedule", "end of an epoch", "checkpoint"]
    assert passed[5].startswith("validation: 6 of 6 videos of val, 1 clip x 1 crop = 1 view: loss ")
    assert passed[5].endswith(", noted 7.000")
    assert passed[7] == "schedule: lr_factor is 1 in the first step, 0.521 in the middle, 0.0417 in the last"
    assert passed[8] == "end of an epoch: on_epoch_end was called once with these values and says stop"
    assert lines[-1] == "nothing was trained or written" and not Path("data").exists()


@pytest.mark.parametrize(
    ("root", "at"), [("train.csv", "train.csv"), ("train.csv/deep/er", "train.csv"), ("/proc", "/proc")]
)
def test_a_root_that_can_not_be_written_is_told_before_anything_is_built(place, root, at):
    base = Path(root).absolute() / "colours/small/brief"
    assert message("--check", "-R", root).startswith(f"{base} can't be written at {Path(at).absolute()}: ")
    assert message("-R", root).startswith(f"{base}")


def test_training_tells_the_same_line_and_keeps_the_cause(place):
    edit("model_configs/small.py", FORWARD, "return self.fc(clips)")
    with pytest.raises(UserError) as caught:
        train_command.main([*CHOICE, "-e", "1"])
    assert str(caught.value) == IN_MODEL[0][2]
    assert isinstance(caught.value.__cause__, RuntimeError)
    assert not list(Path().rglob("version_*"))
    edit("model_configs/small.py", "return self.fc(clips)", FORWARD)
    edit("model_configs/small.py", MAKE, "return Net(num_classes + 3)")
    assert message("-e", "1").endswith("has 5 outputs for 2 classes of the dataset; make it with num_classes outputs")


def test_evaluation_and_prediction_tell_of_outputs_that_are_no_classes(place):
    assert train_command.main([*CHOICE, "-e", "1", "-S", "good"]) == 0
    folder = "data/experiments/colours/small/brief/good"
    snapshot = f"{folder}/version_000/configs/model_configs/small.py"
    edit(snapshot, FORWARD, f"{FORWARD}.repeat(1, 2)")
    told = "model_configs/small.py:20: load_model's network has 4 outputs for 2 classes of the dataset; "
    with pytest.raises(UserError, match=re.escape(told)):
        eval_command.main(["--from", folder])
    with pytest.raises(UserError, match=re.escape(told)):
        pyvideoai.load(folder).predict("clips/test_red_0.mp4")
    edit(snapshot, ".repeat(1, 2)", "[:, None].repeat(1, 5, 1)")
    assert eval_command.main(["--from", folder]) == 0


def test_positions_are_for_tests_only(place):
    edit("model_configs/small.py", FORWARD, f"{FORWARD}[:, None].repeat(1, 5, 1)")
    told = "model_configs/small.py:20: load_model's network returned a Tensor of shape (4, 5, 2); it must return logits of "
    assert message("--check") == f"{told}shape (4, 2)"


def test_a_multi_label_model_of_other_outputs_is_told(place):
    edit("dataset_configs/colours.py", 'root = "clips"', 'root, multi_label = "clips", True')
    edit("model_configs/small.py", MAKE, "return Net(3)")
    assert message("--check").startswith("model_configs/small.py:20: load_model's network has 3 outputs for 2 classes")


@pytest.mark.parametrize("where", ["", " if not self.training else self.fc(clips.mean((2, 3, 4)))"])
def test_a_softmax_at_the_network_s_end_is_warned_of_once(place, capsys, where):
    assert train_command.main([*CHOICE, "-e", "2", "-S", "good"]) == 0
    assert "probabilities" not in capsys.readouterr().out
    edit("model_configs/small.py", FORWARD, f"{FORWARD}.softmax(1){where}")
    assert train_command.main([*CHOICE, "-e", "2", "-S", "twice"]) == 0
    assert capsys.readouterr().out.count("WARNING: the network returns probabilities, which sum to 1. It must") == 1
    assert eval_command.main(["--from", "data/experiments/colours/small/brief/twice"]) == 0
    assert "WARNING: the network returns probabilities" in capsys.readouterr().out


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_a_mistake_in_a_worker_is_the_same_line(place, method):
    add("dataset_configs/colours.py", "\ndef target(row, frame_indices):\n    return row.lable\n")
    told = message("--check", "--workers", "1", "--set", f"start_method={method}")
    name = "dataset_configs/colours.py:16: target(row, frame_indices)"
    assert (
        told
        == f"{name} raised AttributeError: 'types.SimpleNamespace' object has no attribute 'lable'; did you mean 'label'?"
    )


def test_the_user_s_own_file_beside_the_configs_is_named_and_the_hook_with_it(place, monkeypatch):
    Path("my_losses.py").write_text("def careful(logits):\n    return logits.maen()\n")
    monkeypatch.syspath_prepend(str(place))
    add(
        "exp_configs/brief.py",
        "from my_losses import careful\n\n\ndef loss(logits, target):\n    return careful(logits)\n",
    )
    told = (
        "my_losses.py:2: loss(logits, target) raised AttributeError: 'Tensor' object has no attribute 'maen'; did you"
    )
    assert message("--check").startswith(told)
    assert message("--check").endswith("; the config's line is exp_configs/brief.py:25")


OWN_VALUES = [
    (
        "class Odd(Dense):\n    def train(self, num_frames, fps, rng):\n        return {}\n\n\ntrain_clip = Odd(4, 2)\n",
        "exp_configs/brief.py:24: a step of train_clip or train_pixels raised {}",
    ),
    (
        "class Odd(Dense):\n    def test(self, num_frames, fps, view, views):\n        return {}\n\n\ntrain_clip = Odd(4, 2)\n",
        "exp_configs/brief.py:24: a step of train_clip or train_pixels raised {}",
    ),
    (
        "class Odd:\n    def step(self, region, rng):\n        return {}\n\n\ntrain_pixels = [Odd(), RandomCrop(32)]\n",
        "exp_configs/brief.py:24: a step of train_pixels raised {}",
    ),
    (
        "class Odd:\n    def draw(self, *given):\n        return {}\n\n    def apply(self, *given):\n        return 0\n\n\naugment = [Odd()]\n",
        "exp_configs/brief.py:24: a step of augment or mix raised {}",
    ),
]


@pytest.mark.parametrize(("added", "expected"), OWN_VALUES)
def test_values_of_the_user_s_own_classes_are_told_too(place, added, expected):
    edit("exp_configs/brief.py", "train_clip = Dense(*model_cfg.clip)\n", "")
    edit("exp_configs/brief.py", "train_pixels = [ShortSideJitter(32, 40), RandomCrop(32), HorizontalFlip()]\n", "")
    given = [] if "train_clip" in added else ["train_clip = Dense(4, 2)"]
    given += [] if "train_pixels" in added else ["train_pixels = [RandomCrop(32)]"]
    add("exp_configs/brief.py", "\n".join([added.format("[][3]"), *given, ""]))
    expected = expected.replace(":24:", ":22:")
    assert message("--check") == expected.format("IndexError: list index out of range")


def test_a_bug_of_ours_stays_a_traceback(place):
    add("exp_configs/brief.py", "from pyvideoai.metrics import Top1\n\nmetrics = [Top1()]\n")
    guard = load_config("colours", "small", "brief").exp.guard("metrics")
    with pytest.raises(IndexError):
        guard.run(eval, "[][3]")


def test_parameters_that_the_optimiser_was_not_given_are_counted(place, capsys):
    edit("exp_configs/brief.py", "SGD(model.parameters()", "SGD([model.fc.weight]")
    assert train_command.main([*CHOICE, "--check"]) == 0
    assert "SGD trains 6 parameters; 2 left out: learning rate 0.05" in capsys.readouterr().out


def test_what_is_no_mistake_of_the_code_passes_through(place):
    text = Path("exp_configs/brief.py").read_text()
    for error in ("KeyboardInterrupt", "MemoryError", "torch.OutOfMemoryError"):
        Path("exp_configs/brief.py").write_text(text)
        add("exp_configs/brief.py", f"def loss(logits, target):\n    raise {error}('full')\n")
        with pytest.raises((KeyboardInterrupt, MemoryError, torch.OutOfMemoryError)) as caught:
            train_command.main([*CHOICE, "--check"])
        assert type(caught.value).__name__ == error.rpartition(".")[2]


def test_a_state_that_can_not_be_resumed_is_told_before_training(place):
    add(
        "exp_configs/brief.py",
        """
from pathlib import Path

from pyvideoai.optim import EachEpoch


class Own(torch.optim.lr_scheduler.StepLR):
    def state_dict(self):
        return {"where": Path("here")}


def scheduler(optimiser):
    return EachEpoch(Own(optimiser, 1))
""",
    )
    told = (
        "the state of the schedule holds more than tensors, numbers, text, lists and dicts, and could not be resumed: "
    )
    assert message("--check").startswith(told)


def test_a_guarded_hook_is_a_function_to_inspect_and_pickle(place):
    add("exp_configs/brief.py", "def lr_factor(epoch):\n    return 1.0\n")
    hook = load_config("colours", "small", "brief").exp.lr_factor
    assert hook(1) == 1.0 and inspect.signature(hook) == inspect.signature(hook.__wrapped__)
    assert pickle.loads(pickle.dumps(hook))(1) == 1.0
