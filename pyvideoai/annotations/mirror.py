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
# Words that often tell something else (a size is L, the Wild West a place): a side only beside their mirror image
PERHAPS = {
    "\ue000": "l|lh|lhs",
    "\ue001": "r|rh|rhs",
    "\ue004": "west(?:wards?|ern|bound)?",
    "\ue005": "east(?:wards?|ern|bound)?",
}
LEFTS, RIGHTS = "\ue000\ue002\ue004←⇐⟵⬅◀↖↙↰↲↶↺👈左", "\ue001\ue003\ue005→⇒⟶➡▶↗↘↱↳↷↻👉右"
MIRROR = str.maketrans(LEFTS + RIGHTS, RIGHTS + LEFTS)
NO_IMAGE = r"tick|check[\s_-]?mark"  # shapes whose mirror image is another shape, without a name


def _word(pattern: str) -> re.Pattern:
    """Return a pattern that matches a whole word, also in turn_left and TurnLeft, but not in upright or cleft."""
    start = r"(?:(?<![^\W\d_])|(?<=[a-z])(?=[A-Z])|(?<=(?i:north|south)))"  # northwest is a side's word too
    end = r"(?:(?![^\W\d_])|(?=[A-Z]))"
    return re.compile(f"{start}(?i:{pattern}){end}")


WORDS = [(side, _word(pattern)) for side, pattern in reversed(SIDES.items())]  # counterclockwise before clockwise
UNSURE = [(side, _word(pattern)) for side, pattern in PERHAPS.items()]
SHAPES = _word(NO_IMAGE)
# "left and right", "turn left or turn right": what stands around the two sides is the same, so that their order tells
# nothing; a mirror turns such a name into itself
_AND = rf"[\s_-]*(?:[&+/,]|{_word('and|or|und|oder|et|ou|y|o').pattern})[\s_-]*"
_SIDE = f"[{LEFTS}{RIGHTS}]"
BOTH = re.compile(rf"(?P<before>.{{0,40}}?)({_SIDE})(?P<behind>.{{0,40}}?)({_AND})(?P=before)({_SIDE})(?P=behind)")
BOTH_IN_CHINESE = "左右"


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
        shape, image = _shape_and_image(name, WORDS + UNSURE)
        if image == shape:
            continue
        if wanted[shape]:
            pairs.append((wanted[shape].pop(0), name))
        else:
            wanted[image].append(name)
    without = [name for names in wanted.values() for name in names if _tells_a_side(name)]
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


def _tells_a_side(name: str) -> bool:
    """Return whether a name surely tells a side, also where no other class is its mirror image."""
    shape, image = _shape_and_image(name, WORDS)
    return shape != image


def _shape_and_image(name: str, words: Iterable[tuple[str, re.Pattern]]) -> tuple[str, str]:
    """Return the folded name, in which each word for a side is one character, and its mirror image."""
    sided = name.replace(BOTH_IN_CHINESE, "")
    for side, word in words:
        sided = word.sub(side, sided)
    return folded(BOTH.sub(_in_order, sided)), folded(BOTH.sub(_in_order, sided.translate(MIRROR)))


def _in_order(both: re.Match) -> str:
    """Return "left and right" for "right and left", too."""
    before, first, behind, joined, second = both.groups()
    return joined.join(f"{before}{side}{behind}" for side in sorted([first, second]))


def _told(pairs: Pairs) -> str:
    return some([" and ".join(map(in_one_line, pair)) for pair in pairs], 3)
