"""Build the loss that training minimises: the experiment's hook `loss`, or the task's default."""

import copy

import torch
from torch import nn

from pyvideoai.config.load import Config
from pyvideoai.config.run.guard import GuardedHook
from pyvideoai.data.loader import class_weights
from pyvideoai.data.splits import Splits
from pyvideoai.tasks import task_of


def build_loss(config: Config, splits: Splits) -> nn.Module:
    """Return the experiment's `loss`. Without one: cross entropy, or binary cross entropy for multi-label data.

    With balance = 'loss' the default loss weights the classes.
    """
    exp = config.exp
    if exp.loss is not None:
        return HookLoss(exp.loss)
    weight = class_weights(splits.train, config, len(splits.classes)) if exp.balance == "loss" else None
    return task_of(config.dataset.multi_label).training_loss(weight, exp.label_smoothing)


class HookLoss(nn.Module):
    """Call the hook `loss` and check what it returns."""

    def __init__(self, hook: GuardedHook) -> None:
        super().__init__()
        self.hook, own = hook, hook.__wrapped__
        # a hook that is a module (with class weights, say) moves to the device; the config's own stays where it is
        self.function = copy.deepcopy(own) if isinstance(own, nn.Module) else own

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return a scalar tensor, in training with a gradient. Raises ConfigError if the hook fails or returns anything
        else.
        """
        loss = self.hook.guard.run(self.function, logits, target)
        if not isinstance(loss, torch.Tensor) or loss.ndim:
            raise self.hook.refused(loss, "one number as a tensor of shape (), such as a mean over the clips")
        if logits.requires_grad and torch.is_grad_enabled() and not loss.requires_grad:
            fault = "returned a loss without a gradient; compute it from logits without detach(), item() or argmax()"
            raise self.hook.guard.refused(fault)
        return loss
