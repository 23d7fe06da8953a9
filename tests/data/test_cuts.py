import numpy as np
import painting
import pytest
import torch

from pyvideoai.data.batches import ViewBatch
from pyvideoai.data.pixels import Region
from pyvideoai.data.sampling import Dense
from pyvideoai.data.source import ClipSource
from pyvideoai.data.views import Views

FRAMES, SIZE = 30, (64, 96)


@pytest.fixture(scope="module")
def video_path(tmp_path_factory):
    return painting.write_painted(tmp_path_factory.mktemp("cuts") / "a.mp4", FRAMES, size=SIZE)


def source(folder, on, **options):
    return ClipSource(folder, sampler=Dense(8, 2), resize_on=on, **options)


def one_by_one(source, video, views):
    """All views, from whole frames, each of which is cut by itself."""
    cutter, found = source.cutter(views.regions(video.height, video.width), video), []
    for clip, crop in views.order():
        frames = video.frames(source.sampler.test(video.num_frames, video.fps, clip, views.clips))
        found.append(torch.stack([cutter(frame)[crop] for frame in frames]))
    return torch.stack(found)


class Mirrored(Views):
    def regions(self, height, width):
        return [region.mirrored() for region in super().regions(height, width)]


@pytest.mark.parametrize("on", ["worker", "device"])
@pytest.mark.parametrize(
    "views",
    [
        Views(4, 3, 80, 80),  # one resize for three crops, which enlarges
        Views(4, 5, 80, 24),  # one for each
        Mirrored(2, 3, 80, 64),
        Views(2, 3, 40, 32),  # which shrinks
        Views(2, 1, 64, 48),  # nothing is resized
    ],
)
def test_views_are_those_of_frames_that_are_cut_one_by_one(video_path, views, on):
    ours = source(video_path.parent, on)
    with ours.open(video_path.name) as video:
        cuts, _, _ = ours.views_of(video, views)
        assert torch.equal(cuts.to("cpu"), one_by_one(ours, video, views))


def test_each_frame_is_handed_over_once_and_before_it_is_enlarged(video_path):
    indices = np.unique([Dense(8, 2).test(FRAMES, 25.0, clip, 10) for clip in range(10)])
    for views, on, size in (
        (Views(10, 3, 80, 80), "worker", (80, 120)),
        (Views(10, 3, 80, 80), "device", SIZE),
        (Views(10, 3, 32, 32), "device", (32, 48)),  # what shrinks is resized first
    ):
        ours = source(video_path.parent, on)
        with ours.open(video_path.name) as video:
            cuts, _, _ = ours.views_of(video, views)
        assert len(cuts.memory) == len(indices) * size[0] * size[1] * 3 < cuts.to("cpu").numel() / 4


def test_parts_are_what_goes_to_a_device(video_path):
    ours = source(video_path.parent, "worker")
    with ours.open(video_path.name) as video:
        cuts, facts, frames = ours.views_of(video, Views(2, 3, 80, 80))
    batch = ViewBatch(cuts, torch.tensor([0]), torch.tensor([0]), facts=facts[None], frames=frames[None])
    sent = []
    moved = batch.moved(lambda tensor: sent.append(tensor) or tensor.clone())
    assert [tensor.data_ptr() for tensor in sent] == [cuts.memory.data_ptr()] and torch.equal(moved.clips, batch.clips)


@pytest.mark.parametrize("crop", [(0, 0, 64, 96), (3, 7, 40, 41), (20, 30, 20, 50)])
def test_clips_are_the_same_whoever_resizes(video_path, crop):
    indices = [np.array([3, 9, 9, 4]), np.array([29, 0, 7, 7])]
    regions = [Region(*map(float, crop), 48, 48), Region(1.5, 2.25, 62.0, 60.0, 48, 48, flip=True)]
    worker, device = (source(video_path.parent, on) for on in ("worker", "device"))
    with worker.open(video_path.name) as video:
        expected, cuts = (each.clips(video, indices, regions) for each in (worker, device))
    assert torch.equal(cuts.to("cpu"), expected)
