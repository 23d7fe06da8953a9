"""tools/reproduce.py: score published weights by their sources' protocols, a row of the model zoo each."""

import argparse
import hashlib
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyvideoai.commands import evaluate
from pyvideoai.commands.arguments import Parser
from pyvideoai.config.load import Config, load
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError, counted, hint
from pyvideoai.files import read_json, write_whole
from pyvideoai.models.settings import MODEL
from pyvideoai.models.weights.find import find
from pyvideoai.models.zoo import describe
from pyvideoai.program import shipped_configs, typed

DESCRIPTION = """Score published weights by their sources' protocols: download, check the hash, evaluate, print the row.

  tools/reproduce.py --dry-run                                             # what each row lacks: files, data
  tools/reproduce.py i3d_resnet50 --set dataset.root=/data/kinetics400
  tools/reproduce.py x3d_s:kinetics400 --set dataset.root=/data/a_tenth_of_kinetics400

A row is a model config and the name of its weights; without rows: all of them. Each is one call of tools/run_eval.py,
which --dry-run shows, with the --set given here added. Videos that are not there are left out: the row says how many
were scored, of a subset as of the whole."""
KINETICS = "kinetics400"
UNLABELLED = "unlabelled"  # in names of weights: their classifier starts anew
RECIPES = {  # model -> experiment that states the source's test; names are looked up as -E
    "c2d_resnet50": "slowfast_196e",
    "c2d_resnet50_nopool": "slowfast_196e",
    "csn_resnet101": "slowfast_196e",
    "i3d_resnet50": "slowfast_196e",
    "i3d_resnet50_mm32x2": "mmaction_100e",
    "i3d_resnet50_mm32x2heavy": "mmaction_100e",
    "i3d_resnet50_vnl32x2": "nonlocalnet_400k",
    "i3d_resnet50_vnl32x4affine": "nonlocalnet_affine_400k",
    "i3d_resnet50_vnl8x8": "nonlocalnet_400k",
    "i3dnonlocal_resnet50": "slowfast_196e",
    "i3dnonlocal_resnet50_mm32x2dot": "mmaction_100e",
    "i3dnonlocal_resnet50_mm32x2embedded": "mmaction_100e",
    "i3dnonlocal_resnet50_mm32x2gaussian": "mmaction_100e",
    "i3dnonlocal_resnet50_vnl32x2": "nonlocalnet_400k",
    "i3dnonlocal_resnet50_vnl32x4affine": "nonlocalnet_affine_400k",
    "i3dnonlocal_resnet50_vnl8x8": "nonlocalnet_400k",
    "mc3_18": "torchvision_resnet_test",
    "mvit_v1_b": "torchvision_test",
    "mvit_v2_s": "torchvision_test",
    "r2plus1d_18": "torchvision_resnet_test",
    "r2plus1d_resnet50": "slowfast_196e",
    "r3d_18": "torchvision_resnet_test",
    "s3d": "torchvision_s3d_test",
    "slow_resnet50_4x16": "slowfast_196e",
    "slow_resnet50_8x8": "slowfast_196e",
    "slowfast_resnet101_16x8": "slowfast_196e",
    "slowfast_resnet101_8x8": "slowfast_196e",
    "slowfast_resnet50_4x16": "slowfast_196e",
    "slowfast_resnet50_8x8": "slowfast_196e",
    "swin3d_b": "torchvision_test",
    "swin3d_s": "torchvision_test",
    "swin3d_t": "torchvision_test",
    "tsm_resnet50": "mmaction_tsm_50e",
    "tsn_resnet50": "mmaction_tsn_100e",
    "videomae_base": "finetune_vit",
    "videomae_large": "finetune_vit",
    "videomae_small": "finetune_vit",
    "x3d_l": "x3d_256e",
    "x3d_m": "x3d_300e",
    "x3d_s": "x3d_300e",
    "x3d_xs": "x3d_300e",
}
SETTINGS = {  # what a test has besides its experiment, by experiment and by model
    "torchvision_test": ("dataset.sample_in=seconds",),  # theirs count frames of a fixed rate
    "torchvision_resnet_test": ("dataset.sample_in=seconds",),
    "torchvision_s3d_test": ("dataset.sample_in=seconds",),
    "swin3d_b": ("test_views.clips=12",),
    "swin3d_s": ("test_views.clips=12",),
    "swin3d_t": ("test_views.clips=12",),
}
OTHER_TESTS = {  # weights whose test the model's recipe isn't: their own, or None where no config states it
    "i3d_resnet50_mm32x2:kinetics400_dense": "mmaction_dense_100e",
    "i3d_resnet50_vnl32x4affine:kinetics400_8x8": None,
    "i3dnonlocal_resnet50_vnl32x4affine:kinetics400_8x8": None,
    "tsm_resnet50:kinetics400_16": None,
    "tsm_resnet50:kinetics400_dense": None,
    "tsn_resnet50:kinetics400_dense": None,
}


@dataclass(frozen=True)
class Row:
    """Hold a row: a model config, the name of its weights, and how they are tested."""

    model: str
    weights: str
    experiment: str
    dataset: str = KINETICS

    @property
    def name(self) -> str:
        return f"{self.model}:{self.weights}"

    def arguments(self, overrides: Sequence[str], out: Path) -> list[str]:
        """Return the arguments of the evaluation."""
        given = {each.partition("=")[0].strip() for each in overrides}
        own = [*SETTINGS.get(self.experiment, ()), *SETTINGS.get(self.model, ())]
        own = [each for each in own if each.partition("=")[0] not in given]
        sets = [part for each in [*own, *overrides] for part in ("--set", each)]
        chosen = ["-D", self.dataset, "-M", self.model, "-E", self.experiment, "--weights", self.weights]
        return [*chosen, *sets, "--out", str(out / f"{self.model}-{self.weights}.json")]


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return the exit code, 1 if a row could not be scored."""
    options = _parse(arguments)
    rows = _chosen(options.rows, list(all_rows()))
    if options.dry_run:
        return _list(rows, options)
    options.out.mkdir(parents=True, exist_ok=True)
    lines, failed = [], 0
    for row in rows:
        line, scored = _score(row, options)
        print(line, flush=True)
        lines, failed = [*lines, line], failed + (not scored)
    table = "\n".join([_HEADER, *lines])
    write_whole(options.out / "rows.md", f"{table}\n")
    print(f"\n{table}\n\n{counted(len(rows) - failed, 'row')} scored, {failed} not: {options.out / 'rows.md'}")
    return 1 if failed else 0


_HEADER = (
    "| row | published | protocol | here, top-1 / top-5 | videos scored | failed | file, SHA-256 |\n"
    "|---|---|---|---|---|---|---|"
)


def all_rows() -> Iterator[Row]:
    """Yield every row whose weights classify Kinetics-400 and whose test a config states."""
    for model, recipe in RECIPES.items():
        for weights in _config(model, recipe).model.weights:
            experiment = OTHER_TESTS.get(f"{model}:{weights}", recipe)
            if weights.startswith(KINETICS) and UNLABELLED not in weights and experiment is not None:
                yield Row(model, weights, experiment)


def left_out(rows: Iterable[Row]) -> list[str]:
    """Return the published classifiers of videos that have no row, as MODEL:WEIGHTS."""
    named = {row.name for row in rows}
    found = (
        f"{path.stem}:{name}"
        for path in sorted((shipped_configs() / "model_configs").glob("*.py"))
        if not describe(path)[1].get("Published", "nothing").startswith("nothing")
        for name in _classifiers(path.stem)
    )
    return [name for name in found if name not in named]


def _classifiers(model: str) -> list[str]:
    """Return the names of a model's weights that classify videos."""
    weights = load((MODEL,), dataset="", model=model, experiment="", roots=[shipped_configs()]).model.weights
    return [name for name in weights if not name.startswith("imagenet") and UNLABELLED not in name]


def _score(row: Row, options: argparse.Namespace) -> tuple[str, bool]:
    """Evaluate a row; return its line of the table, and whether it was scored."""
    facts = _facts(row)
    arguments = row.arguments(options.set, options.out)
    try:
        evaluate.main(arguments)
    except UserError as error:
        return f"| {row.name} | {facts['Published']} | {facts['Protocol']} | not scored: {error} | | | |", False
    result = read_json(Path(arguments[-1]))
    metrics: dict[str, Any] = result["metrics"]
    score = " / ".join(f"{metrics[name]:.2f}" for name in ("top1", "top5") if name in metrics)
    counts = f"{result['videos']:,} | {result['failed']:,} | {_file(row, options.set)}"
    return f"| {row.name} | {facts['Published']} | {facts['Protocol']} | {score} ({result['views']}) | {counts} |", True


def _list(rows: Sequence[Row], options: argparse.Namespace) -> int:
    """Print what each row lacks, and its command; return the exit code, 1 if something is missing."""
    lacking = {row: (_missing_file(row, options.set), _missing_data(row, options.set)) for row in rows}
    for row, (weights, data) in lacking.items():
        parts = [part for part, fault in (("weights", weights), ("data", data)) if fault]
        print(f"{row.name}: {'no ' + ' and no '.join(parts) if parts else 'ready'}")
        print(f"  {typed('eval')} {shlex.join(row.arguments(options.set, options.out))}")
    for fault in dict.fromkeys(fault for faults in lacking.values() for fault in faults if fault):
        print(f"missing: {fault}")
    ready = sum(not any(faults) for faults in lacking.values())
    if not options.rows:
        print(f"no row, since no config states their test: {', '.join(left_out(rows))}")
    print(
        f"{ready} of {counted(len(rows), 'row')} can be scored as it is; weights are fetched where there is a network"
    )
    return 0 if ready == len(rows) else 1


def _missing_file(row: Row, overrides: Sequence[str]) -> str:
    """Return why a row's weights can't be loaded as they are here, "" if they can; a hash is checked."""
    weights = _config(row.model, row.experiment, row.dataset, overrides).model.weights
    try:
        find(row.weights, weights, offline=True)
    except UserError as error:
        return str(error)
    return ""


def _file(row: Row, overrides: Sequence[str]) -> str:
    """Return which file was scored, and whether its publisher names its hash."""
    weights = _config(row.model, row.experiment, row.dataset, overrides).model.weights
    found = find(row.weights, weights, offline=True)
    with found.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    told = "as published" if found.published and found.published.sha256 else "none published"
    return f"{found.path.name}, {digest[:16]}, {told}"


def _missing_data(row: Row, overrides: Sequence[str]) -> str:
    """Return why a row's videos can't be listed, "" if they can."""
    from pyvideoai.scoring.evaluation import todays_part  # it imports torch

    try:
        todays_part(_config(row.model, row.experiment, row.dataset, overrides), None)
    except UserError as error:
        return str(error)
    return ""


def _config(model: str, experiment: str, dataset: str = KINETICS, overrides: Sequence[str] = ()) -> Config:
    return load(CONTRACTS, dataset, model, experiment, overrides)


def _facts(row: Row) -> dict[str, str]:
    """Return what the model's docstring says of what was published."""
    path = next(path for layer, path in _config(row.model, row.experiment, row.dataset).found if layer == "model")
    return {"Published": "", "Protocol": "", **describe(path)[1]}


def _chosen(names: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """Return the rows with these names, or of these models; all without names. Raises UserError."""
    known = [*dict.fromkeys(row.model for row in rows), *(row.name for row in rows)]
    for name in names:
        if name not in known:
            raise UserError(f"no row {name!r}; {hint(name, known)}")
    return [row for row in rows if not names or {row.model, row.name} & set(names)]


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("rows", nargs="*", metavar="ROW", help="MODEL or MODEL:WEIGHTS (all)")
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="for the evaluation: dataset.root=..., workers=8",
    )
    add("--out", type=Path, default=Path("data/reproduced"), metavar="FOLDER", help="results (data/reproduced)")
    add("--dry-run", action="store_true", help="list what is missing and the commands; score nothing")
    return parser.parse_args(arguments)
