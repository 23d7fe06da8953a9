"""Compute the 95 % interval of an accuracy."""

import math

Z95 = 1.959963984540054  # the 97.5 % quantile of the standard normal distribution: 2.5 % lie beyond on either side


def interval95(correct: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy, in percent: Wilson's score interval (E. B. Wilson, JASA 22, 1927).

    It assumes that the videos are drawn independently. Videos cut from one source are not, so the true interval is
    wider.
    """
    if total == 0:
        return 0.0, 100.0
    # Wilson's interval stays within 0-100 % and keeps a width at 0 % and 100 % correct; the textbook interval, p ± 1.96
    # sqrt(p (1 - p) / n), has none there.
    share, spread = correct / total, Z95**2 / total
    centre = (share + spread / 2) / (1 + spread)
    half = Z95 / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return 100 * max(centre - half, 0.0), 100 * min(centre + half, 1.0)
