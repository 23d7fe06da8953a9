"""What an evaluation says besides its score: classes, confusions, calibration, and which kinds of videos go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pyvideoai.annotations.names import in_one_line
from pyvideoai.data.facts import FACTS
from pyvideoai.data.table import video_numbers
from pyvideoai.experiment import ExperimentFolder
from pyvideoai.metrics import ClassScores, Reliability, Slice, class_scores, reliability, slices
from pyvideoai.metrics.slices import categories, ranges
from pyvideoai.reporting.classes import draw_average_precisions
from pyvideoai.reporting.confusion import confusion_text, draw_confusion, worst_confusions
from pyvideoai.reporting.evaluation import draw_reliability, write_class_scores, write_confusion, write_slices
from pyvideoai.reporting.lettering import class_labels
from pyvideoai.reporting.predictions import save_predictions
from pyvideoai.scoring.predictions import Predictions
from pyvideoai.tasks import ClassPrecisions, Confusion

WISHED = 0.9  # the precision whose threshold is looked for
SHOWN = 5  # confusions and slices in the console; the files have all
FEWEST = 2  # videos of a confusion that the console names
DIGITS = {"length_s": 1, "fps": 0, "brightness": 0, "motion": 1}
WORDS = {"length_s": "length in s", "motion": "motion energy"}


@dataclass(frozen=True)
class Details:
    """Hold the details of one evaluation of a split."""

    classes: Sequence[str]
    figure: Confusion | ClassPrecisions
    scores: ClassScores
    curve: Reliability
    slices: list[Slice]

    def lines(self) -> list[str]:
        """Return console lines: calibration, the worst confusions, and the kinds of videos that differ."""
        lines = [_calibration(self.curve)] if self.curve.counts.any() else []
        if isinstance(self.figure, Confusion):
            names = [in_one_line(name) for name in self.classes]
            worst = [each for each in worst_confusions(self.figure.counts, SHOWN) if each[2] >= FEWEST]
            lines += ["most confused: " + "; ".join(confusion_text(names, each) for each in worst)] if worst else []
        differing = sorted((each for each in self.slices if each.differs), key=lambda each: each.p)
        if differing:
            more = f"; and {len(differing) - SHOWN} more" if len(differing) > SHOWN else ""
            named = "; ".join(map(_slice_text, differing[:SHOWN]))
            lines.append(f"unlike the other videos, beyond chance (Fisher's test, Holm): {named}{more}")
        return lines

    def write(self, folder: Path, heading: str) -> None:
        """Write the tables and figures into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        labels = class_labels(self.classes)[0]
        write_class_scores(folder / "per_class.csv", self.scores, self.classes)
        write_slices(folder / "slices.csv", self.slices)
        draw_reliability(folder / "calibration.png", self.curve, heading)
        if isinstance(self.figure, Confusion):
            write_confusion(folder / "confusion.csv", self.figure.counts, self.classes)
            draw_confusion(folder / "confusion.png", self.figure.counts, labels, heading)
        else:
            precisions = self.figure.precisions, self.figure.positives
            draw_average_precisions(folder / "average_precision.png", *precisions, labels, heading)


def details_of(
    of_videos: Predictions, table: pd.DataFrame, classes: Sequence[str], wished: float = WISHED
) -> Details | None:
    """Return the details of the predictions of a table's videos, None if none was scored.

    wished: the precision, 0 to 1, for which each class's threshold is looked for.
    """
    if not len(of_videos.rows):
        return None
    task, outcomes = of_videos.task, of_videos.outcomes
    right, judged = task.right_first(outcomes)
    parts = _parts(of_videos, table, classes)
    # Of the same videos as `right`.
    kept = {by: {value: inside[judged] for value, inside in values.items()} for by, values in parts.items()}
    return Details(
        classes,
        task.class_figure(outcomes),
        class_scores(*task.by_class(outcomes), wished),
        reliability(*task.decisions(outcomes)),
        slices(right[judged], kept),
    )


def evaluation_stem(folder: ExperimentFolder, split: str, epoch: int, clips: int, crops: int) -> Path:
    """Return what an evaluation's predictions are named after, and the folder of its details:
    predictions/test_epoch0057_5x1.
    """
    return folder.predictions / f"{split}_epoch{epoch:04d}_{clips}x{crops}"


def save_by_video(stem: Path, of_videos: Predictions, table: pd.DataFrame, classes: Sequence[str]) -> list[Path]:
    """Save predictions with a row for each video; of a video's rows in the table the first stands for it."""
    numbers = video_numbers(table)
    # Videos are numbered in the order of their first rows, so row i of `firsts` is video i.
    firsts = table[~pd.Series(numbers, index=table.index).duplicated()]
    return save_predictions(stem, replace(of_videos, rows=numbers[of_videos.rows]), firsts, classes)


def _parts(of_videos: Predictions, table: pd.DataFrame, classes: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
    """Return which videos each slice has: by class, group, frame rate, size, length, brightness and motion."""
    truth = of_videos.task.by_class(of_videos.outcomes)[0].labels
    parts = {"class": {name: truth[:, number] for number, name in enumerate(classes)}}
    if "group" in table.columns:
        parts["group"] = categories(table["group"].iloc[of_videos.rows].tolist())
    facts = dict(zip(FACTS, of_videos.facts.T, strict=True))
    if np.isfinite(facts["width"]).any():
        sizes = [f"{width:.0f} x {height:.0f}" for width, height in zip(facts["width"], facts["height"], strict=True)]
        parts["size"] = categories(sizes)
    return parts | {name: ranges(facts[name], digits) for name, digits in DIGITS.items()}


def _calibration(curve: Reliability) -> str:
    gap = 100 * curve.overconfidence
    side = "above" if gap > 0 else "below"
    average = f"on average, confidence is {abs(gap):.1f} points {side} accuracy"
    return f"calibration error {100 * curve.error:.1f} %: {average}"


def _slice_text(each: Slice) -> str:
    by, value = WORDS.get(each.by, each.by), in_one_line(each.value)
    return f"{by} {value}: {each.accuracy:.1f} % right ({each.right} of {each.videos})"
