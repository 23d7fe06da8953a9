"""What is minimised: the experiment's hook `loss`, or cross entropy as the labels need it."""

import copy

import torch
from torch import nn

from pyvideoai.config.guard import GuardedHook
from pyvideoai.config.load import Config
from pyvideoai.data.loader import class_weights
from pyvideoai.data.splits import Splits


def build_loss(config: Config, splits: Splits) -> nn.Module:
    """The experiment's `loss`. Without one: cross entropy, or binary cross entropy for multi-label data.

    With balance = 'loss' classes are weighted.
    """
    exp = config.exp
    if exp.loss is not None:
        return HookLoss(exp.loss)
    weight = class_weights(splits.train, config, len(splits.classes)) if exp.balance == "loss" else None
    if config.dataset.multi_label:
        return _SeveralLabelsLoss(weight, exp.label_smoothing)
    return nn.CrossEntropyLoss(weight=weight, label_smoothing=exp.label_smoothing)


def own_loss(config: Config) -> "HookLoss | None":
    """The experiment's `loss` for validation, which computes on the CPU; None where it has none."""
    return None if config.exp.loss is None else HookLoss(config.exp.loss)


class HookLoss(nn.Module):
    """Calls the hook `loss` and refuses what can't be minimised."""

    def __init__(self, hook: GuardedHook) -> None:
        super().__init__()
        self.hook, own = hook, hook.__wrapped__
        # a copy of a hook that is a module (with class weights, say) moves to the device; validation has its own
        self.function = copy.deepcopy(own) if isinstance(own, nn.Module) else own

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """A scalar, in training with a gradient. Raises ConfigError."""
        loss = self.hook.guard.run(self.function, logits, target)
        if not isinstance(loss, torch.Tensor) or loss.ndim:
            raise self.hook.refused(loss, "one number as a tensor of shape (), such as a mean over the clips")
        if logits.requires_grad and torch.is_grad_enabled() and not loss.requires_grad:
            told = "returned a loss without a gradient; compute it from logits without detach(), item() or argmax()"
            raise self.hook.guard.refused(told)
        return loss


class _SeveralLabelsLoss(nn.Module):
    """Binary cross entropy, its mean over clips and classes, with a share `smoothing` of each target at one half."""

    def __init__(self, positive_weight: torch.Tensor | None, smoothing: float) -> None:
        super().__init__()
        self.entropy, self.smoothing = nn.BCEWithLogitsLoss(pos_weight=positive_weight), smoothing

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return self.entropy(logits, target * (1 - self.smoothing) + self.smoothing / 2)
