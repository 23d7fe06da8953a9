"""Build the loss that training minimises: the experiment's hook `loss`, or the task's default."""

import copy

import numpy as np
import torch
from torch import nn

from pyvideoai.config.run.guard import GuardedHook
from pyvideoai.tasks import Task


def build_loss(
    task: Task,
    *,
    hook: GuardedHook | None = None,
    class_weights: np.ndarray | None = None,
    label_smoothing: float = 0.0,
) -> nn.Module:
    """Return the experiment's `loss`. Without one: cross entropy, or binary cross entropy for multi-label data.

    class_weights: float (classes,), see `data.weights.class_weights`; they and the smoothing are for the default only.
    """
    if hook is not None:
        return HookLoss(hook)
    weights = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float32)
    return task.training_loss(weights, label_smoothing)


class HookLoss(nn.Module):
    """Call the hook `loss` and check what it returns."""

    def __init__(self, hook: GuardedHook) -> None:
        super().__init__()
        self.hook, own = hook, hook.__wrapped__
        # a hook that is a module (with class weights, say) moves to the device; the config's own stays where it is
        self.function = copy.deepcopy(own) if isinstance(own, nn.Module) else own

    def forward(self, logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Return a scalar tensor, in training with a gradient.

        Raises ConfigError if the hook fails or returns anything else.
        """
        loss = self.hook.guard.run(self.function, logits, target)
        if not isinstance(loss, torch.Tensor) or loss.ndim:
            raise self.hook.refused(loss, "one number as a tensor of shape (), such as a mean over the clips")
        if logits.requires_grad and torch.is_grad_enabled() and not loss.requires_grad:
            fault = "returned a loss without a gradient; compute it from logits without detach(), item() or argmax()"
            raise self.hook.guard.refused(fault)
        return loss
