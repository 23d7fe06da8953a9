"""Mistakes in the code of a user's configs, and the exact line that tells each: --check finds them all."""

# ruff: noqa: E501 (messages stand here as the user sees them)

from pathlib import Path

import pytest
from workplaces import CHOICE

from pyvideoai.engine import train_command
from pyvideoai.errors import UserError

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
        MAKE,
        "return Net(num_classes + 3)",
        "model_configs/small.py:20: load_model's network has 5 outputs for the 2 classes of the dataset; make it with num_classes outputs",
    ),
    (
        MAKE,
        "return Net(1)",
        "model_configs/small.py:20: load_model's network has 1 outputs for the 2 classes of the dataset; make it with num_classes outputs",
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
        "exp_configs/brief.py:22: wrap_model's network has 7 outputs for the 2 classes of the dataset; make it with num_classes outputs",
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
        "exp_configs/brief.py:22: scheduler(optimiser) returned None; it must return EachStep(...), EachEpoch(...) or OnPlateau(..., on='val/top1') around the torch scheduler (pyvideoai.engine.schedules)"
        + NO_RETURN,
    ),
    (
        "def sampler(table):\n    return [1, 2]\n",
        "exp_configs/brief.py:22: sampler(table) returned a list; it must return 32 weights of at least 0, one for each row of the training table, not all of them 0",
    ),
    (
        "def sampler(table):\n    return table['lable']\n",
        "exp_configs/brief.py:23: sampler(table) raised KeyError: 'lable'",
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


def test_a_backward_pass_that_fails_is_the_network_s(place):
    edit("model_configs/small.py", FORWARD, "return torch.exp(self.fc(clips.mean((2, 3, 4)))).add_(1)")
    told = message("--check")
    begins = "model_configs/small.py:20: the backward pass of load_model's network raised RuntimeError: one of the var"
    assert told.startswith(begins)
