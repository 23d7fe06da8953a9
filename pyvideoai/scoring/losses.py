"""What is minimised: the experiment's hook `loss`, or what the task has by default."""

import copy

import torch
from torch import nn

from pyvideoai.config.load import Config
from pyvideoai.config.run.guard import GuardedHook
from pyvideoai.data.loader import class_weights
from pyvideoai.data.splits import Splits
from pyvideoai.tasks import task_of


def build_loss(config: Config, splits: Splits) -> nn.Module:
    """The experiment's `loss`. Without one: cross entropy, or binary cross entropy for multi-label data.

    With balance = 'loss' classes are weighted.
    """
    exp = config.exp
    if exp.loss is not None:
        return HookLoss(exp.loss)
    weight = class_weights(splits.train, config, len(splits.classes)) if exp.balance == "loss" else None
    return task_of(config.dataset.multi_label).training_loss(weight, exp.label_smoothing)


class HookLoss(nn.Module):
    """Calls the hook `loss` and refuses what can't be minimised."""

    def __init__(self, hook: GuardedHook) -> None:
        super().__init__()
        self.hook, own = hook, hook.__wrapped__
        # a hook that is a module (with class weights, say) moves to the device; the config's own stays where it is
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
