"""Split tables of videos that need not be there."""

import pandas as pd

CLASSES = ["a", "b"]


def rows(part, groups=20, videos=3):
    """`groups` groups of `videos` videos for each of two classes."""
    return pd.DataFrame(
        [
            (f"{part}/{label}{group:02d}_{video}.mp4", label, f"{part}{label}{group:02d}")
            for label in range(2)
            for group in range(groups)
            for video in range(videos)
        ],
        columns=["video", "label", "group"],
    )


def several(groups=40):
    """Groups of two videos with, in turn, class a, class b, both, and none."""
    labels = ("a", "b", "a;b", "")
    table = [
        (f"x/{group:03d}_{video}.mp4", labels[group % 4], f"g{group}") for group in range(groups) for video in (0, 1)
    ]
    return pd.DataFrame([("x/119_0.mp4", "a", "there"), *table], columns=["video", "label", "group"])
