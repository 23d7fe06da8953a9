"""The benchmark of what grows: its parts run, small, and a missed goal is said."""

import pytest

from benchmark.scale import bookkeeping, command, evaluation, tables
from benchmark.scale.measured import Measured


@pytest.mark.long
def test_the_parts_run_small(monkeypatch):
    monkeypatch.setattr(tables, "apart", lambda function, *arguments: function(*arguments))
    monkeypatch.setattr(tables, "CLASSES", 4)
    monkeypatch.setattr(tables, "FEW", 300)
    found = {each.what: each.value for each in tables.measure(600)}
    assert found["read and checked"] > 0 and found["workers started, first batch there"] > 0
    assert [each.what for each in evaluation.measure(60, 3)][-1] == "in all"
    early, last, _ = bookkeeping.measure(12)
    assert early.value > 0 and last.unit == "ms"


def test_a_missed_goal_is_said_and_is_the_exit_code(monkeypatch, capsys, tmp_path):
    for value, code in ((0.5, 0), (1.5, 1)):
        found = [("a case", [Measured("a start", value, "s", goal=1.0)])]
        monkeypatch.setattr(command, "_measured", lambda part, options, found=found: found)
        assert command.main(["--only", "start", "--csv", str(tmp_path / "numbers.csv")]) == code
        assert ("MISSED" in capsys.readouterr().out) is (code == 1)
    assert (tmp_path / "numbers.csv").read_text().endswith('start,"a case","a start",1.5,s\n')
