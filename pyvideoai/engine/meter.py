"""What one training epoch measures: loss, metrics, speed, waiting; summed over the processes at the end."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import numpy as np
import psutil
import torch
from torch.nn.functional import cross_entropy

from pyvideoai.data.batches import Failure
from pyvideoai.engine.processes import Processes
from pyvideoai.engine.stopping import Diverged
from pyvideoai.metrics import Metric, Outcomes
from pyvideoai.reporting.reporter import EpochProgress, Reporter

T = TypeVar("T")
RANKED = 5


class EpochMeter:
    """Collects on the device and waits for it only every `log_period` steps."""

    def __init__(self, processes: Processes, epoch: int, *, log_period: int, reporter: Reporter) -> None:
        self.processes, self.epoch, self.log_period, self.reporter = processes, epoch, log_period, reporter
        self.started = time.perf_counter()
        self.waited_s = 0.0
        self.losses: list[torch.Tensor] = []
        self.labels: list[torch.Tensor] = []
        self.ranked: list[torch.Tensor] = []
        self.nll: list[torch.Tensor] = []
        self.failures: list[Failure] = []
        self._logged = 0

    def timed(self, batches: Iterable[T]) -> Iterator[T]:
        """`batches`, while the time that the loop waits for them is added up."""
        iterator = iter(batches)
        while True:
            before = time.perf_counter()
            try:
                batch = next(iterator)
            except StopIteration:
                return
            finally:
                self.waited_s += time.perf_counter() - before
            yield batch

    @torch.no_grad()
    def add(self, loss: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor, failures: list[Failure]) -> None:
        """Take note of one forward pass: logits (N, classes), labels int64 (N,)."""
        logits = logits.detach().float()
        self.losses.append(loss.detach().float() * len(labels))
        self.labels.append(labels)
        self.ranked.append(logits.topk(min(RANKED, logits.shape[1]), dim=1).indices)
        self.nll.append(
            torch.stack([cross_entropy(scores, labels, reduction="none") for scores in (logits, logits.softmax(1))])
        )
        self.failures += failures

    def end_step(
        self, step: int, steps: int, learning_rate: float, gradient_norm: torch.Tensor, progress: EpochProgress
    ) -> None:
        """Each `log_period` steps: check the loss, show and log."""
        if step % self.log_period and step != steps:
            progress.advance()
            return
        first, recent = step - (step - 1) % self.log_period, slice(self._logged, None)
        clips = sum(len(labels) for labels in self.labels[recent])
        correct = sum(
            (ranked[:, 0] == labels).sum()
            for ranked, labels in zip(self.ranked[recent], self.labels[recent], strict=True)
        )
        loss, top1, count = self.processes.sum(
            torch.stack(
                [torch.stack(self.losses[recent]).sum().cpu(), correct.float().cpu(), torch.tensor(float(clips))]
            )
        ).tolist()
        if not np.isfinite(loss):
            raise Diverged(
                f"the loss is {loss / count} in steps {first}-{step} of epoch {self.epoch} (learning rate "
                f"{learning_rate:g}); the checkpoint of epoch {self.epoch - 1} stands"
            )
        self._logged = len(self.labels)
        progress.advance(
            loss=loss / count,
            top1=100 * top1 / count,
            learning_rate=learning_rate,
            gradient_norm=float(gradient_norm),
            clips_per_s=self.clips_per_s,
            data_wait_share=self.wait_share,
        )

    def values(self, metrics: Iterable[Metric]) -> dict[str, float]:
        """The epoch's values over all processes: "train/loss", "train/top1", ..., "clips_per_s", ..."""
        runtime_s, speed, wait = time.perf_counter() - self.started, self.clips_per_s, self.wait_share
        outcomes = Outcomes.concatenate(self.processes.gather(self._outcomes()))
        loss = self.processes.sum(torch.stack(self.losses).sum()[None])
        self.reporter.failures("train", [failure for each in self.processes.gather(self.failures) for failure in each])
        return {
            "train/loss": float(loss) / len(outcomes.labels),
            **{f"train/{metric.name}": float(metric(outcomes)) for metric in metrics},
            "runtime_s": runtime_s,
            "clips_per_s": speed,
            "data_wait_share": wait,
            "memory_gb": memory_gb(self.processes.device),
        }

    @property
    def clips_per_s(self) -> float:
        return self.processes.world * sum(map(len, self.labels)) / (time.perf_counter() - self.started)

    @property
    def wait_share(self) -> float:
        return self.waited_s / (time.perf_counter() - self.started)

    def _outcomes(self) -> Outcomes:
        labels, ranked = (torch.cat(each).cpu().numpy() for each in (self.labels, self.ranked))
        nll, nll_double_softmax = torch.cat(self.nll, dim=1).double().cpu().numpy()
        return Outcomes(labels=labels, ranked=ranked, nll=nll, nll_double_softmax=nll_double_softmax)


def memory_gb(device: torch.device) -> float:
    """Peak GPU memory of this process, or on a CPU the resident memory of it and its workers, in 10^9 bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 1e9
    process = psutil.Process()
    return sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]) / 1e9
