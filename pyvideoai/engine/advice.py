"""Say what a beginner would not notice: classes of very different sizes, a warm-up as long as the run, scores at
chance, a choice by few videos.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pyvideoai.annotations.names import in_one_line
from pyvideoai.data.splits import Splits
from pyvideoai.data.table import video_numbers
from pyvideoai.errors import counted
from pyvideoai.metrics import interval95

HEAVY = 10  # times as many videos in the largest class as in the smallest
PATIENCE = 5  # validations before a score at chance is worth a line; the next lines come at 10, 20, 40, ...
LEARNT = 2  # times the chance level at which training counts as learning
TRY = (
    "try --overfit 100 (can it learn one batch by heart?), look at plots/first_batch.png and at the class names above, "
    "and try another learning_rate or pretrained weights"
)
SPLIT_TRY = (
    "what it learns does not carry over; try more varied training videos, augmentation or pretrained weights, and see "
    "whether train and val show the same things"
)

Row = Mapping[str, float]


def imbalance(splits: Splits, balance: str | None) -> list[str]:
    """Return a line if a class has many times the training videos of another, and `balance` doesn't even that out."""
    counts = splits.task.class_counts(
        splits.task.label_array(splits.train["label"].tolist(), len(splits.classes)), len(splits.classes)
    )
    most, least = int(counts.argmax()), int(counts.argmin())
    times = counts[most] / max(counts[least], 1)
    if balance not in (None, "none") or times < HEAVY:
        return []
    sizes = [f"{in_one_line(splits.classes[each])} {counts[each]}" for each in (most, least)]
    ways = "balance=loss" if splits.task.multi_label else "balance=sampling (or balance=loss)"
    return [
        f"imbalance: a class has {times:.0f} times the training videos of another ({' and '.join(sizes)}): "
        f"a network may learn to name the largest only; --set {ways} evens that out"
    ]


def long_warm_up(exp: Any) -> list[str]:
    """Return a line if a warm-up takes most of a run, so that its rate is hardly ever the one that is written."""
    if exp.lr_factor is None or 2 * exp.warmup_epochs <= exp.num_epochs:
        return []
    return [
        f"WARNING: warmup_epochs = {exp.warmup_epochs:g} takes most of num_epochs = {exp.num_epochs}: the learning "
        "rate stays far below the one above; shorten it by --set warmup_epochs=..."
    ]


def at_chance(history: Sequence[Row], splits: Splits) -> str | None:
    """Return a line if val's top-1 is still not above chance, after 5, 10, 20, ... validations; otherwise None."""
    scores = [row["val/top1"] for row in history if "val/top1" in row]
    if splits.val is None or splits.task.multi_label or "val/top1" not in history[-1] or not _is_due(len(scores)):
        return None
    # One row for each video: rows of one video_id count once, as in the score.
    labels = splits.val["label"][~pd.Series(video_numbers(splits.val), index=splits.val.index).duplicated()]
    videos = len(labels)
    # What always naming the commonest class would score.
    chance = 100 * float(labels.value_counts().iloc[0]) / videos
    # Scores are percentages; the interval needs the number of right videos.
    lows = [interval95(round(score * videos / 100), videos)[0] for score in scores]
    if max(lows) > chance:
        return None
    trained = history[-1].get("train/top1", 0.0)
    # With many classes twice the chance level is still next to nothing, hence 10 points more.
    remedy = SPLIT_TRY if trained > LEARNT * chance and trained > chance + 10 else TRY
    return (
        f"val top-1 {scores[-1]:.1f} % is not above chance, {chance:.1f} %, after {counted(len(history), 'epoch')} "
        f"(train {trained:.1f} %): {remedy}"
    )


def choice(history: Sequence[Row], best_epoch: int | None, select: str, videos: int) -> dict[str, Any] | None:
    """Return how certain the choice of the best epoch is, for results.json; None if it wasn't made on val.

    interval95: of the best epoch's top-1, None for another metric. epochs_within: how many other epochs' scores lie in
    it.
    """
    scores = {int(row["epoch"]): row[select] for row in history if select in row}
    if best_epoch not in scores or not select.startswith("val/"):
        return None
    found: dict[str, Any] = {"by": select, "videos": videos, "value": scores[best_epoch], "interval95": None}
    if select == "val/top1":
        found["interval95"] = interval = interval95(round(scores[best_epoch] * videos / 100), videos)
        others = [score for epoch, score in scores.items() if epoch != best_epoch]
        # No score is above that of the best epoch, so the lower end decides.
        found["epochs_within"] = sum(interval[0] <= score for score in others)
        found["epochs_measured"] = len(scores)
    return found


def choice_line(found: dict[str, Any] | None) -> list[str]:
    """Put `choice` into words if other epochs may be as good as the one that was chosen."""
    if not found or not found["interval95"] or not found["epochs_within"]:
        return []
    low, high = found["interval95"]
    return [
        f"  best was chosen on {counted(found['videos'], 'video')} of val: {found['value']:.1f} % top-1 there has the "
        f"95 % interval {low:.1f}-{high:.1f}, and {found['epochs_within']} of the {found['epochs_measured'] - 1} other "
        "epochs lie in it, so it may not be the best one"
    ]


def _is_due(validations: int) -> bool:
    times, rest = divmod(validations, PATIENCE)
    # times is a power of two (1, 2, 4, ...): such a number has no bit in common with the one before it.
    return not rest and times & (times - 1) == 0
