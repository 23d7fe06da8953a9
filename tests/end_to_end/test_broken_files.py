"""A folder whose files were damaged or edited: each is one line that names the file, and nothing is trained or lost."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

import pyvideoai
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError

WRONG = (None, "text", -1, [], [1], {}, {"x": 1}, torch.zeros(2, 3))
FEW_OR_ALL = pytest.mark.parametrize("values", [2, pytest.param(len(WRONG), marks=pytest.mark.slow)])


def line(call: Callable[[], object], file: Path) -> None:
    with pytest.raises(UserError) as error:
        call()
    names = (file.name, "last.pth", "best.pth") if file.suffix == ".pth" else (file.name,)
    assert any(f"{name}" in str(error.value) for name in names) and "\n" not in str(error.value), str(error.value)


def resume(version: Path) -> Callable[[], int]:
    return lambda: train_command.main(["-l", str(version), "-e", "2"])


def changed(content: dict, values: int, wrong: tuple = WRONG) -> Iterator[tuple[str, dict]]:
    """The content without each of its names, and with so many `values` of another type, others for each name."""
    for place, (name, value) in enumerate(content.items()):
        without = {key: each for key, each in content.items() if key != name}
        yield f"without {name}", without
        others = [each for each in wrong if type(each) is not type(value)]
        for number in range(min(values, len(others))):
            other = others[(place * values + number) % len(others)]
            yield f"{name} = {other}", {**without, name: other}


def deep(content: dict) -> Iterator[tuple[str, dict]]:
    """A checkpoint with one thing wrong further down."""
    cases: dict[str, Callable[[dict], Any]] = {
        "no weight": lambda each: each["model"].popitem(),
        "another weight": lambda each: each["model"].update(other=torch.zeros(1)),
        "a shape": lambda each: each["model"].update({next(iter(each["model"])): torch.zeros(1, 2)}),
        "text for a weight": lambda each: each["model"].update({next(iter(each["model"])): "x"}),
        "a number for a name": lambda each: each["model"].update({3: torch.zeros(1)}),
        "another class": lambda each: each["classes"].reverse(),
        "no group": lambda each: each["optimiser"]["param_groups"].clear(),
        "no rate": lambda each: each["optimiser"]["param_groups"][0].pop("lr"),
        "text for a rate": lambda each: each["optimiser"]["param_groups"][0].update(lr="x"),
        "fewer parameters": lambda each: each["optimiser"]["param_groups"][0]["params"].pop(),
        "no momentum": lambda each: each["optimiser"]["state"][0].clear(),
        "text for momentum": lambda each: each["optimiser"]["state"][0].update(momentum_buffer="x"),
        "momentum of another": lambda each: each["optimiser"]["state"].update({0: each["optimiser"]["state"][1]}),
        "another epoch": lambda each: each.update(epoch=5),
        "no history": lambda each: each["progress"]["history"].clear(),
        "text in the history": lambda each: each["progress"]["history"][0].update({"val/loss": "x"}),
        "more progress": lambda each: each["progress"].update(more=1),
    }
    for name, break_it in cases.items():
        broken = copy.deepcopy(content)
        break_it(broken)
        yield name, broken


@FEW_OR_ALL
def test_a_checkpoint_with_anything_else_in_it_is_not_resumed(trained, values):
    path = trained / "weights/epoch_0001.pth"
    whole = torch.load(path, weights_only=True)
    tops = [("a list", [whole]), ("nothing", {}), ("weights only", whole["model"])]
    names = [(name, each) for name, each in changed(whole, values) if "names" not in name]
    parts = [
        (f"{part}: {name}", {**whole, part: each})
        for part in ("optimiser", "progress")
        for name, each in changed(whole[part], values)
        if not name.startswith(("best_", "state = {}"))
    ]
    for name, content in (*tops, *names, *parts, *deep(whole)):
        torch.save(content, path)
        print(name)
        line(resume(trained), path)
    path.write_bytes(b"")
    line(resume(trained), path)
    torch.save(whole, path)
    assert resume(trained)() == 0


@FEW_OR_ALL
def test_weights_with_anything_else_in_them_are_not_scored(trained, values):
    path = trained / "weights/epoch_0001.pth"
    whole = torch.load(path, weights_only=True)
    needed = {name: whole[name] for name in ("format", "model", "classes", "epoch")}
    for name, content in (*changed(needed, values), ("a class less", {**needed, "classes": ["red"]})):
        torch.save(content, path)
        print(name)
        for call in (lambda: eval_command.main(["--from", str(trained)]), lambda: pyvideoai.load(trained)):
            line(call, path)


@pytest.mark.parametrize("name", ["run.json", "results.json", "configs/overrides.json"])
@FEW_OR_ALL
def test_a_record_with_anything_else_in_it_is_one_line(trained, name, values):
    path = trained / name
    whole = json.loads(path.read_text())
    needed = {"run.json": ("classes", "splits"), "results.json": ("num_epochs",)}.get(name, ("names", "overrides"))
    wrong = [each for each in WRONG if not torch.is_tensor(each)]
    content = {key: whole[key] for key in needed}
    broken = [json.dumps({**whole, **each}) for _, each in changed(content, values, tuple(wrong))]
    without = [json.dumps({key: each for key, each in whole.items() if key != gone}) for gone in needed]
    texts = ["", "[]", "null", "3", '"text"', "{", "[" * 100_000, "\xff", f'{{"num_epochs": {"9" * 10_000}}}']
    whole_text = path.read_text()
    for text in (*texts, *without, *[each for each in broken if json.loads(each) != whole]):
        path.write_text(text, encoding="latin-1")
        print(text[:200])
        line(resume(trained), path)
    path.write_text(whole_text)
    assert resume(trained)() == 0
