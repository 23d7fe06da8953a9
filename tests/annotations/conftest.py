"""Miniature copies of the official formats."""

from pathlib import Path

import pytest

ATTRIBUTES = "_u_nm_np1_ba_goo_"


@pytest.fixture
def hmdb51(tmp_path: Path) -> Path:
    """HMDB-51 of two classes: lists with a trailing blank as in the official ones, and a class folder."""
    lists = tmp_path / "testTrainMulti_7030_splits"
    lists.mkdir()
    for name, videos in {"golf": {"A_(1)": "12", "B": "10"}, "kick_ball": {"A_(1)": "2", "kick_ball_C": "01"}}.items():
        (tmp_path / name).mkdir()
        lines = [
            f"{source}_{name}{ATTRIBUTES}{number}.avi {which} \n"
            for source, marks in videos.items()
            for number, which in enumerate(marks)
        ]
        (lists / f"{name}_test_split1.txt").write_text("".join(lines))
    return tmp_path


@pytest.fixture
def ucf101(tmp_path: Path) -> Path:
    """UCF-101 of two classes with its own numbers, one list with the line ends of Windows."""
    lists = tmp_path / "ucfTrainTestlist"
    lists.mkdir()
    (tmp_path / "PushUps").mkdir()
    (lists / "classInd.txt").write_text("1 PushUps\n2 Archery\n")
    (lists / "trainlist01.txt").write_text(
        "Archery/v_Archery_g08_c01.avi 2\r\nArchery/v_Archery_g08_c02.avi 2\r\nPushUps/v_PushUps_g08_c01.avi 1\r\n"
    )
    (lists / "testlist01.txt").write_text("PushUps/v_PushUps_g01_c01.avi\n\n")
    return tmp_path
