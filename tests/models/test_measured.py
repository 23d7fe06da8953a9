"""What was measured of the networks of the zoo: its file, and the page that shows it."""

import pytest

from pyvideoai.errors import UserError
from pyvideoai.models.measured import Inference, add_measured, read_measured
from pyvideoai.models.zoo import FACTS, Entry, page


def row(config: str, videos_per_s: float, hardware: str = "a card") -> Inference:
    return Inference(config, 30, videos_per_s, 1234.4, hardware)


def test_rows_of_the_same_hardware_stay_until_measured_again(tmp_path):
    path = tmp_path / "zoo.csv"
    assert read_measured(path) == {}
    add_measured(path, [row("slow", 1.0), row("x3d", 2.0)])
    add_measured(path, [row("slow", 1.23456), row("i3d", 3.0)])
    found = read_measured(path)
    assert {name: each.videos_per_s for name, each in found.items()} == {"i3d": 3.0, "slow": 1.235, "x3d": 2.0}
    assert found["x3d"] == ("x3d", 30, 2.0, 1234.0, "a card")


def test_other_hardware_begins_a_new_table(tmp_path):
    path = tmp_path / "zoo.csv"
    add_measured(path, [row("slow", 1.0), row("x3d", 2.0)])
    add_measured(path, [row("slow", 9.0, "another, faster card")])
    assert {name: each.hardware for name, each in read_measured(path).items()} == {"slow": "another, faster card"}


@pytest.mark.parametrize(
    "text", ["config,speed\nslow,1\n", "config,views,videos_per_s,megabytes,hardware\nslow,x,1,1,y\n"]
)
def test_another_table_is_refused(tmp_path, text):
    path = tmp_path / "zoo.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=r"zoo.csv: not a table of tools/benchmark_inference.py"):
        read_measured(path)


def test_the_page_says_what_was_measured_and_on_what():
    facts = dict.fromkeys(FACTS, "-")
    entries = [Entry(name, "A network.", facts, {}) for name in ("slow", "x3d")]
    made = page(entries, {"slow": row("slow", 0.12345)})
    assert "Measured on:\na card.\n" in made
    lines = {line.split("`")[1]: line for line in made.splitlines() if line.startswith("| [`")}
    assert "| 0.123 (30 views) | 1,234 |" in lines["slow"]
    assert lines["x3d"].count("not yet measured") == 3  # videos/s, memory, and what was reproduced
    assert "Measured on:\nnot yet measured.\n" in page(entries, {})
