"""Parts of one long video as rows of their own: the right frames, with the right labels, in training and in views."""

import numpy as np
import pandas as pd
import pytest
from painted_configs import clips_of, views_of
from painting import read_number, write_painted

from pyvideoai.data.order import ClipRequest
from pyvideoai.data.table import read_table
from pyvideoai.data.views import Views
from pyvideoai.tasks import MULTI_LABEL
from pyvideoai.unpack import eval_loader, train_loader

CLASSES = ["even", "odd", "third"]
VIEWS = Views(clips=3, crops=1, scale=64, size=64)


def numbers(clips) -> set[int]:
    """The frame numbers painted on uint8 (..., 64, 64, 3)."""
    return {read_number(frame) for frame in np.asarray(clips).reshape(-1, 64, 64, 3)}


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """long.mp4, 100 frames at 25 fps with B-frames; uneven.mp4, 30 frames of which the second half is shown longer."""
    folder = tmp_path_factory.mktemp("long")
    write_painted(folder / "long.mp4", 100, bframes=2)
    times = [*range(15), *range(15, 75, 4)]  # in 1 / 25 s
    write_painted(folder / "uneven.mp4", 30, times=times)
    return folder


@pytest.fixture
def read(tmp_path):
    """read("video,label,...\\n...", task=MULTI_LABEL): a split table from its text."""

    def from_text(text: str, **options) -> pd.DataFrame:
        (tmp_path / "table.csv").write_text(text)
        return read_table(tmp_path / "table.csv", CLASSES, "train split", **options)

    return from_text


FRAMES = {0: range(0, 30), 1: range(30, 61), 2: range(61, 100)}
TABLES = {
    "frames": "video,label,start_frame,end_frame\nlong.mp4,even,,29\nlong.mp4,odd,30,60\nlong.mp4,third,61,\n",
    "seconds": "video,label,start_s,end_s\nlong.mp4,even,0,1.2\nlong.mp4,odd,1.2,2.44\nlong.mp4,third,2.44,4\n",
}


@pytest.mark.parametrize("unit", TABLES)
def test_segments_of_one_video_in_training(make_config, read, unit):
    clips = clips_of(read(TABLES[unit]), make_config())
    for row, frames in FRAMES.items():
        seen = [clips[ClipRequest(1, position, row)] for position in range(60)]
        assert {batch.labels.item() for batch in seen} == {row}
        assert {number for batch in seen for number in numbers(batch.clips)} == set(frames)


@pytest.mark.parametrize("unit", TABLES)
def test_views_stay_in_their_segment_and_reach_its_ends(make_config, read, unit):
    views = views_of(read(TABLES[unit]), make_config(), VIEWS)
    for row, frames in FRAMES.items():
        batch = views[row]
        assert batch.labels.tolist() == [row] and batch.rows.tolist() == [row]
        seen = numbers(batch.clips)
        assert seen <= set(frames) and {frames[0], frames[-1]} <= seen


def test_a_loader_draws_every_segment_once_an_epoch(make_config, read):
    loader = train_loader(make_config("global_batch=3"), read(TABLES["frames"]))
    (step,) = loader.epoch(1)
    (batch,) = step
    assert sorted(batch.rows.tolist()) == [0, 1, 2] and batch.rows.tolist() == batch.labels.tolist()
    for row, clip in zip(batch.rows.tolist(), batch.clips, strict=True):
        assert numbers(clip) <= set(FRAMES[row])


def test_segments_with_several_labels_and_with_none(make_config, read):
    text = "video,label,start_frame,end_frame\nlong.mp4,even;third,0,29\nlong.mp4,,30,60\n"
    table = read(text, task=MULTI_LABEL)
    several = make_config("eval_clips_per_device=6", dataset="multi_label = True\nflip_labels = [('odd', 'third')]\n")
    assert clips_of(table, several)[ClipRequest(1, 0, 0)].labels.tolist() == [[1, 0, 1]]
    (batch,) = eval_loader(several, table, VIEWS)
    assert batch.labels.tolist() == [[1, 0, 1], [0, 0, 0]] and str(batch.labels.dtype) == "torch.float32"
    flipped = make_config(
        dataset="multi_label = True\nflip_labels = [('odd', 'third')]\n",
        experiment="train_pixels = [ShortSide(64), CentreCrop(64), HorizontalFlip(p=1.0)]\n",
    )
    assert clips_of(table, flipped)[ClipRequest(1, 0, 0)].labels.tolist() == [[1, 1, 0]]
    assert views_of(table, flipped, VIEWS)[0].labels.tolist() == [[1, 0, 1]]


def test_the_hook_target_may_name_several_labels(make_config, read):
    table = read(TABLES["frames"].replace("even", "").replace("odd", ""), task=MULTI_LABEL)
    hook = "multi_label = True\n\n\ndef target(row, frame_indices):\n    return {0, int(frame_indices[0] > 50)}\n"
    clips = clips_of(table, make_config(dataset=hook))
    assert [clips[ClipRequest(1, 0, row)].labels.tolist() for row in (0, 2)] == [[[1, 0, 0]], [[1, 1, 0]]]


def test_seconds_are_those_at_which_frames_are_shown_also_where_the_rate_varies(make_config, read):
    table = read("video,label,start_s,end_s\nuneven.mp4,0,0,0.6\nuneven.mp4,1,0.6,1.2\nuneven.mp4,1,1.2,1.5\n")
    views = views_of(table, make_config(), Views(clips=10, crops=1, scale=64, size=64))
    assert [numbers(views[row].clips) for row in range(3)] == [set(range(15)), {15, 16, 17, 18}, {19, 20}]
