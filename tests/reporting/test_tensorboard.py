import errno
import time

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.summary.writer.record_writer import RecordWriter

from pyvideoai.reporting import StartedRun, TensorBoard
from pyvideoai.reporting.tensorboard import by_run


def started(folder):
    board = TensorBoard()
    board.start(StartedRun(folder, {}, {}, [], steps_per_epoch=4))
    return board


def read(folder, run):
    events = EventAccumulator(str(folder / "tensorboard" / run))
    events.Reload()
    return {tag: [(each.step, each.value) for each in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def content(folder, run):
    events = EventAccumulator(str(folder / "tensorboard" / run), size_guidance={"images": 0, "histograms": 0})
    events.Reload()
    return events


def steps(folder, run, tag):
    return [step for step, _ in read(folder, run)[tag]]


@pytest.fixture
def later(monkeypatch):
    """A resumed run starts in a later second: event files sort by it."""
    start = time.time()
    return lambda: monkeypatch.setattr(time, "time", lambda: start + 5)


def test_splits_are_runs_and_share_their_tags(make_history):
    runs = by_run(make_history(5)[-1])
    assert list(runs) == ["train", "val", "val_multicrop"]
    assert set(runs["val"]) == set(runs["val_multicrop"]) == {"epoch/loss", "epoch/top1", "epoch/top5"}
    others = {"epoch/learning_rate", "speed/runtime_s", "speed/clips_per_s", "speed/data_wait_share", "speed/memory_gb"}
    assert set(runs["train"]) == set(runs["val"]) | others


def test_each_epoch_is_on_disk_when_it_ends(tmp_path, make_history):
    board = started(tmp_path)
    for row in make_history(5):
        board.epoch(row)
    assert read(tmp_path, "val")["epoch/top1"] == [(epoch, 60.0 + epoch) for epoch in range(1, 6)]
    assert read(tmp_path, "val_multicrop")["epoch/top1"] == [(5, 67.0)]
    assert steps(tmp_path, "train", "speed/clips_per_s") == [1, 2, 3, 4, 5]
    board.end()


def test_steps_count_through_the_epochs(tmp_path):
    board = started(tmp_path)
    for epoch in (1, 2):
        for step in (2, 4):
            board.step(4 * (epoch - 1) + step, {"loss": epoch + step / 10, "gradient_norm": 1.0})
    board.end()
    found = read(tmp_path, "train_steps")
    assert set(found) == {"step/loss", "step/gradient_norm"}
    assert [step for step, _ in found["step/loss"]] == [2, 4, 6, 8]


@pytest.mark.parametrize("epoch_3_was_written", [True, False])
def test_a_resumed_run_has_each_epoch_and_step_once(tmp_path, make_history, later, epoch_3_was_written):
    history, board = make_history(6), started(tmp_path)
    _run_epochs(board, history[: 3 if epoch_3_was_written else 2])
    board.step(14, {"loss": 99.0})
    board.end()
    later()
    board = started(tmp_path)
    board.resume(history[:3], 0)
    _run_epochs(board, history[3:])
    board.end()
    for run in ("train", "val"):
        assert steps(tmp_path, run, "epoch/loss") == [1, 2, 3, 4, 5, 6]
    assert 99.0 not in [value for _, value in read(tmp_path, "train_steps")["step/loss"]]
    expected = [1, 2, 3, 4, 5, 6] if epoch_3_was_written else [1, 2, 4, 5, 6]
    assert steps(tmp_path, "train_steps", "step/loss") == [4 * epoch for epoch in expected]


def test_steps_that_a_kill_cut_off_come_again_once_and_those_before_the_saved_state_stay(tmp_path, later):
    board = started(tmp_path)
    for number in (1, 2):
        board.step(number, {"loss": 1.0})
    board.flush()  # the state is saved here, after step 2 of the first epoch
    board.step(3, {"loss": 99.0})
    board.end()
    later()
    board = started(tmp_path)
    board.resume([], 2)
    for number in (3, 4):
        board.step(number, {"loss": 1.0})
    board.end()
    assert read(tmp_path, "train_steps")["step/loss"] == [(1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0)]


def test_what_is_flushed_survives_a_kill(tmp_path):
    board = started(tmp_path)
    board.step(1, {"loss": 1.0})
    board.flush()
    assert steps(tmp_path, "train_steps", "step/loss") == [1]
    board.end()


def test_starting_again_keeps_nothing(tmp_path, make_history, later):
    board = started(tmp_path)
    board.step(2, {"loss": 99.0})
    board.end()
    later()
    board = started(tmp_path)
    board.resume([], 0)
    _run_epochs(board, make_history(1))
    board.end()
    assert [step for step, _ in read(tmp_path, "train_steps")["step/loss"]] == [4]


def test_final_scores_stand_at_the_epoch_of_their_weights(tmp_path):
    board = started(tmp_path)
    board.test("last", 12, {"test/top1": 61.0})
    board.test("best", 9, {"test/top1": 62.0})
    board.end()
    assert read(tmp_path, "test_last") == {"epoch/top1": [(12, 61.0)]}
    assert read(tmp_path, "test_best") == {"epoch/top1": [(9, 62.0)]}


def _run_epochs(board, rows):
    for row in rows:
        board.step(4 * row["epoch"], {"loss": row["train/loss"]})
        board.epoch(row)


def test_a_metric_s_name_is_one_line(tmp_path):
    board = started(tmp_path)
    board.epoch({"epoch": 1, "val/a\nb\x1b": 2.0})
    board.end()
    assert set(read(tmp_path, "val")) == {r"epoch/a\nb\x1b"}


def test_settings_command_and_final_scores_can_be_compared_between_runs(tmp_path):
    board = TensorBoard()
    settings = {"learning_rate": 0.1, "train_clip": "Dense(8, 8)", "mix": None, "train_pixels": ["a|b"]}
    names = {"dataset": "hmdb"}
    board.start(StartedRun(tmp_path, names, settings, [], 4, command="tools/run_train.py -D hmdb"))
    board.test("best", 9, {"test/top1": 62.5})
    board.end()
    events = content(tmp_path, "settings")
    texts = {tag: events.Tensors(tag)[0].tensor_proto.string_val[0].decode() for tag in events.Tags()["tensors"]}
    assert texts["command/text_summary"] == "`tools/run_train.py -D hmdb`"
    assert "| learning_rate | `0.1` |" in texts["configuration/text_summary"]
    start = HParamsPluginData.FromString(
        events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    ).session_start_info
    assert start.hparams["learning_rate"].number_value == 0.1
    assert start.hparams["train_clip"].string_value == "Dense(8, 8)" and start.hparams["dataset"].string_value == "hmdb"
    assert read(tmp_path, "settings") == {"final/test/top1 (best)": [(0, 62.5)]}


def test_pictures_and_distributions_stand_at_their_epochs(tmp_path):
    board = started(tmp_path)
    for epoch in (1, 5):
        board.picture("val_samples", epoch, np.full((20, 30, 3), epoch, np.uint8))
        board.distribution("val/recall", epoch, np.array([100.0, 50.0, np.nan]))
    board.distribution("val/recall", 6, np.array([np.nan]))
    board.end()
    [first, last] = content(tmp_path, "settings").Images("val_samples")
    assert (first.step, last.step, last.height, last.width) == (1, 5, 20, 30)
    [_, histogram] = content(tmp_path, "val").Histograms("classes/recall")
    assert (histogram.step, histogram.histogram_value.num, histogram.histogram_value.sum) == (5, 2, 150)


def test_a_disk_that_fails_for_a_while_costs_the_epochs_of_that_while(tmp_path, monkeypatch, capfd, later):
    """The writer's thread dies of it, without a word on the screen; a new file begins when the disk works again."""
    board, write = started(tmp_path), RecordWriter.write
    board.epoch({"epoch": 1, "train/loss": 1.0})

    def full(writer, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RecordWriter, "write", full)
    with pytest.raises(OSError, match="No space left"):
        board.epoch({"epoch": 2, "train/loss": 2.0})
    with pytest.raises(OSError, match="No space left"):
        board.epoch({"epoch": 3, "train/loss": 3.0})
    monkeypatch.setattr(RecordWriter, "write", write)
    later()
    board.epoch({"epoch": 4, "train/loss": 4.0})
    board.end()
    assert "Traceback" not in capfd.readouterr().err
    assert steps(tmp_path, "train", "epoch/loss") == [1, 4]
