#!/usr/bin/env python3
"""Print the oldest versions that pyproject.toml allows, as pip takes them: `pip install $(tools/oldest.py)`."""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
REQUIREMENT = re.compile(r"(?P<name>[\w-]+)>=(?P<version>[\d.]+)")


def oldest(requirements: list[str]) -> list[str]:
    """Return each requirement with its lower bound as the only version, without those for another platform."""
    found = (REQUIREMENT.match(each) for each in requirements if ";" not in each)
    return [f"{each['name']}=={each['version']}" for each in found if each]


if __name__ == "__main__":
    print(" ".join(oldest(tomllib.loads(PROJECT.read_text())["project"]["dependencies"])))
