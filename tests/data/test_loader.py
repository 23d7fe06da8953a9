import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from painting import read_number

from pyvideoai.cores import usable_cores
from pyvideoai.data import clips
from pyvideoai.data import workers as workers_module
from pyvideoai.data.batches import ViewBatch
from pyvideoai.data.clips import TRIES
from pyvideoai.data.views import Views
from pyvideoai.data.weights import class_weights
from pyvideoai.data.workers import worker_count
from pyvideoai.errors import UserError
from pyvideoai.unpack import eval_loader, train_loader
from pyvideoai.video.layouts import index

VIEWS = Views(clips=2, crops=1, scale=64, size=64)
OWN_CLASSES = '''

@dataclass(frozen=True)
class LastFrames:
    """A sampler of the experiment's own."""

    frames: int

    def train(self, num_frames, fps, rng):
        return _last(num_frames, self.frames) - int(rng.integers(3))

    def test(self, num_frames, fps, view, views):
        return _last(num_frames, self.frames)


def _last(num_frames, frames):
    import numpy

    return numpy.arange(num_frames - frames, num_frames)


train_clip = LastFrames(4)
'''

START_METHODS = [
    (1, "fork"),
    (4, "fork"),
    pytest.param(2, "forkserver", marks=pytest.mark.slow),  # whose processes import torch anew
    pytest.param(1, "spawn", marks=pytest.mark.long),
]


def train_epochs(config, table, *, epochs=(1,), **options):
    """(clips, labels, rows, ...) of each step of the epochs, the accumulated batches joined."""
    loader = train_loader(config, table, **options)
    found = []
    for epoch in epochs:
        for step in loader.epoch(epoch):
            parts = (
                [getattr(batch, name) for batch in step] for name in ("clips", "labels", "rows", "flipped", "positions")
            )
            found.append(tuple(map(torch.cat, parts)))
    return found


def same(one, other):
    return len(one) == len(other) and all(
        torch.equal(a, b) for left, right in zip(one, other, strict=True) for a, b in zip(left, right, strict=True)
    )


@pytest.mark.parametrize(("workers", "method"), START_METHODS)
@pytest.mark.filterwarnings("ignore:This DataLoader will create")
def test_pixels_depend_neither_on_workers_nor_on_how_they_start(make_config, table, workers, method):
    experiment = OWN_CLASSES + "train_pixels = [RandomCrop(32), HorizontalFlip()]\n"
    alone = train_epochs(make_config(experiment=experiment), table, epochs=(1, 2))
    config = make_config(f"start_method={method}", experiment=experiment)
    assert same(train_epochs(config, table, epochs=(1, 2), workers=workers), alone)
    assert len(alone) == 6 and alone[0][0].shape == (2, 4, 32, 32, 3)
    views = [batch.clips for batch in eval_loader(config, table, VIEWS)]
    again = [batch.clips for batch in eval_loader(config, table, VIEWS, workers=workers)]
    assert all(torch.equal(a, b) for a, b in zip(views, again, strict=True)) and len(views) == 6


@pytest.mark.parametrize("clips_per_video", [1, 2])
def test_pixels_do_not_depend_on_who_resizes(make_config, table, clips_per_video):
    settings = f"train_pixels = [ShortSideJitter(70, 90), RandomCrop(64)]\nclips_per_video = {clips_per_video}\n"
    ours, theirs = (make_config(f"resize_on={on}", experiment=settings) for on in ("worker", "device"))
    assert same(train_epochs(ours, table), train_epochs(theirs, table, workers=1))
    views = Views(2, 3, 80, 64)
    ours, theirs = (eval_loader(config, table, views, workers=workers) for config, workers in ((ours, 0), (theirs, 1)))
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one.clips, other.clips) and len(one.pixels.memory) > len(other.pixels.memory)


def test_the_views_of_a_video_that_is_alone_in_its_batch_are_not_copied(make_config, table, monkeypatch):
    monkeypatch.setattr(clips, "get_worker_info", lambda: "a worker")
    copied = eval_loader(make_config(), table, Views(1, 1, 64, 64))
    alone = eval_loader(make_config(), table, VIEWS)
    for loader, is_alone in ((copied, False), (alone, True)):
        item = loader.batches.loader.dataset[0]
        assert item.pixels.memory.is_shared() == is_alone
        joined = clips.join_views([item, ViewBatch(clips.NO_CLIPS, clips.NO_ROWS, clips.NO_ROWS, ["failed"])])
        assert joined.pixels is item.pixels and joined.failures == ["failed"]


def test_a_reader_on_a_gpu_starts_its_workers_anew(make_config, table):
    config = make_config("reader=torchcodec_cuda")
    context = train_loader(config, table, workers=1).loader.multiprocessing_context
    assert context.get_start_method() == "spawn"
    with pytest.raises(UserError, match="can't be used with start_method = 'fork'"):
        train_loader(make_config("reader=torchcodec_cuda", "start_method=fork"), table, workers=1)


def test_workers_decode_on_the_gpu_of_their_parent(make_config, table, monkeypatch):
    taken = []
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.current_device", lambda: 3)
    monkeypatch.setattr("torch.cuda.set_device", taken.append)
    monkeypatch.setattr("signal.signal", lambda *given: None)  # what else a worker does as it begins
    train_loader(make_config("reader=torchcodec_cuda"), table, workers=1).loader.worker_init_fn(0)
    assert taken == [3]
    train_loader(make_config(), table, workers=1).loader.worker_init_fn(0)
    assert taken == [3]


@pytest.mark.parametrize("accumulated", [1, 2])
def test_pixels_do_not_depend_on_processes(make_config, table, accumulated):
    experiment = "train_pixels = [RandomCrop(32), HorizontalFlip()]\nglobal_batch = 4\n"
    alone = train_epochs(make_config(experiment=experiment), table, epochs=(1, 2))
    config = make_config(experiment=experiment + f"clips_per_device = {2 // accumulated}\n")
    first, second = (train_epochs(config, table, epochs=(1, 2), rank=rank, world=2) for rank in (0, 1))
    for whole, one, two in zip(alone, first, second, strict=True):
        assert sorted(whole[2].tolist()) == sorted(one[2].tolist() + two[2].tolist())
        assert sorted(whole[4].tolist()) == sorted(one[4].tolist() + two[4].tolist())
        pixels = {int(row): clip for part in (one, two) for row, clip in zip(part[2], part[0], strict=True)}
        assert all(torch.equal(pixels[int(row)], clip) for row, clip in zip(whole[2], whole[0], strict=True))


def test_epochs_and_seeds_differ(make_config, table):
    config = make_config(experiment="train_pixels = [RandomCrop(32), HorizontalFlip()]\n")
    other = make_config("seed=1", experiment="train_pixels = [RandomCrop(32), HorizontalFlip()]\n")
    one, two, three = (
        train_epochs(config, table),
        train_epochs(config, table, epochs=(2,)),
        train_epochs(other, table),
    )
    assert not same(one, two) and not same(one, three) and same(one, train_epochs(config, table))


def test_the_clips_are_the_rows_that_they_say(make_config, table):
    loader = train_loader(make_config("clips_per_device=1"), table, workers=2)
    assert (loader.steps, loader.clips_per_device) == (3, 1)
    rows = []
    for batches in loader.epoch(1):
        assert len(batches) == 2 and not any(batch.failures for batch in batches)
        for batch in batches:
            assert batch.clips.shape == (1, 4, 64, 64, 3) and batch.labels.dtype == batch.rows.dtype == torch.int64
            assert read_number(batch.clips[0, 0].numpy()) // 100 == batch.rows.item()
            assert batch.labels.item() == batch.rows.item() % 2
            rows.append(batch.rows.item())
    assert sorted(rows) == list(range(6))


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epoch_can_be_left_and_another_started_in_the_middle(make_config, table, workers):
    config = make_config()
    loader = train_loader(config, table, workers=workers)
    for _ in loader.epoch(1):
        break
    whole = [batch.rows.tolist() for [batch] in loader.epoch(2)]
    assert [batch.rows.tolist() for [batch] in loader.epoch(2, start_step=1)] == whole[1:]
    assert [batch.rows.tolist() for [batch] in loader.epoch(2)] == whole and len(whole) == 3


@pytest.mark.parametrize("workers", [0, 1])
def test_loading_leaves_the_generators_of_the_training_alone(make_config, table, workers):
    config = make_config()
    torch.manual_seed(7)
    np.random.seed(7)
    before, before_numpy = torch.get_rng_state(), np.random.get_state()[1].copy()
    train_epochs(config, table, epochs=(1, 2), workers=workers)
    list(eval_loader(config, table, VIEWS, workers=workers))
    assert torch.equal(torch.get_rng_state(), before) and (np.random.get_state()[1] == before_numpy).all()


@pytest.mark.parametrize(("world", "workers"), [(1, 0), (2, 0), (4, 0), (8, 0), (2, 2)])
def test_shards_of_an_evaluation_hold_each_video_once(make_config, table, world, workers):
    config, seen = make_config("eval_clips_per_device=4"), []
    for rank in range(world):
        loader = eval_loader(config, table, VIEWS, rank=rank, world=world, workers=workers)
        assert (loader.videos, loader.clips_per_forward, loader.views) == (6, 4, VIEWS)
        for batch in loader:
            assert batch.clips.shape == (len(batch.rows), 2, 4, 64, 64, 3) and len(batch.rows) <= 2
            assert [read_number(clip[0, 0].numpy()) // 100 for clip in batch.clips] == batch.rows.tolist()
            assert batch.labels.tolist() == [row % 2 for row in batch.rows.tolist()]
            seen += batch.rows.tolist()
    assert sorted(seen) == list(range(6))


def test_an_evaluation_can_be_repeated(make_config, table):
    for persistent in (False, True):
        loader = eval_loader(make_config(), table, VIEWS, workers=1, persistent=persistent)
        assert [[batch.rows.tolist() for batch in loader] for _ in range(2)] == [[[row] for row in range(6)]] * 2


def broken(*videos):
    return pd.DataFrame({"video": list(videos), "label": [number % 2 for number in range(len(videos))]})


@pytest.mark.parametrize("workers", [0, 1])
def test_failed_videos_are_reported_by_both_loaders(make_config, workers):
    table = broken("0.mp4", "broken.mp4", "1.mp4", "gone.mp4")
    config = make_config()
    [[one], [two]] = train_loader(config, table, workers=workers).epoch(1)
    failures = {failure.video: failure.reason for failure in one.failures + two.failures}
    assert failures.keys() == {"broken.mp4", "gone.mp4"} and failures["gone.mp4"].startswith("no such file")
    assert set(one.rows.tolist() + two.rows.tolist()) <= {0, 2}
    batches = list(eval_loader(config, table, VIEWS, workers=workers))
    assert [batch.rows.tolist() for batch in batches] == [[0], [], [2], []]
    assert [failure.video for batch in batches for failure in batch.failures] == ["broken.mp4", "gone.mp4"]


@pytest.mark.parametrize("workers", [0, 1])
def test_training_stops_with_one_line_where_nothing_can_be_decoded(make_config, workers):
    loader = train_loader(make_config(), broken("broken.mp4", "gone.mp4"), workers=workers)
    with pytest.raises(UserError) as error:
        list(loader.epoch(1))
    assert str(error.value).startswith(f"{2 * TRIES} videos in a batch of 2 could not be decoded: ")
    assert "gone.mp4: no such file" in str(error.value) and "\n" not in str(error.value)


def test_classes_are_drawn_equally_often_with_balanced_sampling(make_config, table):
    unequal = pd.concat([table[table.label == 0]] * 10 + [table[1:2]], ignore_index=True)  # 30 videos and 1
    [(clips, labels, rows, *_)] = train_epochs(make_config("balance=sampling", "global_batch=30"), unequal)
    assert len(labels) == 30 and 8 <= labels.sum() <= 22
    alike = [clip for clip, row in zip(clips, rows, strict=True) if row == 30]
    assert len({read_number(clip[0].numpy()) for clip in alike}) > 1  # one row drawn often gives different clips


def test_the_sampler_hook_decides_what_is_drawn(make_config, table):
    hook = "\n\ndef sampler(table):\n    return (table.video == '4.mp4').to_numpy(float)\n"
    assert {row for _, _, rows, *_ in train_epochs(make_config(experiment=hook), table) for row in rows.tolist()} == {4}


def test_class_weights_make_classes_weigh_the_same():
    table = pd.DataFrame({"video": list("abcd"), "label": [0, 0, 0, 1]})
    assert class_weights(table, 3) * [3, 1, 1] == pytest.approx([4 / 3] * 3)
    assert class_weights(table, 3, class_counts=lambda: [10, 20, 10]) * 3 == pytest.approx([4, 2, 4])


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        ("[ShortSide(64)]", "train_pixels gives clips of 64 x 113 and 113 x 64 pixels; end with a crop"),
        ("[HorizontalFlip()]", "train_pixels gives clips of 1080 x 1920 and 1920 x 1080 pixels"),
        ("[ShortSide(64), RandomCrop(65)]", "train_pixels: a crop of 65 x 65 does not fit into 64 x 113 pixels"),
        ("[ShortSideJitter(64, 80), CentreCrop(70)]", "train_pixels: a crop of 70 x 70 does not fit into"),
    ],
)
def test_pixel_steps_that_make_no_batch_are_refused_before_anything_is_read(make_config, table, pixels, message):
    with pytest.raises(UserError) as error:
        train_loader(make_config(experiment=f"train_pixels = {pixels}\n"), table)
    assert message in str(error.value)


def test_notes_say_how_a_step_is_made_up_and_what_does_not_apply(make_config, table):
    experiment = "train_pixels = [CentreCrop(64), HorizontalFlip()]\n"
    config = make_config(
        "global_batch=8", "clips_per_device=2", "dataset.flip_keeps_label=False", experiment=experiment
    )
    assert train_loader(config, table, world=2).notes == [
        "global batch 8 = 2 clips x 2 processes x 2 accumulated; 1 step an epoch",
        "6 training videos, fewer than a global batch: a step sees some more than once",
        "HorizontalFlip is off: in this dataset a mirrored video has another label "
        "(dataset.flip_keeps_label = False; True flips and keeps all labels)",
    ]


def test_notes_name_a_frame_index_that_is_none(make_config, table):
    config = make_config()
    index.forget()
    assert not any("frame index" in note for note in train_loader(config, table).notes)
    file = Path(config.dataset.root) / index.NAME
    file.write_bytes(b"no database, and long enough to be looked at" * 99)
    try:
        index.forget()
        notes = [note for note in train_loader(config, table).notes if "frame index" in note]
        assert len(notes) == 1 and notes[0].startswith(f"{file.absolute()} is passed over as a frame index")
    finally:
        file.unlink()
        index.forget()


def test_workers_are_counted_from_the_cores_that_may_be_used(monkeypatch):
    monkeypatch.setattr(workers_module, "usable_cores", lambda: 12)
    assert [worker_count("auto", here) for here in (1, 2, 5, 100)] == [12, 6, 2, 1]
    assert worker_count(0) == 0 and worker_count(3, 8) == 3
    monkeypatch.setattr(workers_module, "usable_cores", lambda: 256)
    assert worker_count("auto") == 16


@pytest.mark.parametrize(
    ("quota", "expected"), [("max 100000\n", 8), ("250000 100000\n", 3), ("50000 100000\n", 1), ("9900000 100000\n", 8)]
)
def test_a_container_s_share_of_its_machine_counts(monkeypatch, tmp_path, quota, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    (tmp_path / "cpu.max").write_text(quota)
    assert usable_cores(tmp_path / "cpu.max") == expected and usable_cores(tmp_path / "none") == 8


@pytest.mark.long
def test_a_process_ends_though_a_loader_with_workers_is_left():
    """An error that nobody catches keeps the frames of the loop, and with them the loader."""
    code = (
        "import torch\nfrom pyvideoai.data.workers import worker_options\n"
        "batches = iter(torch.utils.data.DataLoader([1, 2], **worker_options(1, 'fork', 'auto')))\nnext(batches)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], timeout=120, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
