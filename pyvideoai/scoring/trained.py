"""The network that is scored: in eval mode, on its device, with normalised input and mixed precision as `amp` says."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

import torch
from torch import nn

from pyvideoai.scoring.network import Network, for_inference
from pyvideoai.scoring.passes import Passes
from pyvideoai.tasks import Task

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class TrainedModel:
    """Hold a network with the weights to score, and all that turns pixels into its logits and losses.

    network: float32 (N, 3, T, H, W) to logits. to_input: uint8 (N, T, H, W, 3) to the network's input. loss: the
    experiment's own; None: the task's loss, without class weights or label smoothing. passes: how many clips fit.

    The weights must stay as they are: what runs is a copy, made at the first clips, with batch norm folded into the
    convolutions (`models.folding`), and compiled if `compiled` says so.
    """

    network: Network
    to_input: nn.Module
    device: torch.device
    task: Task
    amp: str = "none"
    loss: Loss | None = None
    passes: Passes = field(default_factory=Passes)
    compiled: bool = False
    _ready: list[Network] = field(default_factory=list, init=False, repr=False)

    @torch.inference_mode()
    def logits(self, clips: torch.Tensor, clips_per_forward: int | None) -> torch.Tensor:
        """Turn uint8 (videos, views, T, H, W, 3) into float32 (videos, views x positions, classes).

        The positions of a fully convolutional head count as further views. clips_per_forward: None: as many as fit into
        memory.
        """
        self.network.eval()
        views = clips.flatten(0, 1)
        logits = self.passes.run(self._pass, views, clips_per_forward, self.device, compiled=self.compiled)
        # (videos x views, classes), or with positions in between: each video's own lie together.
        return logits.reshape(len(clips), -1, logits.shape[-1])

    def _pass(self, clips: torch.Tensor) -> torch.Tensor:
        """Run the network once: uint8 (N, T, H, W, 3) to float32 logits."""
        inputs = self.to_input(clips.to(self.device, non_blocking=True))
        if not self._ready:
            self._ready.append(for_inference(self.network, inputs, compiled=self.compiled))
        with autocast(self.amp, self.device):
            return self._ready[0](inputs).float()

    @torch.inference_mode()
    def losses(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the loss of each view's own logits, averaged over a video's views: float32 (videos,).

        logits: float32 (videos, views, classes). labels: in the task's form. An experiment's own loss returns the mean
        over the clips that it is given, so it is called once for each video.
        """
        videos, views, _ = logits.shape
        repeated = labels.to(logits.device, non_blocking=True).repeat_interleave(views, dim=0)
        if self.loss is None:
            return self.task.losses(logits.flatten(0, 1), repeated).view(videos, views).mean(1)
        # repeat_interleave has put the labels of a video's views side by side.
        of_videos = zip(logits, repeated.split(views), strict=True)
        return torch.stack([torch.as_tensor(self.loss(*each)).float() for each in of_videos])


def plain_amp(amp: str) -> str:
    """Return the setting `amp`; "none" for an "auto" that no run has settled: published weights, kept features."""
    return "none" if amp == "auto" else amp


def autocast(amp: str, device: torch.device) -> AbstractContextManager:
    """Return the context of mixed precision for the setting `amp`: "none", "bf16" or "fp16"."""
    if plain_amp(amp) == "none":
        return nullcontext()
    return torch.autocast(device.type, {"bf16": torch.bfloat16, "fp16": torch.float16}[amp])
