"""What a classifier that has not seen a video thinks of its label: logistic regression on features, part by part."""

import warnings
from collections.abc import Sequence

import numpy as np

FOLDS = 5
STRENGTH = 0.01  # scikit-learn's C: features outnumber videos, and a looser fit would learn wrong labels by heart
MOST_STEPS = 300  # of the optimiser; the order of the probabilities settles long before they do


def out_of_fold(features: np.ndarray, labels: np.ndarray, groups: Sequence[str], classes: int) -> np.ndarray:
    """Return each video's probabilities by a classifier that was fitted to other groups: float64 (N, classes).

    features: float32 (N, channels). labels: int64 (N,). groups: what the videos of a scene share. A row is NaN if its
    class is in no other part, so that nothing could know it; all are if there is one group or one class only.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    found = np.full((len(labels), classes), np.nan)
    folds = min(FOLDS, len(set(groups)))
    if folds < 2:
        return found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # Classes with fewer videos than parts: some parts go without, as they must.
        warnings.filterwarnings("ignore", message="The least populated class")
        cut = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
        for others, part in cut.split(features, labels, np.asarray(groups, dtype=object)):
            known = np.unique(labels[others])
            asked = part[np.isin(labels[part], known)]
            if len(known) < 2 or not len(asked):
                continue
            fitted = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=MOST_STEPS))
            probabilities = fitted.fit(features[others], labels[others]).predict_proba(features[asked])
            found[asked] = 0
            found[np.ix_(asked, known)] = probabilities
    return found
