"""Take the features of views from a store; let the frozen network compute those that it lacks, and keep them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from torch import Tensor

from pyvideoai.data.batches import Failure, TrainBatch, ViewBatch
from pyvideoai.features.store import Entry, Store

PARTS = ("features", "label", "frames")  # of an entry
SHARD = 64  # computed entries that are written together: what a kill may cost

Batch = TypeVar("Batch", TrainBatch, ViewBatch)


@dataclass
class Collected:
    """Hold what was asked for, by its place: entries (see `PARTS`), and what could not be decoded.

    computed: how many entries the store lacked.
    """

    entries: dict[int, Entry] = field(default_factory=dict)
    failures: dict[int, list[Failure]] = field(default_factory=dict)
    computed: int = 0

    def merged(self, others: Iterable["Collected"]) -> "Collected":
        """Return what this and other processes hold together."""
        joined = Collected(dict(self.entries), dict(self.failures), 0)
        for other in others:
            joined.entries |= other.entries
            joined.failures |= other.failures
            joined.computed += other.computed
        return joined


def collect(
    keys: Sequence[str],
    store: Store,
    *,
    load: Callable[[list[int]], Iterator[Batch]],
    join: Callable[[list[Batch]], Batch],
    compute: Callable[[Batch], Tensor],
    group: int,
    facts: Mapping[str, object],
    share: slice = slice(None),
    held: Collection[str] | None = None,
    after: Callable[[int], None] = lambda count: None,
) -> Collected:
    """Return the entries for `keys`, whose places count from 0.

    load: yields a batch of one video for each place, in order. join: makes one batch of several. compute: features of a
    batch, (N, ...). group: videos of a forward pass. facts: for people, kept with the features. share: the places
    whose missing entries this process computes; not a share of the missing ones, since another process may have written
    some of these already. held: which tensors of an entry are returned; None: all. after: called with how many are
    done. Videos that failed, and others in their places, are not kept: the file may be whole another time.
    """
    known = store.get(keys, held)
    collected = Collected({place: known[key] for place, key in enumerate(keys) if key in known})
    missing = [place for place in range(len(keys))[share] if keys[place] not in known]
    new: dict[str, Entry] = {}
    for pairs in _groups(zip(missing, load(missing), strict=True), group):
        collected.failures |= {place: batch.failures for place, batch in pairs if batch.failures}
        for place, entry in _entries(pairs, join, compute):
            collected.entries[place] = {name: entry[name] for name in held or entry}
            if place not in collected.failures:
                new[keys[place]] = entry
        collected.computed += len(pairs)
        after(len(pairs))
        if len(new) >= SHARD:
            store.add(new, facts)
            new = {}
    if new:
        store.add(new, facts)
    return collected


def _entries(
    pairs: list[tuple[int, Batch]], join: Callable[[list[Batch]], Batch], compute: Callable[[Batch], Tensor]
) -> Iterator[tuple[int, Entry]]:
    filled = [(place, batch) for place, batch in pairs if len(batch.rows)]
    if filled:
        joined = join([batch for _, batch in filled])
        features = compute(joined).float().cpu()
        for (place, _), *parts in zip(filled, features, joined.labels, joined.frames, strict=True):
            yield place, {name: part.clone() for name, part in zip(PARTS, parts, strict=True)}


def _groups(pairs: Iterable[tuple[int, Batch]], size: int) -> Iterator[list[tuple[int, Batch]]]:
    remaining = iter(pairs)
    while group := list(islice(remaining, size)):
        yield group
