"""What a contestant is told: as JSON, for it is a process of its own."""

import json
from dataclasses import asdict, dataclass

OURS, BARE, PLAIN = "ours", "bare loop", "plain torch"


@dataclass(frozen=True)
class Spec:
    """Describe a contestant.

    name: OURS; BARE, the same network and optimiser, computing as ours do, in a loop of a few lines; PLAIN, the same in
    torch's own layout and precision; or "package:network", such as "pytorchvideo:i3d_r50". dataset, model, experiment,
    overrides: as of -D -M -E --set. threads: of torch. way: the memory format and precision that ours has chosen.
    """

    name: str
    dataset: str
    model: str
    experiment: str
    overrides: tuple[str, ...]
    classes: int
    threads: int
    way: tuple[str, str] | None = None

    @property
    def is_settled(self) -> bool:
        """Return whether the process gets our settings of allocator and OpenMP; others stay as Python starts them."""
        return self.name in (OURS, BARE)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Spec":
        read = json.loads(text)
        way = None if read["way"] is None else tuple(read["way"])
        return Spec(**{**read, "overrides": tuple(read["overrides"]), "way": way})
