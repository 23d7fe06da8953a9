import pytest

from pyvideoai.annotations import ucf101 as reader
from pyvideoai.errors import UserError


def test_a_subset_keeps_the_order_of_its_own_class_list(ucf101):
    assert reader.classes(ucf101) == ["PushUps", "Archery"]
    tables = reader.splits(ucf101)
    assert tables["train"].to_dict("list") == {
        "video": [
            "Archery/v_Archery_g08_c01.avi",
            "Archery/v_Archery_g08_c02.avi",
            "PushUps/v_PushUps_g08_c01.avi",
        ],
        "label": [1, 1, 0],
        "group": ["Archery/v_Archery_g08", "Archery/v_Archery_g08", "PushUps/v_PushUps_g08"],
    }
    assert tables["test"]["video"].tolist() == ["PushUps/v_PushUps_g01_c01.avi"]


def test_missing_data_says_what_is_missing_and_where_to_get_it(ucf101, tmp_path):
    with pytest.raises(
        UserError, match=r"no annotations of UCF-101 at .*ucfTrainTestlist.*https://www\.crcv\.ucf\.edu"
    ):
        reader.splits(tmp_path / "deep" / "none")
    with pytest.raises(UserError, match=r"annotation file .*trainlist02\.txt is missing"):
        reader.splits(ucf101, split=2)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("Archary/v_Archary_g08_c01.avi 2", r"'Archary' is none of the 2 classes; did you mean 'Archery'\?"),
        ("Archery/v_Archery_g08_c01.avi 3", r"expected '<class>/<file>', then nothing or 2"),
        ("Archery/clip.avi 2", r"'Archery/clip\.avi' is not a UCF-101 name"),
    ],
)
def test_a_faulty_line_is_named(ucf101, line, message):
    path = ucf101 / "ucfTrainTestlist" / "trainlist01.txt"
    path.write_text(path.read_text() + line)
    with pytest.raises(UserError, match=rf"trainlist01\.txt:4: .*{message}"):
        reader.splits(ucf101)


def test_class_numbers_must_count_from_1(ucf101):
    (ucf101 / "ucfTrainTestlist" / "classInd.txt").write_text("0 Archery\n1 PushUps\n")
    with pytest.raises(UserError, match=r"classInd\.txt:1: '0 Archery'; expected '1 <class name>'"):
        reader.classes(ucf101)


def test_the_official_lists(shared, tmp_path):
    (tmp_path / "Archery").mkdir()
    lists = shared / "annotations" / "ucfTrainTestlist"
    sizes = {1: (9537, 3783), 2: (9586, 3734), 3: (9624, 3696)}
    for split, expected in sizes.items():
        tables = reader.splits(tmp_path, lists, split)
        assert (len(tables["train"]), len(tables["test"])) == expected
        assert not set(tables["train"]["group"]) & set(tables["test"]["group"])
    assert len(reader.classes(tmp_path, lists)) == 101
