"""The setting `pretrained`: find its file, load it into the network, and report."""

from collections.abc import Sequence
from pathlib import Path

from torch import nn

from pyvideoai.config.load import Config
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import ExperimentFolder, open_folder, write_json
from pyvideoai.models.encoders.sizes import other_statistics
from pyvideoai.models.stages import classifier
from pyvideoai.models.weights.find import find, is_of_transformers
from pyvideoai.models.weights.load import load_weights
from pyvideoai.models.weights.other_networks import doubts, surplus, surplus_text
from pyvideoai.models.weights.report import LoadReport
from pyvideoai.reporting.reporter import Reporter


def find_pretrained(config: Config) -> None:
    """Check that the file is there, or download it, before anything is made. Raises UserError, one line."""
    if config.exp.pretrained is not None:
        find(_source(config), config.model.weights, offline=config.exp.offline)


def load_pretrained(
    model: nn.Module, config: Config, classes: Sequence[str], folder: ExperimentFolder | None, reporter: Reporter
) -> None:
    """Fill the model with `pretrained`, report what was loaded and what not, and keep the report in the folder.

    A file that has more than the network belongs to another one. This is an error for a published name; for a file of
    the user's own it is a warning.
    """
    exp = config.exp
    report = load_weights(
        model, _source(config), table=config.model.weights, offline=exp.offline, min_share=exp.min_loaded_share
    )
    head = classifier(model)
    report.notes.append(head_note(report, head))
    extra = surplus(model, report)
    if extra and exp.pretrained in config.model.weights:
        raise UserError(surplus_text(extra, report))
    reporter.log(report.text())
    named = exp.pretrained in config.model.weights
    others = [*other_head(report, head, classes), *other_statistics(Path(report.source), config.model.normalise)]
    for warning in (*doubts(extra, report, config.names[1], named=named), *others):
        reporter.log(f"WARNING: {warning}")
    if folder is not None:
        write_json(folder.path / "pretrained.json", report.as_dict())


def other_head(report: LoadReport, head: str, classes: Sequence[str]) -> list[str]:
    """Return a line if the classifier was loaded, and its labels meant other classes."""
    other = report.other_classes(classes) if f"{head}.weight" in report.matched else ""
    return [f"the head {head!r} was trained on other classes, or on another order of them: {other}"] * bool(other)


def head_note(report: LoadReport, head: str) -> str:
    """Return what became of the classifier, which matters most in fine-tuning."""
    weight, parts = f"{head}.weight", {f"{head}.weight", f"{head}.bias"}
    skipped = {each.name: each for each in report.skipped}
    if weight in report.matched:
        same = ": the file must have the same classes in the same order" * (not report.classes)
        return f"the head {head!r} is loaded too{same}"
    if weight not in skipped:
        return f"the head {head!r} starts anew: the file has none"
    classes = f"the file has {counted(skipped[weight].in_file[0], 'class')}, not {skipped[weight].in_network[0]}"
    others = len(skipped.keys() - parts) + len(set(report.missing) - parts)
    return f"{'only ' * (not others)}the head {head!r} starts anew: {classes}"


def _source(config: Config) -> str:
    """Return a name of the model's table, a file or a folder of transformers as it is; else the version in a folder."""
    given = config.exp.pretrained
    folder = Path(given)
    # A folder with weights/ is a version itself; without, it is the folder above, which holds versions.
    if given in config.model.weights or not folder.is_dir() or (folder / "weights").is_dir():
        return given
    if is_of_transformers(folder):
        return given
    return str(open_folder(given).path)
