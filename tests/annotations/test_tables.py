import re

import pytest

from pyvideoai.annotations import own_tables as reader
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
    with pytest.raises(UserError, match=r"train\.csv:2: 'b\.mp4'; expected '<path> <number of its class, from 0>'"):
        reader.classes(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "video ,label \na/1.mp4,run\nb 2.mp4,jump\n",
        "label, video\nrun, a/1.mp4\njump,\tb 2.mp4\n",
        'video,label\n"a/1.mp4", "run"\nb 2.mp4,"jump"\n',
        '\ufeff"video","label"\r\na/1.mp4,run\r\n\r\nb 2.mp4,jump\r\n',
        "\n\nvideo,label\ra/1.mp4,run\rb 2.mp4,jump\r",
        ",video,label\n0,a/1.mp4,run\n1,b 2.mp4,jump\n",
        "video,label,\na/1.mp4,run,\nb 2.mp4,jump,\n",
    ],
)
def test_one_reader_for_classes_and_rows(text, tmp_path):
    (tmp_path / "train.csv").write_bytes(text.encode())
    assert read(tmp_path) == (["jump", "run"], {"train": [["a/1.mp4", 1], ["b 2.mp4", 0]]})


@pytest.mark.parametrize("text", ["a b.mp4 1\nc,d.mp4 0\n", "a b.mp4\t1\nc,d.mp4,0\n", '"a b.mp4", 1\r\nc,d.mp4 ,0'])
def test_what_separates_path_and_label(text, tmp_path):
    (tmp_path / "train.csv").write_bytes(text.encode())
    assert read(tmp_path) == (["0", "1"], {"train": [["a b.mp4", 1], ["c,d.mp4", 0]]})


def test_names_that_look_like_nothing_or_like_another_form_of_a_name(tmp_path):
    (tmp_path / "train.csv").write_text("video,label\na,nan\nb,None\nc,NA\nd,null\ne,caf\u00e9\nf,cafe\u0301\n")
    classes, tables = read(tmp_path)
    assert classes == ["NA", "None", "caf\u00e9", "nan", "null"]
    assert tables["train"] == [["a", 3], ["b", 1], ["c", 0], ["d", 4], ["e", 2], ["f", 2]]


def test_columns_of_other_names_are_carried(tmp_path):
    header = (
        "video,label,start_frame,end_frame,start_time,end_time,duration,stars,weekend,end_date,frames,video_id,labels"
    )
    (tmp_path / "train.csv").write_text(f"{header}\na,run,1,2,3,4,5,6,7,8,9,10,11\nb,jump,1,2,3,4,5,6,7,8,9,11,12\n")
    table = read_table(reader.splits(tmp_path)["train"], reader.classes(tmp_path), "train")
    assert ",".join(table.columns) == header and table["stars"].tolist() == ["6", "6"]


@pytest.mark.parametrize("column", ["split", "Subset", "data_split", "set"])
def test_a_column_that_gives_rows_to_another_split_is_refused(column, tmp_path):
    """One table with the rows of all splits: it would train on the rows for testing."""
    (tmp_path / "train.csv").write_text(f"video,label,{column}\na,run,training\nb,jump,train\nc,run,Test\n")
    told = (
        f"train.csv:4: column '{column}' says 'Test', but all rows of train.csv are train; move the rows of test to "
        "test.csv, or remove the column"
    )
    with pytest.raises(UserError, match=re.escape(told)):
        reader.splits(tmp_path)
    (tmp_path / "train.csv").write_text(f"video,label,{column}\na,run,train\nb,jump,\nc,run,7\n")
    (tmp_path / "test.csv").write_text(f"video,label,{column}\nd,run,testing\n")
    assert [len(rows) for rows in read(tmp_path)[1].values()] == [3, 1]


@pytest.mark.parametrize(
    ("column", "other"), [("is_test", "test"), ("test", "test"), ("isVal", "val"), ("is_train", "")]
)
@pytest.mark.parametrize(("yes", "no"), [("1", "0"), ("True", "False")])
def test_a_flag_that_gives_rows_to_another_split_is_refused(column, other, yes, no, tmp_path):
    here, there = (no, yes) if other else (yes, no)
    (tmp_path / "train.csv").write_text(f"video,label,{column}\na,run,{here}\nb,jump,{there}\n")
    told = f"train.csv:3: column '{column}' says '{there}', but all rows of train.csv are train; move the rows of "
    with pytest.raises(UserError, match=re.escape(told + (other or "other splits"))):
        reader.splits(tmp_path)
    (tmp_path / "train.csv").write_text(f"video,label,{column}\na,run,{here}\nb,jump,\n")
    (tmp_path / f"{other or 'test'}.csv").write_text(f"video,label,{column}\nc,run,{there}\n")
    assert len(reader.splits(tmp_path)) == 2


def test_numbers_as_pandas_writes_them(tmp_path):
    """A column of ints with a missing cell becomes floats, and stays so when the row is dropped."""
    (tmp_path / "train.csv").write_text("video,label\na,0.0\nb,10.0\nc,2.0\n")
    (tmp_path / "val.csv").write_text("video,label\nd,10\n")
    classes, tables = read(tmp_path)
    assert classes == [str(number) for number in range(11)]
    assert tables == {"train": [["a", 0], ["b", 10], ["c", 2]], "val": [["d", 10]]}


def test_numbers_that_are_names_stand_in_classes_txt(tmp_path):
    (tmp_path / "classes.txt").write_text("2\n1\n")
    (tmp_path / "train.csv").write_text("video,label\na,1\nb,2\n")
    assert read(tmp_path) == (["2", "1"], {"train": [["a", 1], ["b", 0]]})


def test_many_rows_many_classes_and_long_lines(tmp_path):
    """No step grows with the square of the rows, of a line's blanks, or of the classes."""
    (tmp_path / "train.csv").write_text(
        "video,label\n" + "".join(f"{row % 50}/{row}.mp4,{row // 3}\n" for row in range(30_000))
    )
    classes, tables = read(tmp_path)
    assert len(classes) == 10_000 and tables["train"][-1] == ["49/29999.mp4", 9_999]
    (tmp_path / "train.csv").write_text(f"a{' ' * 20_000}b\n")
    with pytest.raises(UserError, match="lines that don't end with a number"):
        reader.classes(tmp_path)


def test_several_labels_name_several_classes(tmp_path):
    (tmp_path / "train.csv").write_text("video,label\na.mp4,run;jump\nb.mp4,swim\n")
    assert reader.classes(tmp_path) == ["jump", "run", "swim"]


def test_no_table_tells_the_layout(tmp_path):
    with pytest.raises(
        UserError, match=r"no table .*train\.csv; expected are train\.csv and perhaps val\.csv"
    ) as raised:
        reader.classes(tmp_path)
    assert "\n" not in str(raised.value)
