"""Find what the training videos share with those that are scored: a score on it is better than on new videos.

Groups and videos are compared as they are. Where no group is given, names and columns may show one: clips that were cut
out of one video, and people or places in a column that nothing reads.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyvideoai.annotations.names import in_one_line

if TYPE_CHECKING:
    import pandas as pd

# The end of a name that tells pieces and copies of a video apart: run_clip3.mp4, run_flipped.mp4, v_Run_g01_c02.avi
PIECE = re.compile(
    r"(?:[\s_.-]+(?:clip|part|pt|seg|segment|chunk|piece|cut|copy|aug|augmented|flip|flipped|mirror|mirrored)"
    r"[\s_.-]*\d*|(?<=_g\d\d)_c\d\d|_\d{6}_\d{6})(?=\.\w+$|$)",
    re.IGNORECASE,
)
WHO_OR_WHERE = re.compile(
    r"(?:subject|person|participant|patient|actor|performer|signer|speaker|player|user|source|sourcevideo|"
    r"originalvideo|session|recording|location)s?(?:id|name|no|nr|number|idx|index)?"
)


def remarks_on_leaks(train: "pd.DataFrame", others: "Mapping[str, pd.DataFrame]", *, grouped: bool) -> list[str]:
    """Return lines on what `others`, tables by split, share with the training table; all have a column group.

    grouped: whether the dataset names its groups; otherwise each video is a group of its own.
    """
    found = []
    for split, other in others.items():
        shared = [_shared(train, other)]
        if not grouped:
            shared += [_pieces(train, other), *_columns(train, other)]
        found += [f"train and {split} share {each}" for each in shared if each]
    return found


def _shared(train: "pd.DataFrame", other: "pd.DataFrame") -> str | None:
    """Return what two tables share: groups or, if these don't show it, videos; None for nothing."""
    for what, column in (("groups of videos", "group"), ("videos", "video")):
        whole = set(other[column])
        if both := whole & set(train[column]):
            # min: a set has no order, and the line should be the same in every run.
            return f"{len(both)} of {len(whole)} {what}, such as {in_one_line(min(both))}{_contradicted(train, other)}"
    return None


def _contradicted(train: "pd.DataFrame", other: "pd.DataFrame") -> str:
    """Say how many whole videos have another label in the other table; "" for none."""
    if not {"start_s", "start_frame", "end_s", "end_frame"}.isdisjoint({*train.columns, *other.columns}):
        return ""  # parts of a video may have labels of their own
    first = dict(zip(train["video"], train["label"], strict=True))
    wrong = [
        video for video, label in zip(other["video"], other["label"], strict=True) if first.get(video, label) != label
    ]
    return f"; {len(wrong)} with another label, such as {in_one_line(min(wrong))}" if wrong else ""


def _pieces(train: "pd.DataFrame", other: "pd.DataFrame") -> str | None:
    """Return how many videos are pieces of a video that others in training are of too, by their names."""
    wholes = {PIECE.sub("", video): video for video in train["video"]}
    pieces = {video: wholes.get(PIECE.sub("", video), video) for video in other["video"]}
    shared = {video: same for video, same in pieces.items() if same != video}
    if not shared:
        return None
    video = min(shared)
    return (
        f"what seem to be pieces of one video: {len(shared)} of {len(pieces)}, such as {in_one_line(shared[video])} "
        f"and {in_one_line(video)}; a group keeps them together (docs/DATASETS.md)"
    )


def _columns(train: "pd.DataFrame", other: "pd.DataFrame") -> list[str]:
    """Return a line for each column such as "subject" with values that both tables have."""
    names = [name for name in train.columns if name in other and WHO_OR_WHERE.fullmatch(_letters(str(name)))]
    found = []
    for name in names:
        whole = set(other[name].dropna()) - {""}
        if both := whole & set(train[name]):
            found.append(
                f"{len(both)} of {len(whole)} values of the column {in_one_line(str(name))!r}, which nothing reads; "
                "if the score is meant for new ones, call it group: splits are held out by group"
            )
    return found


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
