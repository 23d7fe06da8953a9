"""Find kept features that no run will take again: those of other versions of PyVideoAI or torch."""

import json
import time
from dataclasses import dataclass
from pathlib import Path

from pyvideoai.features.keys import made_with
from pyvideoai.inspection.leftovers import YOUNG_S, Leftover, size_of
from pyvideoai.models.weights import safetensors


@dataclass
class Kept:
    """Hold a folder of features: bytes, what they were made for, and the shards that can go.

    unknown: shards that don't say with which versions they were made, or can't be read.
    """

    path: Path
    size: int
    configs: str
    unknown: int
    leftovers: list[Leftover]


def look_at(folder: Path) -> Kept:
    """Look at a folder of kept features (`features.store`)."""
    kept, now = Kept(folder, size_of(folder), "", 0, []), made_with()
    for shard in sorted(folder.glob("*.safetensors")):
        facts = _facts(shard)
        kept.configs = kept.configs or " ".join(map(str, facts.get("configs", [])))
        versions = facts.get("made_with")
        kept.unknown += versions is None
        if versions is not None and versions != now:
            why = f"features of {' '.join(map(str, versions))}; runs of today compute their own"
            kept.leftovers += [Leftover(shard, size_of(shard), why)] * _is_old(shard)
    halves = [each for each in folder.glob(".*.tmp") if _is_old(each)]
    kept.leftovers += [Leftover(each, size_of(each), "half written when a kill came") for each in halves]
    return kept


def _facts(shard: Path) -> dict:
    try:
        with shard.open("rb") as file:
            found = safetensors.read_metadata(file)
        facts = {name: json.loads(value) for name, value in found.items()}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return {name: value for name, value in facts.items() if isinstance(value, list)}


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > YOUNG_S
