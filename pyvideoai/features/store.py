"""Keep features in a folder: shards in the safetensors format, each written whole or not at all.

A shard holds the entries that were computed together. Nothing is ever changed in place: entries whose video, settings
or weights have changed have other keys, and a run that was killed goes on with the entries that are missing.
"""

import json
import uuid
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from torch import Tensor

from pyvideoai.features.keys import made_with
from pyvideoai.models.weights import safetensors

Entry = dict[str, Tensor]


class Store:
    """Hold entries, tensors by their names, under keys. faults: shards that can't be read, which count as missing."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.faults = folder, list[str]()

    def get(self, keys: Iterable[str], held: Collection[str] | None = None) -> dict[str, Entry]:
        """Return the entries that are there, by key. held: names of the tensors that are wanted; None: all."""
        wanted, found = set(keys), dict[str, Entry]()
        for shard in sorted(self.folder.glob("*.safetensors")):
            for name, tensor in self._read(shard, wanted, held).items():
                key, _, part = name.partition("/")
                found.setdefault(key, {})[part] = tensor
        return found

    def add(self, entries: Mapping[str, Entry], facts: Mapping[str, object]) -> None:
        """Write a shard. facts: for people, about all entries."""
        self.folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"{key}/{part}": tensor for key, entry in entries.items() for part, tensor in entry.items()}
        metadata = {name: json.dumps(value, default=str) for name, value in facts.items()}
        metadata["made_with"] = json.dumps(made_with())  # for pyvideoai clean: keys can't be read backwards
        safetensors.write(self.folder / f"{uuid.uuid4().hex}.safetensors", tensors, metadata)

    def _read(self, shard: Path, wanted: set[str], held: Collection[str] | None) -> dict[str, Tensor]:
        def is_wanted(name: str) -> bool:
            key, _, part = name.partition("/")
            return key in wanted and (held is None or part in held)

        try:
            with shard.open("rb") as file:
                return safetensors.read(file, is_wanted)
        except (OSError, ValueError, KeyError) as error:
            self.faults.append(f"{shard} can't be read ({error}); its features are computed again")
            return {}
