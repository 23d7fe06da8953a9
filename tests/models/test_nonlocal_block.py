"""The non-local block against the paper's equation, written out with loops."""

from itertools import product

import pytest
import torch
from torch import Tensor, nn

from pyvideoai.models.nonlocal_block import NonLocal

CHANNELS = 6
MODES = ("embedded_gaussian", "gaussian", "dot_product")


def block(**options) -> NonLocal:
    """A block in evaluation whose every weight counts."""
    torch.manual_seed(0)
    made = NonLocal(CHANNELS, **options)
    for parameter in made.parameters():
        nn.init.normal_(parameter, std=0.5)
    return made.eval()


def slowly(made: NonLocal, x: Tensor, scale: float) -> Tensor:
    """y_i = sum_j f(x_i, x_j) g(x_j) / C(x), then z = norm(out(y)) + x, one query at a time; x of one clip."""
    source = made.pool(x) if made.pool_first else x
    last = (lambda features: features) if made.pool_first else made.pool
    if made.mode == "gaussian":
        theta, phi = x, made.pool(x)
    else:
        theta, phi = made.theta(x), last(made.phi(source))
    g = last(made.g(source)).flatten(2)[0].T
    keys, y = phi.flatten(2)[0].T, torch.empty(1, g.shape[1], *x.shape[2:])
    for place in product(*map(range, x.shape[2:])):
        products = torch.stack([torch.dot(theta[(0, slice(None), *place)], key) for key in keys])
        weights = products / len(keys) if made.mode == "dot_product" else (products * scale).softmax(0)
        y[(0, slice(None), *place)] = weights @ g
    return x + made.bn(made.out(y))


@pytest.fixture
def x() -> Tensor:
    return torch.randn(1, CHANNELS, 4, 4, 6, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pool", ["before", "after"])
@pytest.mark.parametrize("scale", [True, False])
def test_equation(x: Tensor, mode: str, pool: str, scale: bool):
    made = block(mode=mode, pool=pool, scale=scale)
    with torch.no_grad():
        assert torch.allclose(made(x), slowly(made, x, (CHANNELS // 2) ** -0.5 if scale else 1.0), atol=1e-5)


def test_groups_of_frames_do_not_see_each_other(x: Tensor):
    made = block(norm=None, frames=2)
    whole = block(norm=None)
    with torch.no_grad():
        halves = torch.cat([whole(x[:, :, :2]), whole(x[:, :, 2:])], 2)
        assert torch.allclose(made(x), halves, atol=1e-6)
        assert not torch.allclose(made(x), whole(x), atol=1e-3)


def test_frames_that_do_not_divide_are_an_error(x: Tensor):
    with pytest.raises(RuntimeError):
        block(frames=3)(x)


@pytest.mark.parametrize("options", [{}, {"norm": None}, {"mode": "gaussian", "out_bias": False}])
def test_starts_as_the_identity(x: Tensor, options: dict):
    assert torch.equal(NonLocal(CHANNELS, **options)(x), x)


def test_parameters_of_the_variants():
    names = {mode: {name for name, _ in block(mode=mode, out_bias=False).named_parameters()} for mode in MODES}
    assert "out.bias" not in names["dot_product"]
    assert names["dot_product"] == names["embedded_gaussian"]
    assert names["gaussian"] == {"g.weight", "g.bias", "out.weight", "bn.weight", "bn.bias"}
    assert "out.bias" in dict(block(norm=None).named_parameters())


def test_a_float64_gradient(x: Tensor):
    made = block(pool="after").double()
    assert torch.autograd.gradcheck(made, (x[:, :, :2, :2, :2].double().requires_grad_(),))
