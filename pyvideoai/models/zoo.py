"""Make the page of the model zoo from the docstrings of the model configs.

A zoo config's docstring is a title, an empty line, and one fact a line: `Source:`, `Clip:`, `Parameters:`, `GMACs:`,
`Published:`, `Protocol:`, `Verified:`, and, once somebody has measured it, `Reproduced:`.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pyvideoai.errors import counted
from pyvideoai.models.measured import Inference
from pyvideoai.models.weights.table import Weights

FACTS = ("Source", "Clip", "Parameters", "GMACs", "Published", "Protocol", "Verified")
NOT_YET = "not yet measured"
_HEADER = (
    *("config", "clip", "parameters", "GMACs", "published", "protocol"),
    *("videos/s", "memory (MB)", "recipes", "reproduced", "verified"),
)
_INTRODUCTION = """\
# Model zoo

Made by `tools/model_table.py --zoo docs/MODEL_ZOO.md` from the docstrings in `model_configs/`: change them instead.

Scores are top-1 / top-5 in per cent, as their sources publish them. *Recipes* are the experiments that state how the
source trains and tests it: `-D kinetics400 -M <config> -E <recipe>`. *Reproduced* is what this framework measured with
the published weights under the same protocol: `tools/reproduce.py` makes such a row where the videos are, and
`--dry-run` says what is missing here and for which weights no config states the test. *Verified* says how near our
outputs are to those that the source's own code computed from the same weights; `tests/models/test_reference_cases.py`
checks it. Parameters are those that train. GMACs are those of convolutions and matrix products. PyTorchVideo's table
adds 5 operations for each value that a batch norm passes, which is 1 to 2 % more for a ResNet and 8 % for X3D;
`tests/models/test_model_configs.py` has both numbers.

A checkpoint's name in the lists below is what an experiment's `pretrained` takes: `--set pretrained=kinetics400`. It is
looked for in `data/pretrained` and fetched there when it is missing. A file is held against the SHA-256 that its line
begins to spell; where none is published it is what lies at that address on that day, and of a file of the Hugging Face
hub what arrived is held against the SHA-256 that the hub itself names then. Mind the licences: the weights of
video-nonlocal-net may not be used commercially.

A file of your own (`--set pretrained=x.pth`, `--weights x.pth`) must be for the config that you name, and its content
can't always tell: many configs have the same parameters and differ only in how clips are sampled, strides, padding or
normalisation. An 8x8 and a 32x2 checkpoint, PySlowFast's 8x8 and video-nonlocal-net's, MMAction2's dot product and
embedded gaussian all load into each other in full, and score worse. What can be recognised is reported: a file with
more tensors than the network (a non-local one in a config without) is refused under a published name and for
`--weights`, and draws a warning elsewhere; so does a file under whose name another config's checkpoint is published.

*Videos/s* and *memory* are those of scoring test videos that lie in memory, with the views of the protocol (one view
where there is none): `tools/benchmark_inference.py --zoo docs/MODEL_ZOO.md`, whose `--help` says how. Measured on:
{hardware}.

PyVideoAI of 2021 lists 23.6 / 6.8 for PySlowFast's ImageNet ResNet-50: these are error rates, 76.4 / 93.2 as accuracy.
"""


@dataclass(frozen=True)
class Entry:
    """Hold a model config of the zoo.

    title and facts: from its docstring. weights: its table of published weights. recipes: the experiments that state
    how it was trained, as "dataset/model-recipe".
    """

    name: str
    title: str
    facts: Mapping[str, str]
    weights: Mapping[str, Weights]
    recipes: Sequence[str] = ()


def describe(path: Path) -> tuple[str, dict[str, str]]:
    """Return title and facts of a config's docstring, without running the config; no facts if it isn't a zoo config."""
    lines = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").splitlines()
    facts = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
    return (lines[0] if lines else ""), facts if facts.keys() >= set(FACTS) else {}


def recipes(name: str, folder: Path) -> list[str]:
    """Return the experiments in `folder` that are for this model config alone, as "folder/model-recipe"."""
    return sorted(f"{folder.name}/{path.stem}" for path in folder.glob(f"{name}-*.py"))


def page(entries: Iterable[Entry], measured: Mapping[str, Inference]) -> str:
    """Return the page in Markdown: for each source a table of its networks and a list of its checkpoints.

    measured: the speeds by config, all of one kind of hardware.
    """
    hardware = " or ".join(sorted({each.hardware for each in measured.values()})) or NOT_YET
    ordered = sorted(entries, key=lambda entry: (_source(entry), entry.name))
    sections = [_section(source, list(group), measured) for source, group in groupby(ordered, _source)]
    return "\n".join([_INTRODUCTION.format(hardware=hardware), *sections])


def _source(entry: Entry) -> str:
    return entry.facts["Source"]


def _section(source: str, entries: list[Entry], measured: Mapping[str, Inference]) -> str:
    rows = [_HEADER, ["---"] * len(_HEADER), *(_row(entry, measured.get(entry.name)) for entry in entries)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"## {source}\n\n{table}\n\n" + "\n".join(line for entry in entries for line in _checkpoints(entry)) + "\n"


def _row(entry: Entry, speed: Inference | None) -> list[str]:
    facts = entry.facts
    return [
        f"[`{entry.name}`](../model_configs/{entry.name}.py)<br>{entry.title.rstrip('.')}",
        *(facts[name] for name in ("Clip", "Parameters", "GMACs", "Published", "Protocol")),
        NOT_YET if speed is None else f"{speed.videos_per_s:.3g} ({counted(speed.views, 'view')})",
        NOT_YET if speed is None else f"{speed.megabytes:,.0f}",
        _recipes(entry),
        facts.get("Reproduced", NOT_YET),
        facts["Verified"],
    ]


def _recipes(entry: Entry) -> str:
    names = {path: path.rpartition("/")[2].removeprefix(f"{entry.name}-") for path in entry.recipes}
    return "<br>".join(f"[`{name}`](../exp_configs/{path}.py)" for path, name in names.items()) or "-"


def _checkpoints(entry: Entry) -> list[str]:
    return [
        f"- `{entry.name}`, `{name}`: [{weights.file_name}]({weights.url}), {weights.licence}"
        + (f"; SHA-256 {weights.sha256}..." if weights.sha256 else "; no SHA-256 is published")
        + (f"; {weights.note}" if weights.note else "")
        for name, weights in entry.weights.items()
    ]
