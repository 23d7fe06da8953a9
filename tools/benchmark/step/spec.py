"""What a contestant is told: as JSON, for it is a process of its own."""

import json
from dataclasses import asdict, dataclass

OURS, BARE = "ours", "bare loop"


@dataclass(frozen=True)
class Spec:
    """Describe a contestant.

    name: OURS, BARE (our network in a plain loop) or "package:network", such as "pytorchvideo:i3d_r50". dataset, model,
    experiment, overrides: as of -D -M -E --set. threads: of torch.
    """

    name: str
    dataset: str
    model: str
    experiment: str
    overrides: tuple[str, ...]
    classes: int
    threads: int

    @property
    def is_peer(self) -> bool:
        return self.name not in (OURS, BARE)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Spec":
        read = json.loads(text)
        return Spec(**{**read, "overrides": tuple(read["overrides"])})
