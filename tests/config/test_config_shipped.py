"""The contracts and configs that ship: documented, loadable without data, and every name of theirs is checked."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from config_pieces import GOOD
from torch import nn

from pyvideoai.config.contract import Setting
from pyvideoai.config.load import ConfigError, load
from pyvideoai.config.lookup import FOLDERS, Library, Names
from pyvideoai.config.text.literals import TextValues
from pyvideoai.config.text.source import parse
from pyvideoai.config.values.entries import default, has_default
from pyvideoai.config.values.help import help_text
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError

REPOSITORY = Path(__file__).resolve().parents[2]
BY_FOLDER = {FOLDERS[contract.layer]: contract for contract in CONTRACTS}
SHIPPED = sorted(path for folder in BY_FOLDER for path in (REPOSITORY / folder).rglob("*.py"))
MODELS = [path.stem for path in SHIPPED if path.parent.name == FOLDERS["model"]]
STUB = 'root = "x"\ndef classes():\n    return []\ndef splits():\n    return {}\n'  # any dataset, beside a model


def chosen_by(path: Path) -> Names:
    """A -D -M -E that loads the shipped config at `path`."""
    relative = path.relative_to(REPOSITORY)
    dataset, model, experiment = "stub", MODELS[0], "crop224_plateau"
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


def misspellings(name: str) -> list[str]:
    """The name with a letter doubled, left out, or two swapped."""
    return [name + name[-1], name[:-1], name[1] + name[0] + name[2:]]


def replaced(text: str, name: str, line: int, wrong: str) -> str:
    """`text` with the first `name` on or after that line written wrongly."""
    lines = text.splitlines(keepends=True)
    start = next(at for at in range(line - 1, len(lines)) if re.search(rf"\b{name}\b", lines[at]))
    lines[start] = re.sub(rf"\b{name}\b", wrong, lines[start], count=1)
    return "".join(lines)


def reads_of(path: Path) -> list[ast.Name]:
    """Where the file reads a variable; not in f-strings, whose columns Python 3.11 does not tell."""
    tree = ast.parse(path.read_text())
    formatted = {
        id(node) for string in ast.walk(tree) if isinstance(string, ast.JoinedStr) for node in ast.walk(string)
    }
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    return [node for node in names if id(node) not in formatted]


def fields_of(path: Path) -> list[tuple[ast.Call, ast.keyword]]:
    """Every named field of a value object that the file makes."""
    source = parse(path, path.name, path.read_text())
    calls = [node for node in ast.walk(source.tree) if TextValues(source).class_of(node)]
    return [(call, keyword) for call in calls for keyword in call.keywords if len(keyword.arg or "") > 1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root that goes before the repository, with the stub."""
    (tmp_path / "dataset_configs").mkdir()
    (tmp_path / "dataset_configs/stub.py").write_text(STUB)
    return tmp_path


def write_copy(path: Path, text: str, folder: Path) -> None:
    """Write this config with that text where it goes before the repository's."""
    copy = folder / path.relative_to(REPOSITORY)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text)


IDS = [path.relative_to(REPOSITORY).as_posix() for path in SHIPPED]


def test_there_are_configs_of_every_layer():
    assert {path.relative_to(REPOSITORY).parts[0] for path in SHIPPED} == set(BY_FOLDER)


@pytest.mark.long
@pytest.mark.parametrize("kinds", [1, pytest.param(3, marks=pytest.mark.slow)])
@pytest.mark.parametrize("path", SHIPPED, ids=IDS)
def test_every_misspelt_setting_and_hook_is_told_with_its_line_and_the_right_name(path, root, kinds):
    valid = BY_FOLDER[path.relative_to(REPOSITORY).parts[0]].names
    for place, (name, line) in enumerate(names_of(path)):
        ways = [misspellings(name)[(place + kind) % 3] for kind in range(kinds)]  # one after the other, or all
        for wrong in set(ways).difference(valid):  # `split` is a setting of its own, not a misspelt `splits`
            write_copy(path, replaced(path.read_text(), name, line, wrong), root)
            with pytest.raises(ConfigError) as caught:
                load(CONTRACTS, *chosen_by(path), roots=[root, REPOSITORY])
            told = str(caught.value)
            assert told.startswith(f"{path.relative_to(REPOSITORY).as_posix()}:{line}: unknown "), told
            assert repr(wrong) in told and repr(name) in told.partition("did you mean")[2], told


@pytest.mark.long
@pytest.mark.parametrize("path", SHIPPED, ids=IDS)
def test_every_misspelt_variable_is_told_with_its_line(path, root):
    for node in reads_of(path):
        lines = path.read_text().splitlines(keepends=True)
        line = lines[node.lineno - 1].encode()
        lines[node.lineno - 1] = (line[: node.col_offset] + b"zz" + line[node.col_offset :]).decode()
        write_copy(path, "".join(lines), root)
        with pytest.raises(ConfigError) as caught:
            load(CONTRACTS, *chosen_by(path), roots=[root, REPOSITORY])
        expected = f"{path.relative_to(REPOSITORY).as_posix()}:{node.lineno}: 'zz{node.id}' is not defined;"
        assert str(caught.value).startswith(expected)


@pytest.mark.parametrize("path", SHIPPED, ids=IDS)
def test_every_misspelt_field_is_told_with_its_line_and_the_right_name(path, root):
    for call, keyword in fields_of(path):
        lines = path.read_text().splitlines(keepends=True)
        line = lines[keyword.lineno - 1]
        lines[keyword.lineno - 1] = line[: keyword.col_offset] + "z" + line[keyword.col_offset :]
        write_copy(path, "".join(lines), root)
        with pytest.raises(ConfigError) as caught:
            load(CONTRACTS, *chosen_by(path), roots=[root, REPOSITORY])
        where, told = f"{path.relative_to(REPOSITORY).as_posix()}:{keyword.lineno}", str(caught.value)
        assert told.startswith(f"{where}: {call.func.id} takes no 'z{keyword.arg}'; did you mean "), told
        assert repr(keyword.arg) in told.partition("did you mean")[2], told


@pytest.mark.parametrize("path", SHIPPED, ids=IDS)
def test_every_config_loads_without_data(path, root, monkeypatch):
    monkeypatch.chdir(root)
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


def test_the_two_line_experiment_changes_what_is_derived_and_what_the_hooks_do(root):
    (root / "exp_configs").mkdir()
    mine = root / "exp_configs/mine.py"
    names, roots = ("stub", "i3d_resnet18", "mine"), [root, REPOSITORY]
    mine.write_text('from pyvideoai.config import inherit\ninherit("crop224_plateau", global_batch=16)\n')
    layer = load(CONTRACTS, *names, roots=roots).exp
    assert layer.learning_rate == pytest.approx(2.5e-4)
    assert layer.optimiser(nn.Linear(1, 1)).param_groups[0]["lr"] == pytest.approx(2.5e-4)
    mine.write_text('from pyvideoai.config import inherit\ninherit("crop224_plateau")\nglobal_batch = 16\n')
    with pytest.raises(ConfigError) as caught:
        load(CONTRACTS, *names, roots=roots).execute()
    told = str(caught.value)
    assert told.startswith("exp_configs/mine.py:3: global_batch was already used at exp_configs/crop224_plateau.py:")
    assert told.endswith('; write inherit("crop224_plateau", global_batch=...)')


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
        (["stb", "i3d_resnet50", "crop224_plateau"], "did you mean 'stub'?"),
        (["stub", "i3d_resnet50", "crop224_plateau", "globalbatch=4"], "did you mean 'global_batch'?"),
        (["stub", "i3d_resnet50", "crop224_plateau", "global_batch=four"], "not 'four'"),
        (["stub", "i3d_resnet50", "crop224_plateau", "test_views.clip=10"], "did you mean 'clips'?"),
        (
            ["stub", "i3d_resnet50", "mine"],
            "exp_configs/mine.py:3: unknown hook 'optimizer'; did you mean 'optimiser'?",
        ),
    ],
)
def test_a_wrong_name_fails_before_torch_is_imported(arguments, expected, root):
    mine = root / "exp_configs" / "mine.py"
    mine.parent.mkdir()
    mine.write_text("import torch\nnum_epochs = 1\ndef optimizer(model):\n    return torch\n")
    command = [sys.executable, "-c", TORCH_FREE, *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    told, torch_imported = done.stdout.splitlines()
    assert told.endswith(expected) and torch_imported == "False"


def test_a_config_error_is_a_user_error():
    assert issubclass(ConfigError, UserError)
    assert Library([], Names("", "", "")).known("dataset") == [] and GOOD
