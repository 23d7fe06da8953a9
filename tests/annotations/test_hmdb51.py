import pytest

from pyvideoai.annotations import hmdb51 as reader
from pyvideoai.errors import UserError

NAMES = ["golf", "kick_ball"]


def test_splits_are_read_and_unused_clips_left_out(hmdb51):
    tables = reader.splits(hmdb51, split=1, names=NAMES)
    assert tables["train"].to_dict("list") == {
        "video": [
            "golf/A_(1)_golf_u_nm_np1_ba_goo_0.avi",
            "golf/B_golf_u_nm_np1_ba_goo_0.avi",
            "kick_ball/kick_ball_C_kick_ball_u_nm_np1_ba_goo_1.avi",
        ],
        "label": [0, 0, 1],
        "group": ["A_(1)", "B", "kick_ball_C"],
    }
    assert tables["test"]["label"].tolist() == [0, 1]
    assert tables["test"]["group"].tolist() == ["A_(1)", "A_(1)"]  # one film, two classes


def test_lists_beside_the_videos_or_elsewhere(hmdb51, tmp_path):
    (hmdb51 / "videos" / "golf").mkdir(parents=True)
    beside = reader.splits(hmdb51 / "videos", names=NAMES)["train"]
    given = reader.splits(hmdb51, tmp_path / "testTrainMulti_7030_splits", names=NAMES)["train"]
    assert beside.equals(given) and len(given) == 3


def test_missing_data_says_what_is_missing_and_where_to_get_it(tmp_path):
    expected = r"no annotations of HMDB-51 at .*testTrainMulti.* or .*https://serre-lab"
    with pytest.raises(UserError, match=expected) as raised:
        reader.splits(tmp_path / "none")
    assert "\n" not in str(raised.value)


def test_missing_videos(hmdb51, tmp_path):
    with pytest.raises(UserError, match=r"no folder .*absent with the videos of HMDB-51; get hmdb51_org\.rar"):
        reader.splits(tmp_path / "absent", hmdb51 / "testTrainMulti_7030_splits", names=NAMES)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"has no class folder \(golf, kick_ball, \.\.\.\)"):
        reader.splits(tmp_path / "empty", hmdb51 / "testTrainMulti_7030_splits", names=NAMES)


def test_faulty_lines_are_listed_at_once(hmdb51):
    path = hmdb51 / "testTrainMulti_7030_splits" / "golf_test_split1.txt"
    path.write_text(path.read_text() + "c.avi 3\nd.avi\n")
    with pytest.raises(UserError, match=r"golf_test_split1\.txt:5: 'c\.avi 3'; expected .*txt:6: 'd\.avi'"):
        reader.splits(hmdb51, names=NAMES)


def test_there_is_no_fourth_split(hmdb51):
    with pytest.raises(UserError, match="split = 4: HMDB-51 has the splits 1 to 3"):
        reader.splits(hmdb51, split=4)


@pytest.mark.parametrize(
    ("video", "name", "source"),
    [
        ("April_09_brush_hair_u_nm_np1_ba_goo_0.avi", "brush_hair", "April_09"),
        ("prelinger_LetsBeGo1953_stand_u_nm_np10_ba_med_4.avi", "stand", "prelinger_LetsBeGo1953"),
        ("(Rad)Schlag_die_Bank!_cartwheel_f_cm_np1_le_med_0.avi", "cartwheel", "(Rad)Schlag_die_Bank!"),
        ("my_own_name.avi", "golf", "my_own_name"),
    ],
)
def test_source_video(video, name, source):
    assert reader.source_video(video, name) == source


def test_the_official_lists(shared):
    assert len(reader.classes()) == 51 and reader.classes() == sorted(reader.classes())
    for split in (1, 2, 3):
        tables = reader.splits(shared / "videos" / "hmdb51", shared / "annotations" / "hmdb51_splits", split)
        assert {part: len(table) for part, table in tables.items()} == {"train": 3570, "test": 1530}
        assert (tables["train"]["label"].value_counts() == 70).all()
        assert not tables["train"]["group"].str.contains("_(?:cm|nm)_np").any()
