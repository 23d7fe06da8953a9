"""Every network of the zoo as torch.export's graph and as ONNX, with weights from a seed, on small inputs."""

from pathlib import Path

import pytest
import torch

from pyvideoai.config.load import load
from pyvideoai.errors import UserError
from pyvideoai.exporting import graphs
from pyvideoai.models.settings import MODEL

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "EXPORT.md"
NAMES = sorted(
    path.stem for path in (ROOT / "model_configs").glob("*.py") if path.stem != "features"
)  # it has no frames


def small(name: str) -> tuple[torch.nn.Module, tuple[int, ...]]:
    """A network with five classes and few channels, and the smallest input that it takes."""
    torch.manual_seed(0)
    try:
        config = load((MODEL,), dataset="", model=name, experiment="", overrides=["model.width=8"], roots=[ROOT]).model
        network = config.load_model(5).eval()
    except UserError:  # its widths are fixed, or it comes from a package that may be missing
        config = load((MODEL,), dataset="", model=name, experiment="", overrides=(), roots=[ROOT]).model
        network = config.load_model(5).eval()
    for size in (64, 96, 128, config.size):
        shape = (3, config.clip[0], size, size)
        try:
            with torch.inference_mode():
                network(torch.zeros(1, *shape))
        except (RuntimeError, ValueError, AssertionError):
            continue
        return network, shape
    raise AssertionError(f"{name} takes no input")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in NAMES if "_large" not in name])  # their code is that of _base
def test_a_network_of_the_zoo_is_exported(name, tmp_path, two_threads):
    try:
        network, shape = small(name)
    except UserError as error:
        pytest.skip(str(error))
    program, batch = graphs.traced(network, shape)
    graphs.write_torch(program, tmp_path / "model.pt2")
    assert graphs.compare(network, graphs.run_torch(tmp_path / "model.pt2"), shape, batch) <= graphs.LIMIT
    assert batch == "any"
    if graphs.onnx_is_there():
        graphs.write_onnx(program, tmp_path / "model.onnx", batch)
        if (run := graphs.run_onnx(tmp_path / "model.onnx")) is not None:
            assert graphs.compare(network, run, shape, batch) <= graphs.LIMIT


def test_the_page_names_every_network_of_the_zoo():
    told = PAGE.read_text().partition("## Networks of the zoo")[2]
    assert [name for name in NAMES if f"`{name}`" not in told] == []
