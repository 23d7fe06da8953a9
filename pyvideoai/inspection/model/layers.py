"""Find the layers of a network whose output has places in space and time, and lay their outputs out by place.

A network sees one clip. Known are maps of convolutions, (1, C, T, H, W), and, of networks that see a frame at a time,
(T, C, H, W); both with channels last; and tokens, (1 or T, places, C), with one for the class before them or without.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

from pyvideoai.errors import UserError, hint, nearest
from pyvideoai.models.stages import head

LISTED = 12  # names in an error line
Grid = tuple[int, int, int]  # frames, rows, columns


@dataclass(frozen=True)
class Given:
    """What a layer gave in a forward pass. grid: of its places; first: of the tokens, which stand before the others."""

    name: str
    output: Tensor
    grid: Grid
    kind: str  # "channels first", "channels last", "tokens" or "tokens by place"
    first: int = 0

    def by_place(self, values: Tensor) -> Tensor:
        """Return (T, H, W, C) of a tensor with the output's shape: of the output itself, or of its gradient."""
        frames, height, width = self.grid
        if self.kind == "tokens":
            return values[:, self.first :].reshape(frames, height, width, -1)
        if self.kind == "tokens by place":
            return values[:, self.first :].reshape(height, width, frames, -1).movedim(2, 0)
        last = values.movedim(1, -1) if self.kind == "channels first" else values
        return last.reshape(frames, height, width, -1)


class Layers:
    """Note what the layers of a network give. shape: frames, height and width of its clips."""

    def __init__(self, model: nn.Module, shape: Grid) -> None:
        self.model, self.shape = model, shape
        self.patches = _patches(model, shape)
        # TimeSformer's tokens are the frames of the first place, those of the second, and so on.
        self.by_place = any(type(each).__name__.startswith("Timesformer") for each in model.modules())
        self.names = [name for name, _ in model.named_modules() if name and not _inside(name, head(model))]

    @contextmanager
    def noted(self, names: list[str]) -> Iterator[dict[str, Given]]:
        """Yield a dictionary that the next forward pass fills, in the order in which the layers come to an end.

        It has those of `names` whose output has places; of a layer that is called several times, the last output.
        """
        found: dict[str, Given] = {}

        def note(name: str, output: object) -> None:
            found.pop(name, None)
            if (given := self._given(name, output)) is not None:
                found[name] = given

        hooks = [
            self.model.get_submodule(name).register_forward_hook(lambda _, args, output, name=name: note(name, output))
            for name in names
        ]
        try:
            yield found
        finally:
            for hook in hooks:
                hook.remove()

    def check(self, name: str) -> None:
        """Raise UserError unless the network has a layer of this name before its head."""
        if name in self.names:
            return
        there = [each for each, _ in self.model.named_modules() if each]
        if name in there:
            raise UserError(f"--layer {name} is the head, or in it: {_some(self.names)}")
        near = nearest(name, self.names)
        told = hint(name, near) if near else _some(self.names)
        raise UserError(f"{type(self.model).__name__} has no layer {name!r}; {told}; --layers lists those with places")

    def _given(self, name: str, output: object) -> Given | None:
        grid: Grid | None = None
        if isinstance(output, tuple | list) and output:
            # torchvision's MViT gives its tokens with their grid.
            if len(output) == 2 and isinstance(output[1], tuple | list) and len(output[1]) == 3:
                grid = tuple(output[1])
            output = output[0]
        if not isinstance(output, Tensor) or not output.is_floating_point() or self.shape[0] % len(output):
            return None
        if output.dim() == 3:
            return self._tokens(name, output, grid)
        return _map(name, output)

    def _tokens(self, name: str, output: Tensor, grid: Grid | None) -> Given | None:
        leading, count, _ = output.shape
        kind = "tokens by place" if self.by_place and leading == 1 else "tokens"
        for first in (0, 1):
            grids = [grid] if grid else list(_grids(count - first, leading, self.shape[0]))
            fitting = [each for each in grids if each[0] * each[1] * each[2] == (count - first) * leading]
            if fitting:
                # Where several fit, the patches that the network cuts decide; else the one with the most frames.
                chosen = self.patches if self.patches in fitting else max(fitting)
                return Given(name, output, chosen, kind, first)
        return None


def _map(name: str, output: Tensor) -> Given | None:
    """Return a map of (1, C, T, H, W) or (T, C, H, W), or of one with channels last; clips are square."""
    if output.dim() not in (4, 5) or (output.dim() == 5 and len(output) > 1):
        return None
    times = output.shape[:1] if output.dim() == 4 else None
    if output.shape[-1] == output.shape[-2]:
        frames, height, width = (*times, *output.shape[2:]) if times else output.shape[2:]
        return Given(name, output, (frames, height, width), "channels first")
    if output.shape[-2] == output.shape[-3]:
        frames, height, width = (*times, *output.shape[1:3]) if times else output.shape[1:4]
        return Given(name, output, (frames, height, width), "channels last")
    return None


def _grids(count: int, leading: int, frames: int) -> Iterator[Grid]:
    """Yield the square grids of so many tokens; those of several leading entries have a frame each."""
    for times in [leading] if leading > 1 else range(1, frames + 1):
        side = round((count * leading / times) ** 0.5)
        if frames % times == 0 and side > 1 and side * side * times == count * leading:
            yield times, side, side


def _patches(model: nn.Module, shape: Grid) -> Grid | None:
    """Return the grid of the patches that the network's first convolution of pixels cuts, if it cuts any."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d) and module.in_channels == 3:
            if module.stride != module.kernel_size:
                return None
            steps = module.stride if len(module.stride) == 3 else (1, *module.stride)
            frames, height, width = (side // step for side, step in zip(shape, steps, strict=True))
            return frames, height, width
    return None


def _inside(name: str, place: str) -> bool:
    return f"{name}.".startswith(f"{place}.")


def _some(names: list[str]) -> str:
    """Return the outermost names, as many as stand in a line."""
    shown = sorted(names, key=lambda name: name.count("."))[:LISTED]
    return f"there are {', '.join(shown)}{', ...' if len(names) > len(shown) else ''}"
