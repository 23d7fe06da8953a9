"""Cut a network in two: what is frozen and gives features, and the head that turns features into logits."""

import torch
from torch import Tensor, nn

from pyvideoai.errors import UserError
from pyvideoai.models.stages import HEAD, classifier, is_backbone_and_head

NEAR = 1e-3  # of the largest logit: half precision rounds more than float32


class Cut:
    """Hold a network's head, and compute what goes into it.

    In a network of a `backbone` and a `head`, features are those of its frames, (N, T, channels); in any other, what
    goes into the classifier: (N, channels), or (N, positions, channels) of a fully convolutional test.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model, self.name = model, HEAD if is_backbone_and_head(model) else classifier(model)
        self.head = model.get_submodule(self.name)

    @torch.no_grad()
    def features(self, inputs: Tensor) -> Tensor:
        """Return the features of float (N, 3, T, H, W), from the network in evaluation mode."""
        found: list[Tensor] = []
        hook = self.head.register_forward_pre_hook(lambda _, given: found.append(given[0]))
        try:
            self.model.eval()(inputs)
        finally:
            hook.remove()
        if len(found) != 1 or len(found[0]) != len(inputs):
            raise UserError(f"{type(self.model).__name__} doesn't call its last layer {self.name!r} once for each clip")
        return found[0]

    @torch.no_grad()
    def check(self, inputs: Tensor) -> None:
        """Raise UserError unless the head turns features into exactly the network's logits."""
        logits, again = self.model.eval()(inputs), self.head.eval()(self.features(inputs))
        near = NEAR * logits.abs().max()
        if again.shape != logits.shape or not torch.allclose(again, logits, rtol=0, atol=float(near)):
            raise UserError(f"{type(self.model).__name__} goes on after its last layer {self.name!r}")

    def frozen(self) -> dict[str, Tensor]:
        """Return the parameters and buffers of the network without its head, by their names."""
        state = self.model.state_dict()
        return {name: tensor for name, tensor in state.items() if not name.startswith(f"{self.name}.")}
