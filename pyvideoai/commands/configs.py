"""List the configs: `pyvideoai configs`, a line each from their docstrings."""

import argparse
import ast
from collections.abc import Sequence
from pathlib import Path

from pyvideoai.commands.arguments import Parser
from pyvideoai.config.lookup import FLAGS, FOLDERS, default_roots

LONGEST = 100


def main(arguments: Sequence[str]) -> int:
    """Print what can be given to -D, -M and -E; return the exit code."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layer", nargs="?", choices=list(FOLDERS), help="only these (all)")
    only = parser.parse_args(arguments).layer
    print("\n\n".join(_listing(layer) for layer in FOLDERS if only in (None, layer)))
    return 0


def _listing(layer: str) -> str:
    found = _found(layer)
    pairs = {name: path for name, path in found.items() if name.startswith("-D")}
    general = {name: path for name, path in found.items() if name not in pairs}
    width = max(map(len, general), default=0)
    lines = [f"  {name:<{width}}  {_first_line(path)}" for name, path in general.items()]
    lines += [f"  {name}\n      {_first_line(path)}" for name, path in pairs.items()]
    return "\n".join([f"{FLAGS[layer]}  {FOLDERS[layer]}/", *lines])


def _found(layer: str) -> dict[str, Path]:
    """Return the configs by name; the first root that has a name wins.

    An experiment of one pair is `-D d -M m -E e`.
    """
    files: dict[str, Path] = {}
    for root in default_roots():
        folder = root / FOLDERS[layer]
        for path in sorted(folder.rglob("*.py")):
            if not path.name.startswith("_"):
                files.setdefault(_name(path.relative_to(folder)), path)
    return dict(sorted(files.items()))


def _name(path: Path) -> str:
    model, dash, experiment = path.stem.partition("-")
    of_pair = len(path.parts) > 1 and dash
    return f"-D {path.parts[0]} -M {model} -E {experiment}" if of_pair else path.with_suffix("").as_posix()


def _first_line(path: Path) -> str:
    """Return the first line of a config's docstring, without running the config."""
    try:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8-sig"))) or ""
    except (SyntaxError, UnicodeDecodeError, OSError) as error:
        return f"(can't be read: {error})"
    line = text.partition("\n")[0]
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
