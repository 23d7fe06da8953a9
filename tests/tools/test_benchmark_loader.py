"""The loader's benchmark: everybody in the table, the same frames for everybody, and shares that tell wrong ones."""

import csv
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from painting import read_number, write_painted

from benchmark.loader import command
from benchmark.loader.exactness import EVERY, Truth, exact_shares, truth_of
from benchmark.loader.folders import folder_config
from benchmark.loader.jobs import folder_group, make_rounds
from benchmark.loader.limit import Limit
from benchmark.loader.ours import Ours, draw_of, watched_readers
from benchmark.loader.protocol import Job, clip_protocol, views_protocol
from benchmark.loader.readers import OtherReader
from benchmark.loader.report import ratios
from benchmark.loader.slowfast import PySlowFast
from benchmark.loader.stopwatch import STAGES, Stopwatch
from benchmark.loader.timing import Turn, take_turns
from pyvideoai.data.sampling_peers import SampleFrames
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError
from pyvideoai.video import open_video

pytestmark = pytest.mark.long

HAS_PEER = all(importlib.util.find_spec(name) for name in ("cv2", "decord"))
with_peer = pytest.mark.skipif(not HAS_PEER, reason="OpenCV or decord is not installed")
PROTOCOLS = (clip_protocol("4x3"), views_protocol("2x3", "4x3"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two videos with B-frames and a file that is none."""
    folder = tmp_path_factory.mktemp("benchmark")
    (folder / "deep").mkdir()
    write_painted(folder / "a.mp4", 40, size=(64, 96), bframes=2)
    write_painted(folder / "deep" / "b.avi", 25, size=(80, 64), codec="mpeg4")
    (folder / "broken.mp4").write_bytes(b"this is no video at all")
    return folder


@pytest.fixture(scope="module")
def group(folder):
    return folder_group(folder, None, seed=0)


def rounds_of(group, protocol, rounds=1, overrides=()):
    config = folder_config(CONTRACTS, protocol, group.root, overrides)
    return config, make_rounds(group, protocol, config, rounds)


def test_everybody_is_in_the_table_and_the_files_are_written(folder, tmp_path, capsys):
    peers = ["slowfast", *["mmaction2"] * HAS_PEER]
    options = ["--clip", "4x3", "--test", "2x1", "--rounds", "1", "--workers", "0", "--out", str(tmp_path)]
    assert command.main(CONTRACTS, ["--videos", str(folder), "--against", *peers, *options]) == 0
    with (tmp_path / "loader.csv").open() as file:
        rows = list(csv.DictReader(file))
    everybody = {"PyVideoAI", "PySlowFast's order", "limit"} | set(["MMAction2's order"] * HAS_PEER)
    for protocol in ("4x3", "2x1 views of 4x3"):
        mine = {row["contestant"]: row for row in rows if row["protocol"] == protocol}
        assert mine.keys() == everybody
        assert all(row["per_s"] and float(row["failed"]) == 0 for row in mine.values())
        assert float(mine["PyVideoAI"]["exact"]) == 1 == float(mine["limit"]["limit_share"])
    printed = capsys.readouterr().out
    assert "broken.mp4" in printed and "clips a second" in printed
    assert (tmp_path / "loader.png").read_bytes()[1:4] == b"PNG"
    assert "| PyVideoAI |" in (tmp_path / "loader.md").read_text()
    assert len((tmp_path / "turns.csv").read_text().splitlines()) == 1 + 2 * 2 * len(everybody)


@pytest.mark.parametrize("name", command.READERS)
def test_other_readers_give_their_frames_to_our_cutter(tmp_path, name):
    # 128 pixels wide: decord2 3.4 can't hand out small frames whose rows libav pads
    path = write_painted(tmp_path / "a.mp4", 40, size=(64, 128), bframes=2)
    group = folder_group(tmp_path, None, seed=0)
    try:
        other = OtherReader(name)
    except UserError as error:
        assert command.READERS[name] in str(error)
        pytest.skip(f"{name} is not installed")
    for protocol in PROTOCOLS:
        _, (jobs,) = rounds_of(group, protocol)
        watch = Stopwatch()
        shown = other.load(protocol, jobs[0], watch)
        assert shown.to("cpu").shape == ((1, 4, 224, 224, 3) if protocol.views is None else (6, 4, 256, 256, 3))
        assert set(watch.seconds) == set(STAGES)
    wanted = np.array([7, 3, 3, 20])
    assert [read_number(frame) for frame in other.frames(str(path), wanted)] == wanted.tolist()


def test_an_experiment_is_measured_on_its_own_videos(tmp_path, videos, capsys, monkeypatch, make_config):
    make_config()
    for split in ("train", "val"):
        (tmp_path / f"{split}.csv").write_text("video,label\n0.mp4,even\n1.mp4,odd\n2.mp4,third\n")
    monkeypatch.chdir(tmp_path)
    chosen = ["-D", "painted", "-M", "painted", "-E", "painted", "--set", f"dataset.root={str(videos)!r}"]
    assert command.main(CONTRACTS, [*chosen, "--against", "slowfast", "--rounds", "1", "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert "| painted | training clip | PyVideoAI |" in printed
    assert "| painted | test: 3 clips x 1 crop = 3 views | PySlowFast's order |" in printed


@pytest.mark.parametrize("overrides", [(), ("clips_per_video=2",)], ids=["one clip", "two clips"])
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_everybody_is_asked_for_the_frames_that_our_loader_reads(group, protocol, overrides):
    config, rounds = rounds_of(group, protocol, 2, overrides)
    items = Ours(config, group.table, protocol).items
    for job in (job for jobs in rounds for job in jobs):
        asked = []
        with watched_readers(Stopwatch(), asked):
            items[draw_of(job) if protocol.views is None else job.row]
        assert np.array_equal(np.unique(asked[0]), np.unique(job.indices))


def test_the_frames_are_those_that_mmaction2_would_take(group):
    """Its rule for a test, in other words: starts spread evenly from frame 0 to the last start, rounded."""
    _, (jobs,) = rounds_of(group, views_protocol("3x1", "4x3"))
    for job, num_frames in zip(jobs, (40, 25), strict=True):
        starts = [0, round((num_frames - 10) / 2), num_frames - 10]
        assert job.indices.tolist() == [[start + 3 * step for step in range(4)] for start in starts]
    _, (jobs,) = rounds_of(group, clip_protocol("4x3"))
    assert all(job.indices.tolist() == [[job.indices[0, 0] + 3 * step for step in range(4)]] for job in jobs)
    assert isinstance(clip_protocol("4x3").sampler, SampleFrames)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_our_time_is_that_of_its_stages(group, protocol):
    config, (jobs,) = rounds_of(group, protocol)
    watch = Stopwatch()
    clips = Ours(config, group.table, protocol).load(protocol, jobs[0], watch).to("cpu")
    assert clips.shape == ((1, 4, 224, 224, 3) if protocol.views is None else (6, 4, 256, 256, 3))
    assert set(watch.seconds) == set(STAGES)


@with_peer
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_mmaction2s_order_gives_uint8_clips(group, protocol):
    from benchmark.loader.mmaction2 import MMAction2

    _, (jobs,) = rounds_of(group, protocol)
    watch = Stopwatch()
    clips = MMAction2().prepare(protocol, jobs[0])(watch)
    clips = clips[0] if protocol.views is None else clips
    assert clips.dtype == np.uint8 and set(watch.seconds) == set(STAGES)
    assert clips.shape == ((1, 3, 4, 224, 224) if protocol.views is None else (6, 3, 4, 256, 256))


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.name)
def test_pyslowfasts_order_gives_float_clips(group, protocol):
    _, (jobs,) = rounds_of(group, protocol)
    (clip,) = PySlowFast().prepare(protocol, jobs[0])(Stopwatch())
    assert clip.dtype == torch.float32 and clip.shape == (3, 4, protocol.size, protocol.size)


def test_the_limit_decodes_the_frames_and_less_than_all(group):
    job = Job("g", str(group.root), "a.mp4", 0, 1, np.array([[13, 17, 21]]))
    passes = Limit().prepare(PROTOCOLS[0], job).args[0]
    with open_video(job.path) as video:
        wanted = set(video.layout.order[job.indices[0]].tolist())
    decoded = []
    for each in passes:
        for packet, is_needed in each.packets:
            each.decoder.skip_frame = "DEFAULT" if is_needed else "NONREF"
            decoded += each.decoder.decode(packet)
        decoded += each.decoder.decode(None)
    assert wanted <= {frame.pts for frame in decoded}
    assert len(decoded) < 22


def test_exact_shares_tell_wrong_frames(group):
    def ours(path, indices):
        with open_video(path) as video:
            return video.frames(indices)

    def one_late(path, indices):
        return ours(path, indices + 1)

    def other_rounding(path, indices):
        return np.clip(ours(path, indices).astype(np.int16) + 1, 0, 255).astype(np.uint8)

    def fails(path, indices):
        raise RuntimeError("no")

    _, rounds = rounds_of(group, clip_protocol("4x3"), rounds=2)
    readers = {"ours": (ours, True), "late": (one_late, False), "rounds": (other_rounding, False)}
    readers |= {"rounds, bit for bit": (other_rounding, True), "fails": (fails, True)}
    jobs = [job for jobs in rounds for job in jobs if job.indices.max() < 24]
    assert exact_shares(readers, jobs) == {"ours": 1, "late": 0, "rounds": 1, "rounds, bit for bit": 0, "fails": 0}


def test_truth_is_what_decoding_from_the_start_gives(group):
    truth = truth_of(group.root / "a.mp4", [5, 9])
    with open_video(group.root / "a.mp4") as video:
        five, six = video.frames([5, 6])
    assert truth.identical(5, five) and not truth.identical(5, six)


def test_a_neighbour_that_looks_much_the_same_is_not_the_frame():
    rng = np.random.default_rng(0)
    still = rng.integers(20, 200, (64, 96, 3)).astype(np.uint8)
    moving = [still + rng.integers(0, 4, still.shape).astype(np.uint8) for _ in range(3)]
    truth = Truth(samples={index: picture[::EVERY, ::EVERY] for index, picture in enumerate(moving)})
    assert truth.nearest(1, moving[1] + 1)
    assert not truth.nearest(1, moving[0] + 1)
    assert not truth.nearest(1, moving[1] + 20)


def test_ratios_are_taken_round_by_round_over_the_jobs_that_both_did():
    def turn(who, video, number, seconds, failure=""):
        return Turn("8x8", "g", who, video, number, "clips", 1, {"decode": seconds}, failure)

    turns = [turn("we", "a", 0, 1), turn("they", "a", 0, 2), turn("we", "b", 0, 3), turn("they", "b", 0, 6)]
    turns += [turn("we", "a", 1, 1), turn("they", "a", 1, 4), turn("we", "b", 1, 9), turn("they", "b", 1, 0, "broken")]
    assert ratios(turns, slower="they", faster="we") == [2, 4]


def test_a_contestant_that_fails_is_counted(group):
    class Failing:
        name = "fails"

        def prepare(self, protocol, job):
            raise ValueError("not this one")

    _, rounds = rounds_of(group, clip_protocol("4x3"))
    turns = list(take_turns([Failing()], clip_protocol("4x3"), rounds))
    assert [turn.failure for turn in turns] == ["not this one"] * 2


def test_the_configs_can_be_shown(capsys):
    chosen = ["-D", "motion", "-M", "i3d_tiny", "-E", "quickstart"]
    assert command.main(CONTRACTS, [*chosen, "--print-config"]) == 0
    assert "train_clip" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="0"):
        command.main(CONTRACTS, ["--help-config"])
    assert "train_clip" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--videos", "nowhere"], "no such folder"),
        (["--videos", ".", "--clip", "8"], "--clip 8"),
        (["--videos", ".", "--test", "10x4"], "1 or 3 crops"),
        (["--videos", ".", "--rounds", "0"], "at least 1"),
        (["-D", "motion"], "-D -M -E, or --videos"),
    ],
)
def test_a_wrong_command_line_is_one_line(arguments, message):
    with pytest.raises(UserError, match=message) as raised:
        command.main(CONTRACTS, [*arguments, "--against", "slowfast"])
    assert "\n" not in str(raised.value)


def test_a_peer_that_is_not_installed_is_explained(group, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(UserError, match=r"needs cv2: pip install 'pyvideoai\[benchmark\]'"):
        command.main(CONTRACTS, ["--videos", str(group.root)])
