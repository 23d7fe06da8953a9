"""The contracts and configs that ship: documented, loadable without data, and every name of theirs is checked."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from config_pieces import GOOD

from pyvideoai.config.contract import Setting
from pyvideoai.config.entries import default, has_default
from pyvideoai.config.help import help_text
from pyvideoai.config.load import ConfigError, load
from pyvideoai.config.lookup import FOLDERS, Library, Names
from pyvideoai.config.source import parse
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError

REPOSITORY = Path(__file__).resolve().parents[2]
BY_FOLDER = {FOLDERS[contract.layer]: contract for contract in CONTRACTS}
SHIPPED = sorted(path for folder in BY_FOLDER for path in (REPOSITORY / folder).rglob("*.py"))
DATASETS, MODELS = (
    [path.stem for path in SHIPPED if path.parent.name == FOLDERS[each]] for each in ("dataset", "model")
)


def chosen_by(path: Path) -> Names:
    """A -D -M -E that loads the shipped config at `path`."""
    relative = path.relative_to(REPOSITORY)
    dataset, model, experiment = DATASETS[0], MODELS[0], "crop224_plateau"
    if relative.parts[0] == FOLDERS["dataset"]:
        return Names(path.stem, model, experiment)
    if relative.parts[0] == FOLDERS["model"]:
        return Names(dataset, path.stem, experiment)
    if len(relative.parts) == 2:
        return Names(dataset, model, path.stem)
    dataset = relative.parts[1]
    model = max((each for each in MODELS if path.stem.startswith(f"{each}-")), key=len)
    return Names(dataset, model, path.stem.removeprefix(f"{model}-"))


def names_of(path: Path) -> list[tuple[str, int]]:
    """(name, line) of each setting and hook that the file defines or pins."""
    contract = BY_FOLDER[path.relative_to(REPOSITORY).parts[0]]
    source = parse(path, path.name, path.read_text())
    bindings = [*source.bindings, *(pin for call in source.inherits for pin in call.pins)]
    own = {(each.name, each.place.line) for each in bindings if not each.imported and contract.get(each.name)}
    return sorted(own, key=lambda each: each[1])


def misspelt(text: str, name: str, line: int) -> str:
    """`text` with the name on that line written with its last letter doubled."""
    lines = text.splitlines(keepends=True)
    start = next(at for at in range(line - 1, len(lines)) if re.search(rf"\b{name}\b", lines[at]))
    lines[start] = re.sub(rf"\b{name}\b", name + name[-1], lines[start], count=1)
    return "".join(lines)


def copied(path: Path, text: str, folder: Path) -> Path:
    """A root in which only this config is, with that text."""
    copy = folder / path.relative_to(REPOSITORY)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text)
    return folder


IDS = [path.relative_to(REPOSITORY).as_posix() for path in SHIPPED]


def test_there_are_configs_of_every_layer():
    assert {path.relative_to(REPOSITORY).parts[0] for path in SHIPPED} == set(BY_FOLDER)


@pytest.mark.parametrize("path", SHIPPED, ids=IDS)
def test_every_misspelt_name_is_told_with_its_line_and_the_right_name(path, tmp_path):
    names, layer = chosen_by(path), BY_FOLDER[path.relative_to(REPOSITORY).parts[0]].layer
    for name, line in names_of(path):
        root = copied(path, misspelt(path.read_text(), name, line), tmp_path)
        with pytest.raises(ConfigError) as caught:
            load(CONTRACTS, *names, roots=[root, REPOSITORY])
        label, told = path.relative_to(REPOSITORY).as_posix(), str(caught.value)
        assert told.startswith(f"{label}:{line}: unknown "), told
        assert f"{name + name[-1]!r}; did you mean {name!r}" in told, (layer, told)


@pytest.mark.parametrize("path", SHIPPED, ids=IDS)
def test_every_config_loads_without_data(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load(CONTRACTS, *chosen_by(path)).execute()
    assert path in dict(config.found).values()
    assert config.table()


@pytest.mark.parametrize("path", SHIPPED, ids=IDS)
def test_every_config_says_what_it_is(path):
    assert parse(path, path.name, path.read_text()).tree.body[0].value.value.strip()


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.layer)
def test_every_entry_is_documented_and_its_default_fits(contract):
    assert len(set(contract.names)) == len(contract.names)
    for entry in contract.entries:
        assert len(entry.doc) > 10 and entry.name == entry.name.lower() and entry.name[0].isalpha()
        if isinstance(entry, Setting) and has_default(entry):
            default(entry)
    assert all(name in help_text([contract]) for name in contract.names)


TORCH_FREE = """
import sys
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.config.load import load
from pyvideoai.errors import UserError
try:
    load(CONTRACTS, *sys.argv[1:4], sys.argv[4:])
except UserError as error:
    print(error)
print("torch" in sys.modules)
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["mtion", "i3d_resnet50", "crop224_plateau"], "did you mean 'motion'?"),
        (["motion", "i3d_resnet50", "crop224_plateau", "globalbatch=4"], "did you mean 'global_batch'?"),
        (["motion", "i3d_resnet50", "crop224_plateau", "global_batch=four"], "not 'four'"),
        (["motion", "i3d_resnet50", "crop224_plateau", "test_views.clip=10"], "did you mean 'clips'?"),
        (
            ["motion", "i3d_resnet50", "mine"],
            "exp_configs/mine.py:3: unknown hook 'optimizer'; did you mean 'optimiser'?",
        ),
    ],
)
def test_a_wrong_name_fails_before_torch_is_imported(arguments, expected, tmp_path):
    mine = tmp_path / "exp_configs" / "mine.py"
    mine.parent.mkdir()
    mine.write_text("import torch\nnum_epochs = 1\ndef optimizer(model):\n    return torch\n")
    command = [sys.executable, "-c", TORCH_FREE, *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    told, torch_imported = done.stdout.splitlines()
    assert told.endswith(expected) and torch_imported == "False"


def test_a_config_error_is_a_user_error():
    assert issubclass(ConfigError, UserError)
    assert Library([], Names("", "", "")).known("dataset") == [] and GOOD
