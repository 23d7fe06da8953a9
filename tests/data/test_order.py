import numpy as np
import pandas as pd
import pytest
from hooks import guarded

from pyvideoai.data.order import TrainOrder
from pyvideoai.data.weights import row_weights
from pyvideoai.errors import UserError
from pyvideoai.tasks import MULTI_LABEL


def order(
    videos=50,
    *,
    global_batch=12,
    per_device=3,
    rank=0,
    world=1,
    seed=0,
    weights=None,
    epoch=1,
    start_step=0,
    clips_per_video=1,
):
    made = TrainOrder(
        videos,
        global_batch=global_batch,
        per_device=per_device,
        rank=rank,
        world=world,
        seed=seed,
        weights=weights,
        clips_per_video=clips_per_video,
    )
    made.epoch, made.start_step = epoch, start_step
    return made


def steps(*orders):
    """For each step the batches of all processes, each a tuple of draws."""
    found = []
    for each in orders:
        batches, parts = [tuple(batch) for batch in each], each.accumulation
        assert len(batches) == len(each)
        found.append([batches[first : first + parts] for first in range(0, len(batches), parts)])
    return [[batch for part in parts for batch in part] for parts in zip(*found, strict=True)]


def test_an_epoch_takes_each_row_at_most_once_and_drops_the_incomplete_batch():
    draws = [draw for step in steps(order()) for batch in step for draw in batch]
    rows = [draw.row for draw in draws]
    assert len(rows) == 48 and len(set(rows)) == 48 and set(rows) <= set(range(50))
    assert [draw.position for draw in draws] == list(range(48)) and {draw.epoch for draw in draws} == {1}


@pytest.mark.parametrize("world", [1, 2, 4])
@pytest.mark.parametrize("per_device", [1, 3])
def test_a_step_takes_the_same_clips_however_many_processes_share_them(world, per_device):
    alone = steps(order(per_device=12))
    shared = steps(*(order(per_device=per_device, rank=rank, world=world) for rank in range(world)))
    assert len(alone) == len(shared) == 4
    for one, many in zip(alone, shared, strict=True):
        assert sorted(draw.position for draw in one[0]) == sorted(draw.position for part in many for draw in part)
        assert set(one[0]) == {draw for part in many for draw in part}
        assert len(many) == 12 // per_device and {len(part) for part in many} == {per_device}


def test_what_batch_norm_sees_does_not_depend_on_the_number_of_processes():
    alone, shared = steps(order()), steps(order(rank=0, world=2), order(rank=1, world=2))
    assert [set(step) for step in alone] == [set(step) for step in shared]


def test_the_order_depends_on_seed_and_epoch_only():
    assert steps(order()) == steps(order())
    rows = [order(seed=seed).rows(epoch).tolist() for seed in (0, 1) for epoch in (1, 2)]
    assert len({tuple(each) for each in rows}) == 4


def test_an_epoch_can_start_in_the_middle():
    assert steps(order(start_step=2)) == steps(order())[2:]


def test_a_table_smaller_than_a_global_batch_is_gone_through_more_than_once():
    [[*batches]] = steps(order(videos=5))
    rows = [draw.row for batch in batches for draw in batch]
    assert len(rows) == 12 and sorted(rows[:5]) == sorted(rows[5:10]) == list(range(5))


def test_rows_are_drawn_in_proportion_to_their_weight():
    weights = np.array([0.0, 1.0, 3.0])
    rows = order(videos=3, global_batch=4000, per_device=4000, weights=weights).rows(1)
    counts = np.bincount(rows, minlength=3) / 4000
    assert counts[0] == 0 and abs(counts[2] - 0.75) < 0.03


def test_batches_that_do_not_fill_a_step_are_refused():
    with pytest.raises(ValueError, match="12 clips can't be cut into batches of 5 for 1 processes"):
        order(per_device=5)


TABLE = pd.DataFrame({"video": list("abcdef"), "label": [0, 0, 0, 0, 1, 2]})


def test_balanced_sampling_gives_each_class_the_same_share():
    weights = row_weights(TABLE, balance="sampling")
    assert np.bincount(TABLE["label"], weights=weights).tolist() == [1, 1, 1]
    assert row_weights(TABLE) is None and row_weights(TABLE, balance="loss") is None


def test_the_sampler_hook_gives_the_weights():
    weights = row_weights(TABLE, sampler=lambda table: table["label"] + 1)
    assert weights.dtype == np.float64 and weights.tolist() == [1, 1, 1, 1, 2, 3]


@pytest.mark.parametrize(
    "returned", [[1, 2], [1, 1, 1, 1, 1, -1], [0] * 6, [1, 1, 1, 1, 1, float("nan")], [[1] * 6], 3]
)
def test_weights_that_are_none_are_refused(returned):
    with pytest.raises(
        UserError, match=r"^e.py:1: sampler\(\) returned .*; it must return 6 weights of at least 0, one for each row"
    ):
        row_weights(TABLE, sampler=guarded("sampler", lambda table: returned))


def test_weights_of_a_function_that_no_config_has_are_refused_by_its_name():
    def twice(table):
        return [1, 2]

    with pytest.raises(UserError, match=r"^twice\(\) returned a list; it must return 6 weights of at least 0"):
        row_weights(TABLE, sampler=twice)


def test_classes_of_multi_label_data_are_not_drawn_equally_often():
    several = TABLE.assign(label=[(0, 1)] * 6)
    with pytest.raises(UserError, match="balance = 'sampling' draws classes equally often, which multi-label videos"):
        row_weights(several, balance="sampling", task=MULTI_LABEL)


def test_two_ways_to_balance_are_refused():
    with pytest.raises(UserError, match="both a sampler hook and balance = 'sampling'"):
        row_weights(TABLE, sampler=lambda table: 1, balance="sampling")


def test_several_clips_per_video_keep_the_epochs_length_and_see_every_video_equally_often():
    made = order(48, clips_per_video=3)
    seen = []
    for epoch in (1, 2, 3):
        made.epoch = epoch
        draws = [draw for batch in made for draw in batch]
        assert [draw.position for draw in draws] == list(range(0, 48, 3)) and {draw.clips for draw in draws} == {3}
        seen += [draw.row for draw in draws]
    assert sorted(seen) == list(range(48))
    made.epoch = 4
    assert [draw.row for batch in made for draw in batch] != seen[:16]


def test_clips_of_a_video_stay_in_one_batch_of_one_process():
    with pytest.raises(UserError, match="clips_per_video = 2 must divide the 3 clips per device"):
        order(clips_per_video=2)
