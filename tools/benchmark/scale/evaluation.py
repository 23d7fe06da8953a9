"""Metrics, details, tables and figures of an evaluation whose scores are there."""

import tempfile
from pathlib import Path

import numpy as np

from benchmark.scale.measured import Measured, Stopwatch

GOAL_S = 10.0


def measure(videos: int, classes: int) -> list[Measured]:
    """Return the processor seconds of each part of an evaluation's end, imports included."""
    import pandas as pd
    import torch  # noqa: F401  (as an evaluation has; it isn't what is measured)

    from pyvideoai.data.facts import FACTS
    from pyvideoai.reporting.predictions import save_predictions
    from pyvideoai.scoring.details import details_of
    from pyvideoai.scoring.predictions import Predictions
    from pyvideoai.scoring.results import describe_score
    from pyvideoai.scoring.results import measure as metrics_of
    from pyvideoai.tasks import SINGLE_LABEL

    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, videos)
    logits = rng.normal(size=(videos, classes))
    logits[np.arange(videos), labels] += 3
    scores = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    # Frame sizes and rates of a handful of kinds, as a dataset's are; the others differ from video to video.
    facts = rng.random((videos, len(FACTS))).astype(np.float32) * 10
    facts[:, FACTS.index("width")] = rng.choice([320, 340, 426, 454], videos)
    facts[:, FACTS.index("height")] = rng.choice([240, 256, 320], videos)
    predictions = Predictions(
        SINGLE_LABEL, "probabilities", np.arange(videos), labels, scores, rng.random(videos), facts=facts
    )
    names = [f"class {number:03d}" for number in range(classes)]
    table = pd.DataFrame({"video": [f"class/{number:011d}.mp4" for number in range(videos)], "label": labels})
    watch, folder = Stopwatch(), Path(tempfile.mkdtemp())
    with watch.of("metrics and their intervals"):
        values = metrics_of(predictions, SINGLE_LABEL.metrics, "test")
        describe_score(predictions, values, "test", names)
    with watch.of("classes, slices, calibration"):
        details = details_of(predictions, table, names)
    assert details is not None
    with watch.of("their tables and figures"):
        details.lines()
        details.write(folder / "details", "made")
    with watch.of("predictions saved"):
        save_predictions(folder / "predictions", predictions, table, names)
    return [*watch.found, watch.total("in all", GOAL_S)]
