"""The whole page: of one run, or of several."""

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from pyvideoai.inspection.page import one, several, videos
from pyvideoai.inspection.page.blocks import render
from pyvideoai.inspection.runs import Run


def page_of_one(run: Run, suspects: Path, *, duplicates: bool = False, features: Path | None = None) -> str:
    """Return the HTML page of a run. suspects: the CSV of likely wrong labels, which is written too. duplicates: look
    for near copies however many videos there are. features: a folder of features of the training videos.
    """
    looked = [
        one.section("mistakes", "Mistakes", videos.mistakes, run),
        one.section("labels", "Likely wrong labels", videos.wrong_labels, run, suspects, features),
        one.section("copies", "Near copies across splits", partial(videos.copies, however_many=duplicates), run),
    ]
    return render(run.name, one.lead(run), [*one.scores(run), *looked, *one.circumstances(run)])


def page_of_several(runs: Sequence[Run], ignored: Collection[str]) -> str:
    """Return the HTML page that compares runs. ignored: settings that change no result."""
    return render(f"{len(runs)} runs compared", several.lead(runs), several.sections(runs, ignored))
