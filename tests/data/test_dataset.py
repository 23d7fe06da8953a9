import math
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from painted_configs import clips_of, views_of
from painting import read_number, write_painted

from pyvideoai.data import clips as clips_module
from pyvideoai.data import source
from pyvideoai.data.batches import Failure
from pyvideoai.data.order import ClipRequest
from pyvideoai.data.pixels import training_region
from pyvideoai.data.views import Views
from pyvideoai.data.views_peers import MMActionViews
from pyvideoai.unpack import source_of
from pyvideoai.video import VideoError

NAN = float("nan")
EVEN = SimpleNamespace(fps=25.0, num_frames=41, frame_at=lambda second: math.ceil(second * 25 - 1e-6))


def numbers(clip):
    """What is painted on each frame of uint8 (T, H, W, 3)."""
    return [read_number(frame.numpy()) for frame in clip]


def test_a_training_clip_has_the_frames_that_the_sampler_says(make_config, table):
    config = make_config()
    clips = clips_of(table, config)
    for position in range(12):
        row = position % len(table)
        batch = clips[ClipRequest(epoch=3, position=position, row=row)]
        rng = np.random.default_rng([config.exp.seed, 0, 3, position])
        expected = config.exp.train_clip.train((30, 22, 41, 9, 30, 25)[row], 25.0, rng)
        assert batch.clips.shape == (1, 4, 64, 64, 3) and batch.clips.dtype == torch.uint8
        assert numbers(batch.clips[0]) == (100 * row + expected).tolist()
        assert batch.labels.tolist() == [row % 2] and batch.rows.tolist() == [row] and batch.failures == []


def test_all_views_of_a_video_are_the_frames_that_the_sampler_says(make_config, table):
    config = make_config()
    batch = views_of(table, config, Views(clips=3, crops=1, scale=64, size=64))[2]
    assert batch.clips.shape == (1, 3, 4, 64, 64, 3)
    for view in range(3):
        assert numbers(batch.clips[0, view]) == (200 + config.exp.train_clip.test(41, 25.0, view, 3)).tolist()
    assert batch.labels.tolist() == [0] and batch.rows.tolist() == [2]


def test_views_come_in_their_order(make_config, table):
    config = make_config()
    ours = views_of(table, config, Views(clips=2, crops=3, scale=64, size=64))[0].clips[0]
    theirs = views_of(table, config, MMActionViews(clips=2, crops=3, scale=64, size=64))[0].clips[0]
    assert torch.equal(ours[[0, 3, 2, 5, 1, 4]], theirs)
    starts = [numbers(views_of(table, config, Views(clips=2, scale=64, size=64))[0].clips[0, clip]) for clip in (0, 1)]
    assert numbers(ours[1]) == starts[0] and numbers(ours[4]) == starts[1]  # the middle crops


def test_a_video_is_opened_once_and_no_frame_is_asked_for_twice(make_config, table, monkeypatch):
    opened, asked = [], []
    open_video = source.open_video

    def watched(path, **options):
        video = open_video(path, **options)
        decode = video._decode
        video._decode = lambda wanted: asked.append(list(wanted)) or decode(wanted)
        opened.append(path.name)
        return video

    monkeypatch.setattr(source, "open_video", watched)
    _ = views_of(table, make_config(), Views(clips=10, crops=3, scale=64, size=64))[3]
    assert opened == ["3.mp4"] and len(asked) == 1
    assert sorted(set(asked[0])) == asked[0] and len(asked[0]) <= 9


def test_several_clips_of_a_video_are_those_of_as_many_openings(make_config, table, monkeypatch):
    clips = clips_of(table, make_config(experiment="train_pixels = [RandomCrop(32), HorizontalFlip()]\n"))
    alone = [clips[ClipRequest(2, position, 4)] for position in (6, 7, 8)]
    opened, open_video = [], source.open_video
    monkeypatch.setattr(
        source, "open_video", lambda *given, **options: opened.append(given) or open_video(*given, **options)
    )
    together = clips[ClipRequest(2, 6, 4, clips=3)]
    assert len(opened) == 1
    for name in ("clips", "labels", "rows", "flipped", "positions"):
        assert torch.equal(getattr(together, name), torch.cat([getattr(each, name) for each in alone])), name


def test_training_crops_are_where_the_region_says(make_config, table):
    config = make_config(experiment="train_pixels = [RandomCrop(32), HorizontalFlip()]\n")
    clips, flipped = clips_of(table, config), 0
    for position in range(10):
        batch = clips[ClipRequest(1, position, 0)]
        rng = np.random.default_rng([config.exp.seed, 0, 1, position])
        indices = config.exp.train_clip.train(30, 25.0, rng)
        region = training_region(config.exp.train_pixels, 64, 96, rng)
        with source.open_video(config.dataset.root / "0.mp4") as video:
            frames = torch.from_numpy(video.frames(indices))
        top, left = int(region.top), int(region.left)
        assert torch.equal(batch.clips[0], frames[:, top : top + 32, left : left + 32])
        assert (batch.flipped.tolist(), batch.positions.tolist(), batch.epoch) == ([region.flip], [position], 1)
        flipped += region.flip
    assert 0 < flipped < 10


MIRROR = "train_pixels = [ShortSide(64), HorizontalFlip({p}), CentreCrop(64)]\n"


def test_a_flip_is_left_to_the_device_and_left_out_where_it_changes_the_label(make_config, table):
    mirrored = clips_of(table, make_config(experiment=MIRROR.format(p=1.0)))[ClipRequest(1, 0, 0)]
    kept = make_config("dataset.flip_keeps_label=False", experiment=MIRROR.format(p=1.0))
    kept = clips_of(table, kept)[ClipRequest(1, 0, 0)]
    assert mirrored.flipped.tolist() == [True] and kept.flipped.tolist() == [False]
    assert torch.equal(mirrored.clips, kept.clips) and len(numbers(kept.clips[0])) == 4


@pytest.mark.parametrize(("p", "labels"), [(0.0, [0, 1, 0, 1, 0, 1]), (1.0, [2, 1, 2, 1, 2, 1])])
def test_a_mirrored_clip_gets_the_label_of_the_other_side(make_config, table, p, labels):
    config = make_config(
        dataset="flip_labels = [('even', 'third')]\n",
        experiment=MIRROR.format(p=p) + "val_views = Views(1, 1, 64, 64)\n",
    )
    clips = clips_of(table, config)
    assert [clips[ClipRequest(1, place, place)].labels.item() for place in range(6)] == labels
    views = views_of(table, config, config.exp.val_views)
    assert [views[place].labels.item() for place in range(6)] == [0, 1, 0, 1, 0, 1]


def test_the_hook_target_labels_the_clip_before_the_mirror_does(make_config, table):
    dataset = "flip_labels = [('even', 'third')]\n\n\ndef target(row, frame_indices):\n    return 2\n"
    config = make_config(dataset=dataset, experiment=MIRROR.format(p=1.0))
    assert clips_of(table, config)[ClipRequest(1, 0, 0)].labels.tolist() == [0]


def test_sampling_in_seconds_counts_at_the_model_s_rate(make_config, table):
    config = make_config("dataset.sample_in='seconds'", "model.fps=12.5")
    clip = views_of(table, config, Views(clips=1, scale=64, size=64))[2].clips[0, 0]
    expected = 2 * config.exp.train_clip.test(20, 12.5, 0, 1)  # 41 frames at 25 fps are 20 at 12.5
    assert numbers(clip) == (200 + expected).tolist()


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({}, (0, 41)),
        ({"start_frame": 10.0, "end_frame": 19.0}, (10, 10)),
        ({"start_frame": 10.0, "end_frame": NAN}, (10, 31)),
        ({"end_frame": 1000.0}, (0, 41)),
        ({"start_s": 0.4, "end_s": 0.8}, (10, 10)),  # at 25 fps: frame 20 is shown from 0.8 s on
        ({"start_s": 0.41, "end_s": 0.81}, (11, 10)),
        ({"start_s": NAN, "end_s": NAN}, (0, 41)),
        ({"start_s": 1.6}, (40, 1)),
        ({"start_frame": 40.0, "start_s": 0.0}, (40, 1)),
    ],
)
def test_segments(bounds, expected):
    assert source.segment(SimpleNamespace(video="a.mp4", label=0, **bounds), EVEN) == expected


@pytest.mark.parametrize(
    "bounds", [{"start_frame": 41.0}, {"start_s": 2.0, "end_s": 3.0}, {"start_s": 1.0, "end_s": 1.0}]
)
def test_a_segment_with_nothing_in_it_is_a_failure(bounds):
    with pytest.raises(VideoError, match=r"no frame lies in the part .*; the video has 41 frames at 25 fps"):
        source.segment(SimpleNamespace(video="a.mp4", label=0, **bounds), EVEN)


def test_two_segments_tile_their_video_without_a_gap_or_an_overlap():
    cuts = [0.0, 0.33, 0.5, 1.04, 1.64]
    found = []
    for start, end in pairwise(cuts):
        first, length = source.segment(SimpleNamespace(video="a", start_s=start, end_s=end), EVEN)
        found += range(first, first + length)
    assert found == list(range(41))


def test_clips_stay_in_their_segment(make_config, table):
    config, part = make_config(), table.assign(start_frame=5, end_frame=8)
    seen = {
        number for place in range(30) for number in numbers(clips_of(part, config)[ClipRequest(1, place, 2)].clips[0])
    }
    assert seen == {205, 206, 207, 208}
    assert set(numbers(views_of(part, config, Views(3, 1, 64, 64))[2].clips[0].flatten(0, 1))) == seen


def test_the_hook_target_labels_a_clip_by_its_frames(make_config, table):
    config = make_config(
        dataset="\ndef target(row, frame_indices):\n    return int(frame_indices[0] >= 10) + row.label\n"
    )
    for position in range(8):
        batch = clips_of(table, config)[ClipRequest(1, position, 2)]
        assert batch.labels.tolist() == [int(numbers(batch.clips[0])[0] >= 210)]


def with_broken(table, where=0):
    return pd.concat(
        [table[:where], pd.DataFrame({"video": ["broken.mp4"], "label": [1]}), table[where:]], ignore_index=True
    )


def test_training_takes_another_video_for_a_broken_one_and_says_so(make_config, table):
    clips = clips_of(with_broken(table), make_config())
    taken = [clips[ClipRequest(1, position, 0)] for position in range(20)]
    for position, batch in enumerate(taken):
        [row] = batch.rows.tolist()
        assert row != 0 and read_number(batch.clips[0, 0].numpy()) // 100 == row - 1
        assert batch.labels.tolist() == [(row - 1) % 2]
        assert {failure.video for failure in batch.failures} == {"broken.mp4"} and batch.failures[0].reason
        again = clips[ClipRequest(1, position, 0)]
        assert torch.equal(again.clips, batch.clips) and again.rows.tolist() == [row]
    assert len({batch.rows.item() for batch in taken}) > 2


def test_training_gives_up_on_a_place_after_many_failures(make_config, table):
    broken = pd.DataFrame({"video": ["broken.mp4", "gone.mp4"], "label": [0, 1]})
    batch = clips_of(broken, make_config())[ClipRequest(1, 0, 0)]
    assert len(batch.rows) == len(batch.clips) == 0 and len(batch.failures) == clips_module.TRIES
    assert {failure.video for failure in batch.failures} == {"broken.mp4", "gone.mp4"}


def test_evaluation_never_takes_another(make_config, table):
    batch = views_of(with_broken(table), make_config(), Views(1, 1, 64, 64))[0]
    assert len(batch.rows) == 0
    [failure] = batch.failures
    assert failure.video == "broken.mp4" and failure.reason and "\n" not in failure.reason


def test_a_video_too_small_for_the_crop_is_a_failure(make_config, table, tmp_path, videos):
    write_painted(tmp_path / "small.mp4", 12, size=(32, 32))
    small = pd.DataFrame({"video": [str(tmp_path / "small.mp4"), "0.mp4"], "label": [0, 1]})
    batch = clips_of(small, make_config(experiment="train_pixels = [CentreCrop(64)]\n"))[ClipRequest(1, 0, 0)]
    assert batch.rows.tolist() == [1]
    assert batch.failures[0].reason == "train_pixels: a crop of 64 x 64 does not fit into 32 x 32 pixels"


def test_batches_are_joined_in_order_and_failed_videos_leave_only_their_failure(make_config, table):
    views = views_of(with_broken(table, 1), make_config(), Views(2, 1, 64, 64))
    batch = clips_module.join_views([views[row] for row in (0, 1, 2)])
    assert batch.rows.tolist() == [0, 2] and batch.clips.shape == (2, 2, 4, 64, 64, 3)
    assert [failure.video for failure in batch.failures] == ["broken.mp4"]
    nothing = clips_module.join_views([views[1], views[1]])
    assert len(nothing.rows) == 0 and nothing.failures == [nothing.failures[0]] * 2
    assert isinstance(nothing.failures[0], Failure)


def test_views_of_a_file_outside_any_table(make_config, tmp_path):
    path = write_painted(tmp_path / "mine.mp4", 20, size=(64, 64), first=900)
    clips = source_of(make_config()).views(path, Views(2, 1, 64, 64))
    assert [numbers(clip)[0] for clip in clips] == [900, 910]
