"""Cut a network in two, what is frozen and the head that turns features into logits; or tap a module inside of it."""

import torch
from torch import Tensor, nn

from pyvideoai.errors import UserError, counted, hint, nearest
from pyvideoai.models.folding import folded
from pyvideoai.models.stages import HEAD, classifier, is_backbone_and_head

NEAR = 1e-3  # of the largest logit: half precision rounds more than float32


class Cut:
    """Hold a network's head, and compute what goes into it.

    place: its name. told: what features are, in words. In a network of a `backbone` and a `head`, features are those of
    its frames, (N, T, channels); in any other, what goes into the classifier: (N, channels), or (N, positions,
    channels) of a fully convolutional test.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model, self.place = model, HEAD if is_backbone_and_head(model) else classifier(model)
        self.head, self.told = model.get_submodule(self.place), f"the input of {self.place!r}"

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
            raise UserError(
                f"{type(self.model).__name__} doesn't call its last layer {self.place!r} once for each clip"
            )
        return found[0]

    def folded(self, inputs: Tensor) -> "Cut":
        """Return the cut of a copy that computes the same features faster; see `models.folding`."""
        return Cut(folded(self.model, inputs, around=self.place))

    @torch.no_grad()
    def check(self, inputs: Tensor) -> None:
        """Raise UserError unless the head turns features into exactly the network's logits."""
        logits, again = self.model.eval()(inputs), self.head.eval()(self.features(inputs))
        near = NEAR * logits.abs().max()
        if again.shape != logits.shape or not torch.allclose(again, logits, rtol=0, atol=float(near)):
            raise UserError(f"{type(self.model).__name__} goes on after its last layer {self.place!r}")

    def frozen(self) -> dict[str, Tensor]:
        """Return the parameters and buffers of the network without its head, by their names."""
        state = self.model.state_dict()
        return {name: tensor for name, tensor in state.items() if not name.startswith(f"{self.place}.")}


class Tap:
    """Compute what a named module of a network gives.

    place: the module's name. told: what features are, in words. They are (N, positions, channels): of a convolution all
    places of its output, of a transformer its tokens; of a network that sees one frame at a time those of all T frames.
    """

    def __init__(self, model: nn.Module, place: str) -> None:
        names = [name for name, _ in model.named_modules() if name]
        if place not in names:
            near = nearest(place, names)  # a network has hundreds of modules: too many to list
            parts = [name for name, _ in model.named_children()]
            raise UserError(f"{type(model).__name__} has no module {place!r}; {hint(place, near or parts)}")
        self.model, self.place, self.told = model, place, f"the output of {place!r}"

    @torch.no_grad()
    def features(self, inputs: Tensor) -> Tensor:
        """Return the features of float (N, 3, T, H, W), from the network in evaluation mode."""
        found: list[object] = []
        hook = self.model.get_submodule(self.place).register_forward_hook(lambda _, given, out: found.append(out))
        try:
            self.model.eval()(inputs)
        finally:
            hook.remove()
        given = found[0][0] if found and isinstance(found[0], tuple) else found[0] if found else None
        if len(found) != 1 or not isinstance(given, Tensor) or given.dim() < 2 or len(given) % len(inputs):
            calls = f"is called {counted(len(found), 'time')} in a pass"
            raise UserError(f"{self.place!r} can't give features: it {calls}, and gives {_in_words(given)}")
        return by_position(given, len(inputs), self.model.get_submodule(self.place))

    def folded(self, inputs: Tensor) -> "Tap":
        """Return the tap of a copy that computes the same features faster; see `models.folding`."""
        return Tap(folded(self.model, inputs, around=self.place), self.place)

    def check(self, inputs: Tensor) -> None:
        """Do nothing: what comes after the module plays no role."""

    def frozen(self) -> dict[str, Tensor]:
        """Return the parameters and buffers that features depend on, by their names: all but the head's, if the module
        is outside of the head.
        """
        head = Cut(self.model).place
        inside = f"{self.place}.".startswith(f"{head}.")
        return {
            name: each for name, each in self.model.state_dict().items() if inside or not name.startswith(f"{head}.")
        }


def by_position(given: Tensor, clips: int, module: nn.Module) -> Tensor:
    """Return (clips, positions, channels) of a module's output, whose first dimension is the clips' or their frames'.

    Channels are the second dimension of a convolution's output, and the last one of tokens. Raises UserError if an
    output of four or more dimensions shows neither by its shape nor by the layers in the module.
    """
    if given.dim() > 3 and _channels_are_second(given.shape, module):
        given = given.movedim(1, -1)
    return given.reshape(clips, -1, given.shape[-1])


def _channels_are_second(shape: torch.Size, module: nn.Module) -> bool:
    """Return whether channels come before height and width, which are equal, or after them."""
    second, last = shape[-1] == shape[-2], shape[-2] == shape[-3]
    if second != last:
        return second
    # As many channels as pixels, or clips that are not square: what the layers count decides.
    for layer in reversed(list(module.modules())):
        if isinstance(layer, _CHANNELS_SECOND) and layer.weight is not None and shape[1] == len(layer.weight):
            return True
        if isinstance(layer, nn.Linear | nn.LayerNorm) and layer.weight is not None and shape[-1] == len(layer.weight):
            return False
    raise UserError(
        f"{type(module).__name__} gives {tuple(shape)}, which doesn't show where its channels are; name a module with "
        "layers in it, such as the one before"
    )


_CHANNELS_SECOND = (nn.Conv2d, nn.Conv3d, nn.BatchNorm2d, nn.BatchNorm3d)


def _in_words(given: object) -> str:
    return f"a tensor of shape {tuple(given.shape)}" if isinstance(given, Tensor) else type(given).__name__
