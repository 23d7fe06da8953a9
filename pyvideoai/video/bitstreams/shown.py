"""The result of following a stream's packets, and the interface of every follower."""

from bisect import bisect
from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Unproven(Exception):
    """The stream isn't of the plain kind for which a follower is proven."""


@dataclass(frozen=True)
class Shown:
    """Say how a stream's frames are shown.

    order: int32 (frames,), the packet (counted from 0) that each frame comes from, in display order.
    entries: packets at which a decoder may start: all frames shown from there on come out exactly.
    droppable: whether the decoder can leave out frames that no other frame refers to.
    chained: bool (packets,), or None if no packet is: the frame reaches the decoder with the packet before, and is
        lost when that packet's frame is left out.
    """

    order: np.ndarray
    entries: list[int]
    droppable: bool
    chained: np.ndarray | None = None


# What a follower may raise: damaged headers hold any number, and name parameter sets that aren't there
UNFOLLOWED = (Unproven, LookupError, ValueError, ArithmeticError)


class Follower(Protocol):
    """Receive the packets of a stream in decoding order, and say how its frames are shown."""

    def add(self, payload: bytes) -> None:
        """Look at the next packet. Raises one of UNFOLLOWED if the stream isn't plain or the packet is damaged."""
        ...

    def shown(self, reorder_depth: int) -> Shown:
        """Return the answer, after the last packet. Raises one of UNFOLLOWED.

        reorder_depth: how many frames the decoder holds back to bring them into display order.
        """
        ...


def sorted_order(keys: list[tuple[int, int]], reorder_depth: int) -> np.ndarray:
    """Return int32 (packets,): the packets in the order of their (sequence, picture order count). Raises Unproven.

    A decoder that holds back fewer frames than the order needs would drop frames that come too late.
    """
    order = np.asarray(sorted(range(len(keys)), key=keys.__getitem__), np.int32)
    if len(set(keys)) < len(keys) or needed_depth(order) > reorder_depth:
        raise Unproven("frames can't be brought in order")
    return order


def needed_depth(order: np.ndarray) -> int:
    """Return the most packets that come before another one in decoding order and after it in display order."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    before, deepest = [], 0
    for shown in place.tolist():
        # `before` holds the places of the earlier packets, sorted: those behind `at` are shown later than this one.
        at = bisect(before, shown)
        deepest = max(deepest, len(before) - at)
        before.insert(at, shown)
    return deepest
