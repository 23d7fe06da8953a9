"""The parts of kept features: where a network is cut, what a key depends on, what a folder gives back, fixed views."""

import importlib.util
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from pyvideoai.data.batches import Failure, ViewBatch
from pyvideoai.data.clips import join_views
from pyvideoai.data.order import TrainOrder
from pyvideoai.data.sampling import Dense
from pyvideoai.errors import UserError
from pyvideoai.features import cut
from pyvideoai.features.collect import Collected, collect
from pyvideoai.features.cut import Cut
from pyvideoai.features.heads import (
    Part,
    Setting,
    by_position,
    fit_head,
    losses_and_hits,
    settings,
    standardised,
)
from pyvideoai.features.keys import file_facts, key, state_hash
from pyvideoai.features.loaders import by_fixed_view
from pyvideoai.features.store import Store
from pyvideoai.models.frames import AverageHead, FrameNetwork
from pyvideoai.models.i3d import I3D
from pyvideoai.scoring.predict import predict
from pyvideoai.scoring.trained import TrainedModel
from pyvideoai.tasks import SINGLE_LABEL

CLIPS = torch.randn(2, 3, 4, 32, 32, generator=torch.Generator().manual_seed(0))


def frames() -> FrameNetwork:
    layers = nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return FrameNetwork(nn.Sequential(*layers), AverageHead(6, 3, dropout=0.5))


@pytest.mark.parametrize(("network", "shape"), [(frames(), (2, 4, 6)), (I3D(3, depth=18, width=4), (2, 32))])
def test_head_and_features_are_the_network(network: nn.Module, shape: tuple[int, ...]):
    cut = Cut(network.train())
    cut.check(CLIPS)
    assert cut.features(CLIPS).shape == shape
    assert torch.allclose(cut.head.eval()(cut.features(CLIPS)), network.eval()(CLIPS), atol=1e-6)
    assert not set(cut.frozen()) & {f"{cut.place}.weight", "head.fc.weight"} and len(cut.frozen()) > 3


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner, self.fc = nn.Flatten(), nn.Linear(3 * 4 * 32 * 32, 3)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        return self.fc(self.inner(clips)) + self.fc(self.inner(-clips))


def test_networks_that_do_more_are_refused():
    with pytest.raises(UserError, match="Twice doesn't call its last layer 'fc' once for each clip"):
        Cut(Twice()).features(CLIPS)
    with pytest.raises(UserError, match="Sequential goes on after its last layer '1'"):
        Cut(nn.Sequential(nn.Flatten(), nn.Linear(3 * 4 * 32 * 32, 3), nn.Tanh())).check(CLIPS)


def own_sampler(path: Path, step: int) -> object:
    """A sampler of the user's own, whose code is in a file."""
    path.write_text(
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass Own:\n    frames: int = 8\n\n"
        f"    def train(self, num_frames, fps, rng):\n        return range(0, {step} * self.frames, {step})\n"
    )
    spec = importlib.util.spec_from_file_location("own", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["own"] = module
    spec.loader.exec_module(module)
    return module.Own()


def test_a_key_depends_on_values_and_on_a_users_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert key(Dense(8, 4), Path("a"), None) == key(Dense(8, 4), Path("a"), None)
    assert key(Dense(8, 4)) != key(Dense(8, 2))
    monkeypatch.setitem(sys.modules, "own", None)
    first = own_sampler(tmp_path / "one.py", 1)
    before, again = key(first), key(first)
    second = own_sampler(tmp_path / "two.py", 2)
    assert before == again and repr(first) == repr(second) and key(second) != before


def test_a_hash_depends_on_names_shapes_and_values():
    tensors = {"a": torch.zeros(2, 3), "b": torch.ones(2)}
    others = [
        {**tensors, "b": torch.zeros(2)},
        {**tensors, "a": torch.zeros(3, 2)},
        {"c": tensors["a"], "b": tensors["b"]},
    ]
    assert len({state_hash(each) for each in (tensors, *others)}) == 4


def test_a_changed_file_has_other_facts(tmp_path: Path):
    video = tmp_path / "a.mp4"
    missing = file_facts(video)
    video.write_bytes(b"1234")
    before = file_facts(video)
    video.write_bytes(b"12345")
    assert before not in (missing, file_facts(video)) and before[0] == "a.mp4"


def test_a_store_gives_back_what_was_asked_for(tmp_path: Path):
    store = Store(tmp_path / "new")
    assert store.get(["a"]) == {}
    entries = {
        name: {"features": torch.full((2, 3), value), "label": torch.tensor(value)} for value, name in enumerate("abc")
    }
    store.add({name: entries[name] for name in "ab"}, {"who": "test"})
    store.add({"c": entries["c"]}, {})
    found = Store(tmp_path / "new").get(["a", "c", "d"])
    assert found.keys() == {"a", "c"}
    assert torch.equal(found["c"]["features"], entries["c"]["features"]) and found["c"]["label"] == 2


def test_another_row_takes_the_place_of_one_that_could_not_be_decoded():
    rows = {row: {"features": torch.full((2, 3), float(row)), "label": torch.tensor(row)} for row in (0, 2)}
    failure = Failure("b.mp4", "damaged")
    found = by_fixed_view(Collected(rows, {1: [failure]}), 2)
    assert [int(found.entries[place]["label"]) for place in range(6)] == [0, 0, 2, 2, 2, 2]
    assert all((each["features"] == each["label"]).all() for each in found.entries.values())
    assert found.failures == {2: [failure], 3: [failure]}
    assert by_fixed_view(Collected({}, {1: [failure]}), 2).entries == {}


def shard(header: str) -> bytes:
    return len(header).to_bytes(8, "little") + header.encode() + b"1234"


DAMAGED = {
    "empty": b"",
    "a length beyond all memory": b"\xff" * 7 + b"\x0f{}",
    "deep": shard('{"a/features":' + "[" * 100_000),
    "no entry": shard('{"a/features": 3}'),
    "another shape": shard('{"a/features": {"dtype": "F32", "shape": [5], "data_offsets": [0, 4]}}'),
    "half a number": shard('{"a/features": {"dtype": "F32", "shape": [1], "data_offsets": [0, 3]}}'),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_features_of_a_damaged_shard_count_as_missing(tmp_path: Path, content: bytes):
    store = Store(tmp_path)
    store.add({"b": {"features": torch.zeros(1)}}, {})
    (tmp_path / "damaged.safetensors").write_bytes(content)
    assert store.get(["a", "b"]).keys() == {"b"}
    assert len(store.faults) == 1 and "damaged.safetensors can't be read (" in store.faults[0]


def test_fixed_views_come_in_turn_and_are_the_same_for_every_seed():
    def seen(seed: int) -> list[set[tuple[int, int, int]]]:
        order, epochs = TrainOrder(4, global_batch=4, per_device=2, fixed_views=2, seed=seed), []
        for order.epoch in (1, 2, 3):
            epochs.append({(draw.epoch, draw.position, draw.row) for batch in order for draw in batch})
        return epochs

    first, second, third = seen(0)
    assert first == third == {(0, 0, 0), (0, 3, 1), (0, 4, 2), (0, 7, 3)}
    assert second == {(0, 1, 0), (0, 2, 1), (0, 5, 2), (0, 6, 3)}
    assert seen(1) == [first, second, third]
    with pytest.raises(UserError, match="fixed_views = 2 takes one view in a turn: leave clips_per_video at 1"):
        TrainOrder(4, global_batch=4, per_device=2, fixed_views=2, clips_per_video=2)


def test_a_pass_over_features_shows_no_samples():
    model = TrainedModel(nn.Linear(4, 2), nn.Identity(), torch.device("cpu"), SINGLE_LABEL)
    batch = ViewBatch(torch.randn(3, 1, 4), torch.tensor([0, 1, 0]), torch.arange(3))
    predictions = predict(model, [batch], average="logits", clips_per_forward=2, sampled={0, 2})
    assert predictions.scores.shape == (3, 2) and predictions.samples == []


@pytest.mark.parametrize(
    ("module", "shape", "channels", "channels_second"),
    [
        (nn.Conv3d(3, 6, 1), (2, 6, 4, 8, 8), 6, True),
        (nn.LayerNorm(6), (2, 4, 8, 8, 6), 6, False),
        (nn.Sequential(nn.Conv3d(3, 8, 1), nn.ReLU()), (2, 8, 8, 8, 8), 8, True),  # as many channels as pixels
        (nn.Sequential(nn.Conv3d(3, 5, 1), nn.Flatten(2), nn.Linear(1, 8)), (2, 5, 8, 8, 8), 8, False),
        (nn.BatchNorm3d(6), (2, 6, 4, 8, 10), 6, True),  # a clip that is not square
    ],
)
def test_the_channels_of_a_module_are_found_by_its_shape_or_its_layers(module, shape, channels, channels_second):
    given = torch.arange(float(torch.Size(shape).numel())).reshape(shape)
    first = given[0, :, 0, 0, 0] if channels_second else given[0, 0, 0, 0]
    assert len(first) == channels and torch.equal(cut.by_position(given, 2, module)[0, 0], first)


def test_channels_that_nothing_shows_are_asked_for():
    with pytest.raises(UserError, match=r"ReLU gives \(2, 8, 8, 8\), which doesn't show where its channels are"):
        cut.by_position(torch.zeros(2, 8, 8, 8), 2, nn.ReLU())


def test_features_are_standardised_by_the_means_of_training():
    assert by_position(torch.zeros(3, 2, 4, 5)).shape == (3, 8, 5) and by_position(torch.zeros(3, 5)).shape == (3, 1, 5)
    train, test = standardised(torch.tensor([[[0.0, 5], [2, 5]], [[3, 5], [3, 5]]]), torch.tensor([[[2.0, 5]]]))
    assert (
        train.mean(1).tolist() == [[-1, 0], [1, 0]]
        and train[0, :, 0].tolist() == [-2, 0]
        and test.tolist() == [[[0, 0]]]
    )


@pytest.mark.parametrize("kind", ["linear", "mlp"])
def test_a_head_learns_what_is_there_to_learn(kind: str):
    features = torch.randn(60, 1, 4, generator=torch.Generator().manual_seed(0))
    part = Part(features, (features[:, 0, 0] > 0).long())
    head = fit_head(Setting(kind, 0.03, 0.0), part, 2)
    assert losses_and_hits(head, part, kind)[1] >= 57
    assert len(settings()) == len(set(settings())) == 20 and len(settings(["attentive"])) == 4


def test_an_attentive_head_sees_what_the_mean_hides():
    features = torch.randn(60, 6, 8, generator=torch.Generator().manual_seed(0))
    spread = torch.arange(60) % 2 == 0
    features[spread, :, 0] *= 5
    features[..., 0] -= features[..., 0].mean(1, keepdim=True)
    part = Part(features, spread.long())
    scores = {
        kind: losses_and_hits(fit_head(Setting(kind, 3e-3, 0.0), part, 2), part, kind)[1]
        for kind in ("linear", "attentive")
    }
    assert scores["attentive"] >= 57 > scores["linear"]


def test_two_processes_compute_everything_whoever_writes_first(tmp_path: Path):
    def load(places: list[int]):
        return iter(
            [ViewBatch(torch.full((1, 1), place), torch.tensor([0]), torch.tensor([place])) for place in places]
        )

    def collected_by(rank: int) -> Collected:
        keys = [f"key{place}" for place in range(7)]
        how = {"load": load, "join": join_views, "compute": lambda batch: batch.clips.float(), "group": 2, "facts": {}}
        return collect(keys, Store(tmp_path), share=slice(rank, None, 2), **how)

    first, second = collected_by(0), collected_by(1)  # the second finds what the first has written
    both = first.merged([first, second])
    assert {place: int(entry["features"]) for place, entry in both.entries.items()} == {n: n for n in range(7)}
    assert first.computed == 4 and second.computed == 3
