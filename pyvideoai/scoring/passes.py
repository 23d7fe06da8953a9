"""Run a network over many clips in passes that fit the memory of its device."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from pyvideoai.errors import counted
from pyvideoai.faults import is_out_of_memory
from pyvideoai.scoring.room import room

CPU = torch.device("cpu")


@dataclass
class Passes:
    """Take as many clips at a time as are asked for, or half as many each time that memory runs out.

    most: the clips of the largest pass that memory allows; None: memory has not run out yet. say: called with a line
    whenever the number of clips is chosen or halved. rooms: by the shape of a clip, the clips that fit into memory.
    """

    say: Callable[[str], None] = print
    most: int | None = None
    rooms: dict[tuple[int, ...], int] = field(default_factory=dict)

    def run(
        self,
        network: Callable[[Tensor], Tensor],
        clips: Tensor,
        clips_per_forward: int | None,
        device: torch.device = CPU,
        *,
        compiled: bool = False,
    ) -> Tensor:
        """Return what `network` gives for clips (N, ...), put together. Raises what it raises for a single clip.

        clips_per_forward: None: as many as fit into the memory of `device`, the network's. compiled: see `room`.
        """
        outputs: list[Tensor] = []
        done = 0
        asked = clips_per_forward or self._room(network, clips, device, compiled)
        while done < len(clips):
            size = asked if self.most is None else min(self.most, asked)
            chunk = clips[done : done + size]
            output = self._tried(network, chunk)
            if output is None:
                self._halve(len(chunk))
            else:
                outputs.append(output)
                done += len(chunk)
        return torch.cat(outputs)

    def _room(self, network: Callable[[Tensor], Tensor], clips: Tensor, device: torch.device, compiled: bool) -> int:
        shape = tuple(clips.shape[1:])
        if shape not in self.rooms and len(clips) > 1:
            try:
                self.rooms[shape], told = room(network, clips, device, compiled=compiled)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                self.rooms[shape], told = 1, "a single view in a forward pass: memory ran out with two"
            self.say(f"evaluation: {told} (eval_clips_per_device = 'auto')")
        return self.rooms.get(shape, 1)

    def _tried(self, network: Callable[[Tensor], Tensor], chunk: Tensor) -> Tensor | None:
        """Return the output for some clips; None if memory ran out, when the error and all that it held are gone."""
        try:
            return network(chunk)
        except Exception as error:
            if len(chunk) == 1 or not is_out_of_memory(error):
                raise
            return None

    def _halve(self, failed: int) -> None:
        self.most = failed // 2
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.say(
            f"memory ran out with {counted(failed, 'clip')} in a forward pass; the evaluation goes on with {self.most} "
            f"(--set eval_clips_per_device={self.most} begins so)"
        )
