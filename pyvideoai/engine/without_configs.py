"""Rebuild what a folder's configs said, without running any file of the folder: for folders from strangers.

The table of settings that a run records (`configs/resolved.txt`) is read as text: literals, and values such as
`Views(clips=10)` of our own classes. The network comes from the shipped model config of the same name, which must still
give the settings that were recorded.
"""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from pyvideoai import data
from pyvideoai.config.load import Config
from pyvideoai.config.lookup import FOLDERS, Library, Names
from pyvideoai.config.run.snapshot import RESOLVED, read_snapshot
from pyvideoai.config.values.overrides import parse_overrides
from pyvideoai.config.values.printed import value_text
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.program import shipped_configs

CLASSES = ("Views", "Dense", "Segments", "AtFps")  # of pyvideoai.data: what a recorded value may be made of
NEEDED = {  # the settings that a prediction depends on
    "dataset": ("sample_in", "flip_keeps_label", "flip_labels", "multi_label"),
    "experiment": (
        "train_clip", "val_views", "test_views", "global_batch", "clips_per_device", "eval_clips_per_device",
        "antialias", "resize_on", "reader", "amp",
    ),
}  # fmt: skip
CODE = ("wrap_model",)  # hooks that change the network
Table = dict[str, dict[str, str]]  # layer -> name -> text of the value


def recorded_config(folder: ExperimentFolder) -> Config:
    """Return a config with a folder's recorded settings, made of shipped files only. Raises UserError: why not."""
    snapshot, recorded = read_snapshot(folder.configs), read_table(folder.configs / RESOLVED)
    names = Names(*snapshot.names)
    _refuse_code(recorded, folder)
    shipped = {path: path.read_text(encoding="utf-8") for path in (shipped_configs() / FOLDERS["model"]).glob("*.py")}
    if shipped_configs() / FOLDERS["model"] / f"{names.model}.py" not in shipped:
        raise _unable(folder, f"its model {names.model} is not one of ours")
    root = folder.path / "recorded"  # not on the disk: the texts below are all that is read
    texts = {
        root / FOLDERS["dataset"] / f"{names.dataset}.py": _dataset(recorded, folder),
        root / FOLDERS["experiment"] / f"{names.experiment}.py": _experiment(recorded, folder),
        **shipped,
    }
    model = [each.typed for each in parse_overrides(snapshot.overrides, CONTRACTS) if each.layer == "model"]
    config = Config(CONTRACTS, Library((root, shipped_configs()), names, texts), tuple(model))
    _refuse_another_model(config, recorded["model"], folder)
    return config


def read_table(path: Path) -> Table:
    """Return the recorded table. Raises UserError if it is not one."""
    found: Table = {"dataset": {}, "model": {}, "experiment": {}}
    layer, name = "", ""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} can't be read: {error}") from None
    for line in lines:
        if heading := re.fullmatch(r"(dataset|model|experiment): .*", line):
            layer = heading[1]
        # Columns lie two spaces apart or more; a long value goes on in lines that are indented further
        # (`printed.table`).
        elif (row := re.fullmatch(r"  (\w+)\s+(\S.*)", line)) and layer:
            name = row[1]
            found[layer][name] = re.split(r"\s{2,}", row[2])[0]
        elif layer and name and line.startswith("   "):
            found[layer][name] += f" {line.strip()}"
    if not all(found.values()):
        raise UserError(f"{path} is not a table of settings")
    return found


def _dataset(recorded: Table, folder: ExperimentFolder) -> str:
    classes = [str(name) for name in folder.read_run()["classes"]]
    hooks = f"def classes():\n    return {classes!r}\n\n\ndef splits():\n    return {{}}\n"
    return "\n".join(["root = '.'", *_settings(recorded, "dataset", folder), hooks])


def _experiment(recorded: Table, folder: ExperimentFolder) -> str:
    imports = f"from pyvideoai.data import {', '.join(CLASSES)}"
    settings = _settings(recorded, "experiment", folder)
    hooks = "def optimiser(model):\n    raise ValueError('nothing is trained without configs')\n"
    # Settings that every experiment must have, and on which no prediction depends.
    return "\n".join([imports, "num_epochs = 1", "train_pixels = []", *settings, hooks])


def _settings(recorded: Table, layer: str, folder: ExperimentFolder) -> Iterable[str]:
    """Yield an assignment for each needed setting, once its text is sure to be a plain value."""
    for name in NEEDED[layer]:
        if name in recorded[layer]:
            text = recorded[layer][name]
            if not is_plain(text):
                raise _unable(folder, f"{name} = {text[:80]} is not a value of ours")
            yield f"{name} = {text}"


def is_plain(text: str) -> bool:
    """Return whether a text is a literal, or made of literals by calling our own value classes."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    allowed = (
        ast.Constant,
        ast.Tuple,
        ast.List,
        ast.Dict,
        ast.keyword,
        ast.UnaryOp,
        ast.USub,
        ast.Load,
        ast.Expression,
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Name) or any(each.arg is None for each in node.keywords):
                return False
        elif isinstance(node, ast.Name):
            if node.id not in CLASSES or not hasattr(data, node.id):
                return False
        elif not isinstance(node, allowed):
            return False
    return True


def _refuse_code(recorded: Table, folder: ExperimentFolder) -> None:
    for name in CODE:
        if recorded["experiment"].get(name, "None") != "None":
            raise _unable(folder, f"its experiment has the hook {name}, which is code")


def _refuse_another_model(config: Config, recorded: dict[str, str], folder: ExperimentFolder) -> None:
    """Refuse a shipped model that no longer has the settings with which the weights were trained."""
    for row in config.resolved():
        text = recorded.get(row.name)
        if row.layer == "model" and not callable(row.value) and row.name != "weights" and text is not None:
            now = value_text(row.value)
            # The table breaks long values into lines.
            if "".join(text.split()) != "".join(now.split()):
                raise _unable(
                    folder, f"{row.name} of its model is {text}, and {now} in the shipped config of that name"
                )


def _unable(folder: ExperimentFolder, why: str) -> UserError:
    return UserError(f"{folder.path} can't be loaded without its configs: {why}")
