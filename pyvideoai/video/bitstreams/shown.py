"""What following a stream's packets gives, and what every follower is."""

from bisect import bisect
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Unproven(Exception):
    """The stream isn't of the plain kind that a follower is proven for."""


@dataclass(frozen=True)
class Shown:
    """How a stream's frames are shown.

    order: int32 (frames,), the packet (counted from 0) that each frame comes from, in the order of showing.
    entries: packets at which a decoder may start: whatever is shown from there on comes out exactly.
    droppable: whether the decoder can leave out frames that no other refers to.
    chained: bool (packets,), or None for nowhere: the frame reaches the decoder with the packet before, and gets lost
        when that one's frame is left out.
    """

    order: np.ndarray
    entries: list[int]
    droppable: bool
    chained: np.ndarray | None = None


# What a follower may raise: damaged headers hold any number, and name parameter sets that aren't there
UNFOLLOWED = (Unproven, LookupError, ValueError, ArithmeticError)


class Follower(Protocol):
    """Is given the packets of a stream in decoding order."""

    def add(self, payload: bytes) -> None:
        """Raises one of UNFOLLOWED where the stream isn't plain or the packet is damaged."""
        ...

    def shown(self, reorder_depth: int) -> Shown:
        """The answer, after the last packet; reorder_depth: how many frames the decoder holds back to order them.

        Raises one of UNFOLLOWED.
        """
        ...


def sorted_order(keys: list[tuple[int, int]], reorder_depth: int) -> np.ndarray:
    """int32 (packets,): the packets in the order of their (sequence, picture order count). Raises Unproven.

    A decoder that holds back fewer frames than the order needs would drop those that come too late.
    """
    order = np.asarray(sorted(range(len(keys)), key=keys.__getitem__), np.int32)
    if len(set(keys)) < len(keys) or needed_depth(order) > reorder_depth:
        raise Unproven("frames can't be brought in order")
    return order


def needed_depth(order: np.ndarray) -> int:
    """The most packets that come before another one in decoding order and after it in display order."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    before, deepest = [], 0
    for shown in place.tolist():
        at = bisect(before, shown)
        deepest = max(deepest, len(before) - at)
        before.insert(at, shown)
    return deepest
