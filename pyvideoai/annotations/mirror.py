"""Say what a mirror does to labels: left becomes right, and classes that differ in that are exchanged."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pyvideoai.annotations.names import folded, in_one_line, some
from pyvideoai.errors import UserError, hint

Pairs = tuple[tuple[str, str], ...]

# A word that tells a side becomes one character, and so do arrows, which are one: then a mirror swaps characters.
SIDES = {
    "\ue000": r"left(?:wards?|hand(?:ed)?)?|links|gauche|izquierda",
    "\ue001": r"right(?:wards?|hand(?:ed)?)?(?![\s_-]+out\b)|rechts|droite|derecha",  # "right out" is not a side
    "\ue002": r"clockwise|cw",
    "\ue003": r"(?:anti|counter|contra)[\s_-]*clockwise|ccw|acw",
}
LEFTS, RIGHTS = "\ue000\ue002←⇐⟵⬅◀↖↙↰↲↶↺👈左", "\ue001\ue003→⇒⟶➡▶↗↘↱↳↷↻👉右"
MIRROR = str.maketrans(LEFTS + RIGHTS, RIGHTS + LEFTS)
NO_IMAGE = r"tick|check[\s_-]?mark"  # shapes whose mirror image is another shape, without a name


def _word(pattern: str) -> re.Pattern:
    """Return a pattern that matches a whole word, also in turn_left and TurnLeft, but not in upright or cleft."""
    start, end = r"(?:(?<![^\W\d_])|(?<=[a-z])(?=[A-Z]))", r"(?:(?![^\W\d_])|(?=[A-Z]))"
    return re.compile(f"{start}(?i:{pattern}){end}")


WORDS = {side: _word(pattern) for side, pattern in reversed(SIDES.items())}  # counterclockwise before clockwise
SHAPES = _word(NO_IMAGE)


@dataclass(frozen=True)
class Flips:
    """Say what HorizontalFlip does in a dataset. allowed: whether clips are flipped; pairs: classes that it
    exchanges.
    """

    allowed: bool = True
    pairs: Pairs = ()
    note: str = ""  # for the console: what was decided, by which setting


def flips(keeps: bool | Literal["auto"], pairs: Pairs, classes: Callable[[], Sequence[str]]) -> Flips:
    """Return what the settings `flip_keeps_label` and `flip_labels` mean for a dataset.

    "auto": classes that a mirror exchanges are exchanged; if the mirror image of a class is not a class, flips are off.
    """
    if keeps is False:
        what = "HorizontalFlip is off: in this dataset a mirrored video has another label"
        return Flips(allowed=False, note=f"{what} (dataset.flip_keeps_label = False; True flips and keeps all labels)")
    if pairs:
        return Flips(pairs=pairs, note=f"HorizontalFlip exchanges the labels of {_told(pairs)} (dataset.flip_labels)")
    if keeps is True:
        return Flips()
    pairs, alone = exchanged(classes())
    setting = "dataset.flip_keeps_label = 'auto', by the class names"
    if alone:
        what = f"HorizontalFlip is off: the mirror image of {some(alone)} has no class"
        return Flips(allowed=False, note=f"{what} ({setting}; True flips and keeps all labels)")
    if pairs:
        what = f"HorizontalFlip exchanges the labels of {_told(pairs)}"
        return Flips(pairs=pairs, note=f"{what} ({setting}; False: no flips, True: labels stay)")
    return Flips()


def exchanged(classes: Iterable[str]) -> tuple[Pairs, list[str]]:
    """Return the pairs of classes that are each other's mirror image, and classes without a mirror image, by
    their names.

    >>> exchanged(["turn_left", "wave", "TurnRight", "tick"])
    ((('turn_left', 'TurnRight'),), ['tick'])
    """
    pairs, wanted = [], defaultdict(list)
    for name in classes:
        shape = _shape(name)
        image = shape.translate(MIRROR)
        if image == shape:
            continue
        if wanted[shape]:
            pairs.append((wanted[shape].pop(0), name))
        else:
            wanted[image].append(name)
    without = [name for names in wanted.values() for name in names]
    return tuple(pairs), without + [name for name in classes if SHAPES.search(name)]


def left_right_pairs(classes: Iterable[str]) -> Pairs:
    """Return the pairs of classes that a mirror exchanges. A class without a mirror image keeps its label.

    >>> left_right_pairs(["Pushing it from left to right", "Pulling it right out", "Pushing it from right to left"])
    (('Pushing it from left to right', 'Pushing it from right to left'),)
    """
    return exchanged(classes)[0]


def flipped_labels(classes: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[int]:
    """Return a list: entry i is the label that a clip of class i has after a flip.

    Raises UserError for a name that is not a class, or that is in two pairs.
    """
    labels = list(range(len(classes)))
    for pair in pairs:
        for name in pair:
            if name not in classes:
                raise UserError(f"flip_labels: {name!r} is not a class; {hint(name, classes)}")
        first, second = map(list(classes).index, pair)
        if (labels[first], labels[second]) != (first, second) or first == second:
            raise UserError(f"flip_labels: {pair[0]!r} and {pair[1]!r} are not a pair; a class is in one pair")
        labels[first], labels[second] = second, first
    return labels


def _shape(name: str) -> str:
    """Return the folded name, in which each word for a side is one character."""
    for side, word in WORDS.items():
        name = word.sub(side, name)
    return folded(name)


def _told(pairs: Pairs) -> str:
    return some([" and ".join(map(in_one_line, pair)) for pair in pairs], 3)
