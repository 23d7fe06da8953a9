"""Preparing real and odd files, which are copied frame by frame or named; and a run that a signal stops."""

import shutil
import signal
import time

import numpy as np
import painting
import psutil
import pytest
from workplaces import HANGS_S, tool

from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.video import open_video
from pyvideoai.video.preparing import manifest
from pyvideoai.video.preparing.pictures import Resizer, psnr

UNREADABLE = {"audio_only_aac.mp4", "corrupt_h264.mp4", "empty_0byte.webm", "encrypted_vp9.webm", "wmv.wmv"}


@pytest.mark.parametrize("readable", [4, pytest.param(18, marks=pytest.mark.slow)])
def test_every_odd_file_is_copied_frame_by_frame_or_named(shared, tmp_path, readable):
    (folder := tmp_path / "videos").mkdir()
    smallest_first = sorted((shared / "videos" / "odd").iterdir(), key=lambda path: path.stat().st_size)
    chosen = [path for path in smallest_first if path.name not in UNREADABLE][:readable]
    for path in (*chosen, *(path for path in smallest_first if path.name in UNREADABLE)):
        (folder / path.name).symlink_to(path)
    options = ["--out", str(tmp_path / "out"), "--short_side", "64", "--preset", "ultrafast", "--crf", "10"]
    assert prepare_command.main([str(folder), *options]) == 1
    rows = manifest.read(tmp_path / "out")
    assert {name for name, row in rows.items() if row.reason} == UNREADABLE
    assert len(rows) == readable + len(UNREADABLE)
    for row in rows.values():
        if not row.reason:
            with open_video(folder / row.video) as original, open_video(tmp_path / "out" / row.copy) as copy:
                assert copy.num_frames == original.num_frames == row.frames
                for index in np.linspace(0, row.frames - 1, 4).astype(int):
                    expected = Resizer(row.height, row.width, "rgb24")(original.frames([index])[0]).to_ndarray()
                    assert psnr(copy.frames([index])[0], expected) > 20, (row.video, index)


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(each, marks=pytest.mark.slow) for each in (signal.SIGINT, signal.SIGKILL))],
)
def test_a_signal_leaves_no_workers_and_the_next_run_goes_on(number, tmp_path):
    (tmp_path / "videos").mkdir()
    painting.write_painted(tmp_path / "videos/0.mp4", 60, size=(192, 256), options={"preset": "ultrafast"})
    for name in range(1, 12):  # some seconds of work, so that it is not done before we look
        shutil.copy(tmp_path / "videos/0.mp4", tmp_path / f"videos/{name}.mp4")
    options = [str(tmp_path / "videos"), "--out", str(tmp_path / "out")]
    process = tool("prepare_videos.py", *options, "--processes", "2")
    wait_until(lambda: list((tmp_path / "out").glob(".*.mp4.*.tmp")))
    workers = psutil.Process(process.pid).children()
    process.send_signal(number)
    process.communicate(timeout=HANGS_S)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}.get(number, -number)
    wait_until(lambda: not any(worker.is_running() for worker in workers))
    assert (tmp_path / "out" / manifest.NAME).exists() and len(workers) == 2
    assert prepare_command.main([*options, "--processes", "1"]) == 0
    assert not list((tmp_path / "out").glob(".*.tmp"))
    with open_video(tmp_path / "out/5.mp4") as video:
        assert [painting.read_number(frame) for frame in video.frames(range(video.num_frames))] == list(range(60))


def wait_until(holds):
    end = time.monotonic() + HANGS_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
