"""A written graph is run again and held against the network; what can't be written is one line."""

import pytest
import torch
from torch import nn

from pyvideoai.errors import UserError
from pyvideoai.exporting import export, graphs

SHAPE = (3, 2, 8, 8)


class Small(nn.Module):
    """A convolution and a head."""

    def __init__(self):
        super().__init__()
        self.body = nn.Conv3d(3, 4, (1, 3, 3))
        self.head = nn.Linear(4, 2)

    def forward(self, clips):
        return self.head(self.body(clips).relu().mean((2, 3, 4)))


class OneByOne(Small):
    def forward(self, clips):
        return torch.cat([super(OneByOne, self).forward(clip[None]) for clip in clips.unbind(0)])


class Undecided(Small):
    def forward(self, clips):
        return super().forward(clips) if float(clips.sum()) > 0 else super().forward(-clips)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Small().eval()


@pytest.mark.slow
def test_a_graph_gives_the_logits_of_the_network_for_any_number_of_clips(network, tmp_path):
    program, batch = graphs.traced(network, SHAPE)
    graphs.write_torch(program, tmp_path / "model.pt2")
    run, clips = graphs.run_torch(tmp_path / "model.pt2"), torch.randn(5, *SHAPE)
    assert batch == "any" and torch.allclose(run(clips), network(clips), atol=1e-6)
    assert graphs.compare(network, run, SHAPE, batch) < 1e-6
    assert [path.name for path in tmp_path.iterdir()] == ["model.pt2"]


@pytest.mark.slow
def test_a_network_whose_code_counts_the_clips_becomes_a_graph_of_one_clip(tmp_path):
    program, batch = graphs.traced(OneByOne().eval(), SHAPE)
    assert batch == "1"
    graphs.write_torch(program, tmp_path / "model.pt2")
    with pytest.raises(Exception, match=r"1"):
        graphs.run_torch(tmp_path / "model.pt2")(torch.randn(2, *SHAPE))


@pytest.mark.slow
def test_a_network_that_looks_at_values_is_refused_in_one_line():
    with pytest.raises(UserError, match=r"torch\.export can't follow Undecided: ") as raised:
        graphs.traced(Undecided().eval(), SHAPE)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("factor", [1.001, float("nan")])
def test_a_graph_that_gives_other_logits_is_removed(network, tmp_path, monkeypatch, factor):
    monkeypatch.setattr(graphs, "write_torch", lambda program, path: path.touch())
    monkeypatch.setattr(graphs, "run_torch", lambda path: lambda clips: network(clips) * factor)
    with pytest.raises(UserError, match="gave other logits than the network"):
        export.graph("torch", network, None, SHAPE, "any", tmp_path / "model.pt2")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_onnx_gives_the_logits_too(network, tmp_path):
    pytest.importorskip("onnxscript", reason="the extra [onnx] is not installed")
    program, batch = graphs.traced(network, SHAPE)
    graphs.write_onnx(program, tmp_path / "model.onnx", batch)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    if (run := graphs.run_onnx(tmp_path / "model.onnx")) is not None:
        assert graphs.compare(network, run, SHAPE, batch) < 1e-5
        assert run(torch.randn(7, *SHAPE)).shape == (7, 2)
