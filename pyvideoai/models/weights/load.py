"""Load weights into a network, and report what was loaded and what was not; refuse a file that fills little of it."""

from collections.abc import Mapping
from pathlib import Path

from torch import nn

from pyvideoai.models.encoders.whole import check_sizes, check_whole
from pyvideoai.models.weights.containers import WeightsError, read
from pyvideoai.models.weights.find import PRETRAINED, find
from pyvideoai.models.weights.fit import fit
from pyvideoai.models.weights.report import LoadReport
from pyvideoai.models.weights.table import Weights


def load_weights(
    model: nn.Module,
    source: str | Path,
    *,
    table: Mapping[str, Weights] | None = None,
    folder: Path = PRETRAINED,
    offline: bool = False,
    min_share: float = 0.5,
) -> LoadReport:
    """Load `source` (a name in `table`, a file, a folder of transformers or of an experiment) into `model`.

    A tensor of another shape is left alone, so that with another number of classes only the head stays as it was.
    Raises UserError, one line, and leaves `model` unchanged, if the file can't be found or read, or fills less than
    `min_share` of the network's values, or an encoder of transformers in part only.
    """
    found = find(source, table or {}, folder=folder, offline=offline)
    check_sizes(model, found.path)
    state, report = fit(model, read(found.path), str(found.path))
    if found.published:
        report.licence = found.published.licence
        report.notes += [found.published.note] * bool(found.published.note)
    if report.share < min_share:
        raise WeightsError(_too_little(report, min_share))
    check_whole(model, report.source, report.missing, [each.name for each in report.skipped])
    # What is missing was reported, and weighed, above.
    model.load_state_dict(state, strict=False)
    return report


def _too_little(report: LoadReport, min_share: float) -> str:
    examples = {
        "of another shape": [str(each) for each in report.skipped],
        "missing": report.missing,
        "unexpected": report.unexpected,
    }
    counts = [f"{len(names)} {kind} (such as {names[0]})" for kind, names in examples.items() if names]
    share = f"fills {100 * report.share:.1f} % of the network's values, and min_loaded_share is {100 * min_share:g} %"
    return f"{report.source}: {share}: {len(report.matched)} tensors fit, {', '.join(counts)}"
