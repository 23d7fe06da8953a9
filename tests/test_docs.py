"""The documentation says what the code says."""

import re
from pathlib import Path

from pyvideoai.config.load import help_text
from pyvideoai.engine.settings import CONTRACTS

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
        for name in set(re.findall(rf"-{flag} ([a-z]\w+)", text)):
            assert (ROOT / folder / f"{name}.py").exists(), name
    for name in set(re.findall(r"-E ([a-z]\w+)", text)):
        assert list((ROOT / "exp_configs").rglob(f"*{name}.py")), name
