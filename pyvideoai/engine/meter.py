"""Measure one training epoch: loss, metrics, speed, waiting, failed videos, over all processes."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import psutil
import torch

from pyvideoai.data.batches import Failure
from pyvideoai.engine.idle import Idle
from pyvideoai.engine.stopping import Diverged, TooManyFailures
from pyvideoai.metrics import Metric, Outcomes, telling
from pyvideoai.processes import Processes
from pyvideoai.program import typed
from pyvideoai.reporting.clip_losses import ClipOutcomes
from pyvideoai.tasks import Task

T = TypeVar("T")
NAMED = 50  # videos in an error
UNKNOWN = -1  # row of a clip
FEW = 3  # unreadable videos that stop no training, however small the set


@dataclass(frozen=True)
class FailureLimit:
    """Say how many of `videos` training videos may be unreadable: a `share`, but at least a few, unless the
    share is 0.
    """

    share: float = 1.0
    videos: int = 0

    @property
    def allowed(self) -> int:
        return max(int(self.share * self.videos), FEW) if self.share else 0

    def error(self, failures: Sequence[Failure], when: str) -> TooManyFailures:
        """Return the error for too many failures. when: such as "in epoch 3"."""
        failed = len({each.video for each in failures})
        return TooManyFailures(
            f"{failed} of {self.videos} training videos could not be decoded {when}, more than max_failed_share = "
            f"{self.share:g} allows, {self.allowed}: {_named(failures)}; take them out "
            f"({typed('check-videos')} names all beforehand), or --set max_failed_share=... allows more"
        )


class Advances(Protocol):
    """Describe what receives each step: a progress line, or a substitute."""

    def advance(self, **values: float) -> None: ...


class EpochMeter:
    """Collect losses and outcomes on the device; synchronise, and move them to the host, every `log_period` steps."""

    def __init__(
        self,
        processes: Processes,
        task: Task,
        *,
        epoch: int,
        steps: int,
        log_period: int,
        limit: FailureLimit | None = None,
    ) -> None:
        self.processes, self.task = processes, task
        self.epoch, self.steps, self.log_period = epoch, steps, log_period
        self.limit = limit
        self.started, self.idle = time.perf_counter(), Idle(processes.device)
        self.losses: list[torch.Tensor] = []
        self.clips: list[int] = []
        self.outcomes: list[Outcomes] = []
        self.rows: list[torch.Tensor] = []  # of the training table, for each clip; on the host
        self._recent_passes: list[tuple[torch.Tensor, ...]] = []  # labels, probabilities, losses; on the device
        self.failures: list[Failure] = []
        self._logged = 0

    def timed(self, batches: Iterable[T]) -> Iterator[T]:
        """Yield the batches, and add up the time in which the device has nothing to do but to wait for them."""
        iterator = iter(batches)
        while True:
            with self.idle.waiting():
                batch = next(iterator, None)
            if batch is None:
                return
            yield batch

    @torch.no_grad()
    def add(
        self,
        loss: torch.Tensor,
        logits: torch.Tensor,
        labels: torch.Tensor,
        rows: torch.Tensor,
        failures: list[Failure],
    ) -> None:
        """Record one forward pass: logits (N, classes), labels int64 (N,) or float32 (N, classes), rows int64 (N,)."""
        # Sums, which add up over processes and passes of any size, as means don't.
        self.losses.append(loss.detach().float() * len(labels))
        self.clips.append(len(labels))
        self.rows.append(rows.clone())  # a worker's own tensor would keep a file open for each batch
        logits = logits.detach().float()
        self._recent_passes.append((labels, self.task.activate(logits), self.task.losses(logits, labels)))
        self.failures += failures

    def shows(self, step: int) -> bool:
        """Return whether the values of a step are shown: every `log_period` steps, and at the epoch's end."""
        return step % self.log_period == 0 or step == self.steps

    def end_step(self, step: int, learning_rate: float, gradient_norm: torch.Tensor | None, progress: Advances) -> None:
        """Count a step; if it is one that is shown, also check loss and failures. Raises Diverged, TooManyFailures.

        gradient_norm: of a step that is shown.
        """
        if not self.shows(step):
            progress.advance()
            return
        assert gradient_norm is not None
        progress.advance(
            **self._recent(step, learning_rate),
            learning_rate=learning_rate,
            gradient_norm=float(gradient_norm),
            clips_per_s=self.clips_per_s,
            data_wait_share=self.wait_share,
        )

    def values(self, metrics: Iterable[Metric]) -> dict[str, float]:
        """Return the epoch's values over all processes: "train/loss", "train/top1", ..., "clips_per_s", ..."""
        # Before `gather`, in which a fast process waits for the slow ones.
        runtime_s, speed, wait = time.perf_counter() - self.started, self.clips_per_s, self.wait_share
        self._to_host()
        outcomes = Outcomes.concatenate(self.processes.gather(Outcomes.concatenate(self.outcomes)))
        loss = self.processes.sum(torch.stack(self.losses).sum())
        told = telling(metrics, outcomes.probabilities.shape[1])
        return {
            "train/loss": float(loss) / len(outcomes),
            **{f"train/{metric.name}": float(metric(outcomes)) for metric in told},
            "runtime_s": runtime_s,
            "clips_per_s": speed,
            "data_wait_share": wait,
            "memory_gb": memory_gb(self.processes.device),
        }

    def of_clips(self) -> ClipOutcomes:
        """Return each clip's loss and most probable class, of all processes."""
        self._to_host()
        own = Outcomes.concatenate(self.outcomes)
        pieces = self.processes.gather((torch.cat(self.rows).numpy(), own.losses, own.predicted))
        return ClipOutcomes(*(np.concatenate(each) for each in zip(*pieces, strict=True)))

    def all_failures(self) -> list[Failure]:
        """Return the failures of all processes."""
        return [failure for each in self.processes.gather(self.failures) for failure in each]

    def state_dict(self) -> dict[str, Any]:
        """Return what was measured so far in this process, as tensors and plain values.

        It stays as it is: what waits to be moved to the host must not be moved earlier because of a save, since the
        values of a log entry are those of the passes since the entry before.
        """
        if self.outcomes:
            self.outcomes = [Outcomes.concatenate(self.outcomes)]
        arrays = [(each.labels, each.probabilities, each.losses) for each in self.outcomes]
        return {
            "runtime_s": time.perf_counter() - self.started,
            "waited_s": self.idle.seconds,
            "losses": torch.stack(self.losses) if self.losses else torch.zeros(0),
            "clips": list(self.clips),
            "rows": torch.cat(self.rows) if self.rows else torch.zeros(0, dtype=torch.int64),
            "logged": self._logged,
            "outcomes": [torch.from_numpy(each) for each in arrays[0]] if arrays else [],
            "recent": [list(each) for each in self._recent_passes],
            "failures": [[each.video, each.reason] for each in self.failures],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        device = self.processes.device
        self.started, self.idle.seconds = time.perf_counter() - state["runtime_s"], state["waited_s"]
        self.losses = list(state["losses"].to(device).unbind())
        self.clips, self._logged = list(state["clips"]), state["logged"]
        self.outcomes = [Outcomes(*(each.cpu().numpy() for each in state["outcomes"]))] if state["outcomes"] else []
        self._recent_passes = [tuple(each.to(device) for each in one) for one in state["recent"]]
        # A state of an older version doesn't tell which rows its clips were of: they count for none.
        self.rows = [state.get("rows", torch.full((sum(self.clips),), UNKNOWN)).cpu()]
        self.failures = [Failure(*each) for each in state["failures"]]

    @property
    def clips_per_s(self) -> float:
        # All processes have equally many clips.
        return self.processes.world * sum(self.clips) / (time.perf_counter() - self.started)

    @property
    def wait_share(self) -> float:
        return self.idle.seconds / (time.perf_counter() - self.started)

    def _recent(self, step: int, learning_rate: float) -> dict[str, float]:
        """Return mean loss and, for single-label data, top-1 since the last log entry, over all processes,
        after checking them.
        """
        labels, probabilities, _ = self._to_host()
        right = self.task.count_correct(probabilities, labels)
        sums = [torch.stack(self.losses[self._logged :]).sum(), *right.values()]
        failed_here = len({each.video for each in self.failures})
        counts = torch.tensor([sum(self.clips[self._logged :]), failed_here], dtype=torch.float64)
        # One reduction for all numbers: each costs a round trip between the processes.
        own = torch.cat([counts, torch.stack([each.double().cpu() for each in sums])])
        clips, failed, loss, *correct = self.processes.sum(own).tolist()
        # The step after the last entry, which was at a multiple of log_period.
        first, self._logged = step - (step - 1) % self.log_period, len(self.clips)
        if not math.isfinite(loss):
            raise Diverged(
                f"the loss is {loss / clips} in steps {first}-{step} of epoch {self.epoch} (learning rate "
                f"{learning_rate:g}); {what_stands(self.epoch)}"
            )
        if self.limit and failed > self.limit.allowed:  # an upper bound: two processes may have met the same video
            self._check_failures(self.limit)
        return {"loss": loss / clips, **{name: 100 * count / clips for name, count in zip(right, correct, strict=True)}}

    def _to_host(self) -> list[torch.Tensor]:
        """Move what was added since the last call to the host; return its labels, probabilities and losses."""
        if not self._recent_passes:
            return []
        added = [torch.cat(each).cpu() for each in zip(*self._recent_passes, strict=True)]
        labels, probabilities, losses = (each.numpy() for each in added)
        self.outcomes.append(self.task.outcomes(labels, probabilities, losses.astype("float64")))
        self._recent_passes.clear()
        return added

    def _check_failures(self, limit: FailureLimit) -> None:
        failures = self.all_failures()
        if len({each.video for each in failures}) > limit.allowed:
            raise limit.error(failures, f"in epoch {self.epoch}")


def what_stands(epoch: int) -> str:
    """Say which checkpoint is left of a run whose `epoch` failed, as the end of an error."""
    return f"the checkpoint of epoch {epoch - 1} stands" if epoch > 1 else "no checkpoint has been saved yet"


def _named(failures: Sequence[Failure]) -> str:
    """Return each video once, with its reason; only the first 50."""
    named = list(dict.fromkeys(f"{each.video}: {each.reason}" for each in failures))
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return "; ".join(named[:NAMED]) + more


def memory_gb(device: torch.device) -> float:
    """Return the peak GPU memory of this process; on a CPU the resident memory of it and its workers. In 10^9 bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    # Memory that processes share counts once for each of them.
    process = psutil.Process()
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]) / 1e9
