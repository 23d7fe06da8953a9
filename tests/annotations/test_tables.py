import pytest

from pyvideoai.annotations import tables as reader
from pyvideoai.data.table import read_table
from pyvideoai.errors import UserError


def read(root, annotations=None):
    classes = reader.classes(root, annotations)
    return classes, {
        part: read_table(table, classes, part)[["video", "label"]].values.tolist()
        for part, table in reader.splits(root, annotations).items()
    }


def test_names_in_the_tables_are_the_classes(tmp_path):
    (tmp_path / "train.csv").write_text("video,label,group\na/1.mp4,run,x\nb 2.mp4, None,y\n")
    (tmp_path / "val.csv").write_text('label,video\r\njump,"c,3.mp4"\r\n')
    classes, tables = read(tmp_path)
    assert classes == ["None", "jump", "run"]
    assert tables == {"train": [["a/1.mp4", 2], ["b 2.mp4", 0]], "val": [["c,3.mp4", 1]]}


def test_classes_from_a_file_and_tables_elsewhere(tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists/classes.txt").write_text("run\njump\n\nswim\n")
    (tmp_path / "lists/train.csv").write_text("video,label\na.mp4,jump\nb.mp4,0\n")
    assert read(tmp_path / "videos", tmp_path / "lists") == (
        ["run", "jump", "swim"],
        {"train": [["a.mp4", 1], ["b.mp4", 0]]},
    )
    (tmp_path / "lists/classes.txt").write_text("run\njump\nrun\n")
    with pytest.raises(UserError, match=r"classes\.txt: 'run' is there 2 times"):
        reader.classes(tmp_path / "videos", tmp_path / "lists")


def test_lines_of_path_and_label(tmp_path):
    (tmp_path / "train.csv").write_text("a b/1.mp4 0\n/c/2.mp4 2\n")
    (tmp_path / "test.csv").write_text("a,1.mp4,10\n")
    classes, tables = read(tmp_path)
    assert classes == [str(number) for number in range(11)]
    assert tables == {"train": [["a b/1.mp4", 0], ["/c/2.mp4", 2]], "test": [["a,1.mp4", 10]]}
    (tmp_path / "train.csv").write_text("a.mp4 0\nb.mp4\n")
    with pytest.raises(UserError, match=r"train\.csv:2: 'b\.mp4'; expected '<path> <label from 0 to 10>'"):
        reader.splits(tmp_path)


def test_several_labels_name_several_classes(tmp_path):
    (tmp_path / "train.csv").write_text("video,label\na.mp4,run;jump\nb.mp4,swim\n")
    assert reader.classes(tmp_path) == ["jump", "run", "swim"]


def test_no_table_tells_the_layout(tmp_path):
    with pytest.raises(
        UserError, match=r"no table .*train\.csv; expected are train\.csv and perhaps val\.csv"
    ) as raised:
        reader.classes(tmp_path)
    assert "\n" not in str(raised.value)
