"""Damaged files of every codec: each is read, or named once; no traceback, no crash, no hang."""

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import damage
import numpy as np
import painting
import pytest

READ = """
import json, sys
from pyvideoai.video import VideoError, open_video
for path in sys.argv[1:]:
    reason = None
    try:
        with open_video(path) as video:
            for indices in ([video.num_frames - 1], [0, video.num_frames // 2], range(video.num_frames)):
                assert len(video.frames(indices)) == len(indices)
    except VideoError as error:
        reason = error.reason
    print(json.dumps([path, reason]), flush=True)
"""
CHECK = "import sys; from pyvideoai.commands.check_videos import main; sys.exit(main(sys.argv[1:]))"


def run(code: str, *arguments: object, limit_s: int) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of Python code in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit_s)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_each_damaged_file_is_read_or_named_once(tmp_path, count):
    written = damage.write_damaged(tmp_path, count)
    assert len({path.suffix for path in written}) >= 4

    code, output, errors = run(READ, *written, limit_s=60 + count)
    read = dict(map(json.loads, output.splitlines()))
    assert code == 0 and "Traceback" not in errors, errors[-3000:]
    assert list(read) == [str(path) for path in written]
    refused = {path: reason for path, reason in read.items() if reason is not None}
    assert 0.2 * count < len(refused) < 0.8 * count
    assert not [reason for reason in refused.values() if not reason or "unexpected" in reason or "\n" in reason]

    names = [path.name for path in written]
    table, out = tmp_path / "all.csv", tmp_path / "out.csv"
    table.write_text("\n".join(["video", *names]) + "\n")
    code, output, errors = run(CHECK, table, "--exact", "--out", out, limit_s=60 + count)
    assert code == 1 and "Traceback" not in errors, errors[-3000:]
    rows = out.read_text().splitlines()[1:]
    assert sorted(Path(row.split(",")[0]).name for row in rows) == sorted(names)


def test_every_encoder_is_tried():
    """Codecs that most people's videos have are among them, whatever PyAV was built with."""
    assert {"libx264", "mpeg4", "mjpeg"} <= set(damage.encoders())
    assert len(damage.encoders()) > 40


def test_each_kind_of_damage_damages(tmp_path):
    content = damage.write_sound(tmp_path, "mpeg4").read_bytes()
    for how in range(5):
        changed = [damage.damaged(content, how, np.random.default_rng(seed)) for seed in range(4)]
        assert content not in changed and len(set(changed)) > 1


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="only Linux tells")
@pytest.mark.skipif("libsvtav1" not in av.codecs_available, reason="this PyAV has no SVT-AV1")
def test_encoding_leaves_the_process_as_it_was(tmp_path):
    """As root SVT-AV1 makes the process a real-time one, which later hung tests with more threads than cores."""
    before = os.sched_getscheduler(0)
    painting.write_painted(tmp_path / "a.mp4", 3, codec="libsvtav1", options={"svtav1-params": "lp=1"})
    assert os.sched_getscheduler(0) == before
