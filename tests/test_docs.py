"""The documentation says what the code says."""

import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pyvideoai.commands.main import COMMANDS
from pyvideoai.commands.which_run import load_named
from pyvideoai.config.load import help_text
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.program import TOOLS

ROOT = Path(__file__).parents[1]


def test_the_contract_page_is_what_help_config_prints():
    page = (ROOT / "docs" / "CONFIG.md").read_text()
    assert help_text(CONTRACTS).strip() in page, "run: tools/run_train.py --help-config, and put it into docs/CONFIG.md"


def test_links_and_pictures_of_the_pages_are_there():
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert target.startswith("http") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_configs_that_the_readme_names_exist():
    text = (ROOT / "README.md").read_text()
    for flag, folder in (("D", "dataset_configs"), ("M", "model_configs")):
        for name in set(re.findall(rf"(?<!\w)-{flag} ([a-z]\w+)", text)):
            assert (ROOT / folder / f"{name}.py").exists(), name
    for name in set(re.findall(r"-E ([a-z]\w+)", text)):
        assert list((ROOT / "exp_configs").rglob(f"*{name}.py")), name


def commands_of(page: Path) -> list[tuple[str, list[str]]]:
    """Return (command, arguments) of each line of code on a page that shows a whole command line."""
    names = {**{tool: command for command, tool in TOOLS.items()}, **{f"pyvideoai {name}": name for name in COMMANDS}}
    starts = re.compile(rf"({'|'.join(map(re.escape, names))})(?= |$)")
    found = []
    for line in re.findall(r"^    (\S.*)$", page.read_text().replace("\\\n", " "), re.MULTILINE):
        if (start := starts.search(line)) and not line.startswith("#") and "..." not in line and "<" not in line:
            found.append((names[start[1]], shlex.split(line[start.end() :], comments=True)))
    return found


@pytest.mark.parametrize(
    "page", ["README.md", "docs/DATASETS.md", "docs/BENCHMARKS.md", "docs/MODEL_ZOO.md", "docs/EXPORT.md"]
)
def test_commands_of_the_pages_have_options_that_exist(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    for command, arguments in (each for each in commands_of(ROOT / page) if each[1]):
        module = importlib.import_module(COMMANDS[command][0])
        try:
            options = module._parse(arguments) if hasattr(module, "_parse") else module._parser().parse_args(arguments)
            if command in ("train", "eval") and options.experiment:
                load_named(options, options.overrides)
        except UserError as error:
            pytest.fail(f"{page}: {command} {' '.join(arguments)}: {error}")


HELPS = """
import importlib, sys
from pyvideoai.commands.main import COMMANDS
for name, (module, _) in COMMANDS.items():
    try:
        importlib.import_module(module).main(["--help"])
    except SystemExit as ended:
        assert not ended.code, name
    assert "torch" not in sys.modules, name
"""


def test_help_of_every_command_imports_no_torch():
    done = subprocess.run([sys.executable, "-c", HELPS], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_help_names_every_command_as_it_is_typed():
    assert COMMANDS.keys() - TOOLS.keys() == {"configs"}  # a checkout's folders show these
    assert all((ROOT / tool).is_file() for tool in TOOLS.values())


def test_the_pages_show_commands():
    shown = [command for command, _ in commands_of(ROOT / "README.md")]
    assert {"train", "eval", "predict", "configs"} <= set(shown) and len(shown) > 10
