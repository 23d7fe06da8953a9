"""The benchmark of inference: what a test video is, what is measured, and where it is written."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmark.inference import process
from benchmark.inference.command import main
from benchmark.inference.process import Job, measured
from benchmark.inference.protocol import video_of
from pyvideoai.commands.model_table import zoo
from pyvideoai.errors import UserError
from pyvideoai.models.zoo import describe

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.mark.parametrize(
    ("protocol", "video"),
    [
        ("10 clips x 3 crops of 256, fully convolutional", (30, 16, 256)),
        ("1 clip x 1 centre crop of 224 from 256", (1, 16, 224)),
        ("5 clips x 1 centre crop of 112 from 128x171", (5, 16, 112)),
        ("25 segments x 10 crops of 224 from 256", (10, 25, 224)),
        ("2 x 8 segments x 3 crops of 256", (6, 8, 256)),
        ("none", (1, 16, 64)),
    ],
)
def test_views_of_a_protocol(protocol, video):
    assert video_of(protocol, frames=16, size=64) == video


def test_every_protocol_of_the_zoo_is_understood():
    views = {name: video_of(describe(path)[1]["Protocol"], 8, 224).views for name, path in zoo().items()}
    assert len(views) > 40 and views["i3d_resnet50"] == 30 and views["i3d_tiny"] == 1
    with pytest.raises(UserError, match="write it as '10 clips x 3 crops of 256', or 'none'"):
        video_of("ten clips", 8, 224)


def test_a_video_takes_all_its_views(monkeypatch):
    ran = []
    monkeypatch.setattr(process, "_median_seconds", lambda run, least_s: ran.append(run()) or 0.5)
    job = Job("i3d_tiny", "10 clips x 3 crops of 64", ("model.width=8",), classes=5, threads=torch.get_num_threads())
    found = measured(job)
    assert found["videos_per_s"] == pytest.approx(2 / 0.5 / 30)  # two views in half a second, of thirty
    assert found["views"] == 30 and found["megabytes"] > 100
    assert [tuple(logits.shape) for logits in ran] == [(1, 2, 5)]


def test_a_network_is_timed_until_it_has_taken_long_enough():
    calls = []
    process._median_seconds(lambda: calls.append(1), least_s=0)
    assert len(calls) == 1 + process.LEAST  # a warm-up
    calls.clear()
    process._median_seconds(lambda: calls.append(1), least_s=60)
    assert len(calls) == 1 + process.MOST


def test_the_page_is_about_the_networks_as_they_are(tmp_path):
    with pytest.raises(UserError, match="with 400 classes and without --set"):
        main(["-M", "i3d_tiny", "--set", "model.width=8", "--zoo", str(tmp_path / "zoo.md")])


@pytest.mark.slow
def test_the_whole_command(tmp_path):
    page = tmp_path / "ZOO.md"
    command = [
        sys.executable,
        TOOLS / "benchmark_inference.py",
        "--threads",
        "1",
        "--seconds",
        "0",
        "--zoo",
        page,
        "-M",
    ]
    ran = subprocess.run([*command, "i3d_tiny", "nope"], text=True, capture_output=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "left out: nope: -M nope: no model_configs/nope.py" in ran.stderr
    with (tmp_path / "ZOO.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["config"] == "i3d_tiny" and ", 1 thread; torch" in row["hardware"]
    (line,) = (line for line in page.read_text().splitlines() if line.startswith("| [`i3d_tiny`]"))
    assert f"| {float(row['videos_per_s']):.3g} (1 view) |" in line
    ran = subprocess.run([*command, "nope"], text=True, capture_output=True, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "") and ran.stderr.startswith("error: -M nope: no model_configs/nope.py")
