"""What a mirror does to labels: left becomes right, and the classes that differ in that are exchanged."""

import re
from collections.abc import Iterable, Sequence

from pyvideoai.errors import UserError, hint

Pairs = tuple[tuple[str, str], ...]
OTHER_SIDE = {"left": "right", "right": "left"}
SIDE = re.compile(r"\b(left|right)\b", re.IGNORECASE)


def left_right_pairs(classes: Iterable[str]) -> Pairs:
    """The classes that a mirror exchanges: swap "left" and "right" in the name of one, and it is the other's.

    A name whose mirror image is no class keeps its label: "pulling it right out" tells no side.

    >>> left_right_pairs(["Pushing it from left to right", "Turning it", "Pushing it from right to left"])
    (('Pushing it from left to right', 'Pushing it from right to left'),)
    """
    places = {name: place for place, name in enumerate(classes)}
    return tuple((name, mirrored(name)) for name in places if places.get(mirrored(name), -1) > places[name])


def mirrored(name: str) -> str:
    """`name` with the words left and right swapped; `upright` and the like stay."""
    return SIDE.sub(lambda match: _like(match[0], OTHER_SIDE[match[0].lower()]), name)


def flipped_labels(classes: Sequence[str], pairs: Iterable[tuple[str, str]]) -> list[int]:
    """For each label that of the mirrored clip; UserError for a name that is no class, or is in two pairs."""
    labels = list(range(len(classes)))
    for pair in pairs:
        for name in pair:
            if name not in classes:
                raise UserError(f"flip_labels: {name!r} is no class; {hint(name, classes)}")
        first, second = map(list(classes).index, pair)
        if (labels[first], labels[second]) != (first, second) or first == second:
            raise UserError(f"flip_labels: {pair[0]!r} and {pair[1]!r} are no pair; a class is in one pair")
        labels[first], labels[second] = second, first
    return labels


def _like(word: str, other: str) -> str:
    return other.capitalize() if word[0].isupper() else other
