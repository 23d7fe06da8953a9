"""Every row of the table of frame indices and crop positions that the peers' own functions computed."""

import json
import os
from pathlib import Path

import pytest

from pyvideoai.data.pixels import short_side_to
from pyvideoai.data.sampling_peers import DenseSampleFrames, NonLocalNet, SampleFrames, SampleFrames0x, SlowFast
from pyvideoai.data.views import Views

SHARED = Path(os.environ.get("PYVIDEOAI_SHARED", Path(__file__).parents[3] / "shared"))
TABLE = SHARED / "reference" / "sampling.json"
pytestmark = pytest.mark.skipif(not TABLE.is_file(), reason="no reference table")


@pytest.fixture(scope="module")
def table():
    return json.loads(TABLE.read_text())


def test_slowfast(table):
    for row in table["slowfast"]:
        sampler = SlowFast(row["T"], row["rate"], use_offset=row["use_offset"])
        for clip in row["clips"]:
            assert sampler.test(row["n"], row["fps"], clip["clip"], len(row["clips"])).tolist() == clip["idx"]


def test_mmaction_1x(table):
    for row in table["mmaction1x"]:
        sampler = (DenseSampleFrames if row["kind"].startswith("Dense") else SampleFrames)(32, 2)
        clips = [sampler.test(row["n"], 30.0, view, len(row["idx"])).tolist() for view in range(len(row["idx"]))]
        assert clips == row["idx"], row["kind"]


def test_mmaction_0x(table):
    for row in table["mmaction0x_test_offsets"]:
        count = row["num_clips"]
        clips = [SampleFrames0x(32, 2).test(row["n"], 30.0, view, count).tolist() for view in range(count)]
        assert clips == [[(start + 2 * i) % row["n"] for i in range(32)] for start in row["offsets"]]


def test_nonlocal_net(table):
    for row in table["nonlocal"]:
        sampler = NonLocalNet(row["T"], row["rate"])
        assert [sampler.test(row["n"], 30.0, view, 10).tolist() for view in range(10)] == row["idx"]


def test_slowfast_crops(table):
    for row in table["slowfast_uniform_crop"]:
        views = Views(crops=3, scale=row["size"], size=row["size"])
        assert [list(corner) for corner in views.corners(row["h"], row["w"])] == row["top_left"]


def test_slowfast_short_side(table):
    for row in table["slowfast_short_side"]:
        assert list(short_side_to(row["size"], row["h"], row["w"])) == row["out"]
