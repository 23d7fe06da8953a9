"""How sure a score is."""

import math

Z95 = 1.959963984540054


def interval95(correct: int, total: int) -> tuple[float, float]:
    """The 95 % interval of an accuracy, in percent: Wilson's score interval (E. B. Wilson, JASA 22, 1927).

    It treats the videos as drawn independently; videos cut from one source are not, so the truth is wider.
    """
    if total == 0:
        return 0.0, 100.0
    share, spread = correct / total, Z95**2 / total
    centre = (share + spread / 2) / (1 + spread)
    half = Z95 / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return 100 * max(centre - half, 0.0), 100 * min(centre + half, 1.0)
