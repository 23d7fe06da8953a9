import numpy as np
import pandas as pd
import pytest

from pyvideoai.data.table import csv_text, read_table, table_hash, video_numbers
from pyvideoai.errors import UserError
from pyvideoai.tasks import MULTI_LABEL, task_of

CLASSES = ["dig", "dive", "dog walk", "None", "7"]


def read(tmp_path, text, classes=CLASSES, **options):
    path = tmp_path / "train.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(path, classes, "train split", **options)


def test_labels_are_names_or_numbers(tmp_path):
    table = read(tmp_path, "video,label\na.mp4,dive\nb c.mp4,0\n'd',dog walk\ne.mp4, dig \nf.mp4,4\n")
    assert table["video"].tolist() == ["a.mp4", "b c.mp4", "'d'", "e.mp4", "f.mp4"]
    assert table["label"].tolist() == [1, 0, 2, 0, 4]


def test_a_class_that_looks_like_nothing_or_like_a_number_is_a_class(tmp_path):
    assert read(tmp_path, "video,label\na.mp4,None\nb.mp4,7\n")["label"].tolist() == [3, 4]


def test_a_number_in_a_table_is_never_a_name():
    with pytest.raises(UserError, match=r"row 0: label 7 is not from 0 to 4"):
        read_table(pd.DataFrame({"video": ["a.mp4"], "label": [7]}), CLASSES, "train split")


def test_other_columns_are_kept_and_blank_lines_skipped(tmp_path):
    table = read(tmp_path, '\ufeffvideo,label,who\n\n"a,b.mp4",dig,Ann\n\n,,\nc.mp4,dive,\n')
    assert table["video"].tolist() == ["a,b.mp4", "c.mp4"] and table["who"].tolist() == ["Ann", ""]


@pytest.mark.parametrize(
    ("text", "video"),
    [
        ('"video" , "label"\n"a.mp4" , "dig"\n', "a.mp4"),
        ('"video"\t,\t"label" \r\n"a.mp4" ,"dig"\t\r\n', "a.mp4"),
        ('video,label\n"a,b.mp4"  ,dig', "a,b.mp4"),
        ('video,label\n "a ""b"" , c.mp4" , "dig" ', 'a "b" , c.mp4'),
        ('video,label\n\xa0"a.mp4"\xa0,dig\n', "a.mp4"),
        ('video,label\na "b" c.mp4,"dig" \n', 'a "b" c.mp4'),
    ],
)
def test_blanks_around_quotation_marks_do_not_count(tmp_path, text, video):
    table = read(tmp_path, text)
    assert table["video"].tolist() == [video] and table["label"].tolist() == [0]


def test_segments(tmp_path):
    table = read(tmp_path, "video,label,start_s,end_s,end_frame\na,0,1.5,3,\nb,1,,, 20 \n")
    assert table["start_s"].tolist()[0] == 1.5 and np.isnan(table["start_s"][1])
    assert table["end_frame"].tolist()[1] == 20 and np.isnan(table["end_frame"][0])


@pytest.mark.parametrize("dtype", [int, np.int64, np.uint8, object])
def test_a_frame_is_read_as_it_is(dtype):
    given = pd.DataFrame({"video": ["a", "b"], "label": np.array([1, 0], dtype=dtype)}, index=[5, 9])
    table = read_table(given, CLASSES, "train split")
    assert table["label"].tolist() == [1, 0] and table.index.tolist() == [0, 1]
    assert table["label"].dtype == np.int64
    assert given.index.tolist() == [5, 9]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("video,label\na,dog\n", "1 of 1 rows are faulty: line 2: label 'dog' is not a class (did you mean 'dig'?)"),
        ("video,label\na,dug\n", "line 2: label 'dug' is not a class (did you mean 'dig'?)"),
        ("video,label\na,xyz\n", "line 2: label 'xyz' is not a class"),
        ("video,label\na,5\n", "line 2: label 5 is not from 0 to 4"),
        ("video,label\na,-1\n", "line 2: label -1 is not from 0 to 4"),
        ("video,label\na,²\n", "line 2: label ² is not from 0 to 4"),
        ("video,label\na,\n", "line 2: no label"),
        ("video,label\n ,dig\n", "line 2: no video"),
        (
            "video,label\na,1;2\n",
            "line 2: label '1;2' names several classes; a dataset of such videos says multi_label",
        ),
        ("video,label\na,dig,1\n", "line 2: 3 cells, the header has 2"),
        ("video,label\na\n", "line 2: 1 cell, the header has 2"),
        ("video,label\n\na,dig\nb,what\n", "1 of 2 rows are faulty: line 4: label 'what' is not a class"),
        ("video,label,start_s\na,0,soon\n", "line 2: start_s 'soon' is not a number >= 0"),
        ("video,label,start_s\na,0,-2\n", "line 2: start_s '-2' is not a number >= 0"),
        ("video,label,end_frame\na,0,2.5\n", "line 2: end_frame '2.5' is not a frame number >= 0"),
        ("video,label,start_s,end_s\na,0,5,3.5\n", "line 2: end_s 3.5 is not after start_s 5"),
        ("", "no rows"),
        ("video;label\na;0\n", "semicolons are between its columns; save it with commas, as 'video,label'"),
        ("video,class\na,0\n", "1: no column label; did you mean 'class'?"),
        ("video,label,video\na,0,b\n", "two columns are called 'video'"),
        ("video,label\n", "no rows"),
        (b"video,label\n\xff\xfe,0\n", "2: byte 0xff is not UTF-8; save the file as UTF-8"),
        ('video,label\n"a,0\n', "2: a quotation mark is opened in this row and never closed"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, text, message):
    with pytest.raises(UserError) as error:
        read(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 'train.csv'}") and message in str(error.value)
    assert "\n" not in str(error.value)


def test_all_faults_are_told_at_once_in_order_of_the_rows(tmp_path):
    rows = ["a,what", ",dig", "c,dig", "d", *[f"e{number},9" for number in range(4)]]
    with pytest.raises(UserError) as error:
        read(tmp_path, "video,label\n" + "\n".join(rows))
    assert str(error.value) == (
        f"{tmp_path / 'train.csv'}: 7 of 8 rows are faulty: line 2: label 'what' is not a class; line 3: no video; "
        "line 5: 1 cell, the header has 2; line 6: label 9 is not from 0 to 4; line 7: label 9 is not from 0 to 4; "
        "and 2 more"
    )


def test_a_missing_table_and_a_folder_are_told(tmp_path):
    with pytest.raises(UserError, match=r"none\.csv is missing"):
        read_table(tmp_path / "none.csv", CLASSES, "train split")
    with pytest.raises(UserError, match="can't be read: Is a directory"):
        read_table(tmp_path, CLASSES, "train split")


def test_a_faulty_frame_is_told_by_its_split():
    given = pd.DataFrame({"video": ["a", None, 3], "label": ["dig", "dig", np.nan]})
    with pytest.raises(UserError) as error:
        read_table(given, CLASSES, "train split")
    assert str(error.value) == "train split: 2 of 3 rows are faulty: row 1: no video; row 2: no label"


def test_the_hash_is_of_the_content():
    table = pd.DataFrame({"video": ["a", "b"], "label": [0, 1]})
    assert table_hash(table) == table_hash(table.copy())
    assert table_hash(table) != table_hash(table.assign(label=[1, 0])) != table_hash(table[::-1])
    assert table_hash(table).startswith("d656fd412ead2ed7")


def test_several_classes_of_a_video(tmp_path):
    text = "video,label\na,dive;dig\nb,\nc,2; 0 ;2\nd,None\ne, dog walk \nf,dig;\n"
    table = read(tmp_path, text, task=MULTI_LABEL)
    assert table["label"].tolist() == [(0, 1), (), (0, 2), (3,), (2,), (0,)]
    each = MULTI_LABEL.each_label(table["label"])
    assert each.tolist() == [0, 1, -1, 0, 2, 3, 2, 0]
    assert each.index.tolist() == [0, 0, 1, 2, 2, 3, 4, 5]
    assert table_hash(table) == table_hash(read(tmp_path, text.replace("dive;dig", "0;1"), task=MULTI_LABEL))
    assert table_hash(table) != table_hash(read(tmp_path, text.replace("dive;dig", "0"), task=MULTI_LABEL))


def test_several_classes_in_a_frame():
    given = pd.DataFrame({"video": list("abcde"), "label": [[1, 0], 2, None, np.nan, "dig;7"]})
    assert read_table(given, CLASSES, "x", task=MULTI_LABEL)["label"].tolist() == [(0, 1), (2,), (), (), (0, 4)]


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("dig;dib", "line 3: label 'dib' is not a class (did you mean 'dig'?)"),
        ("5;1", "line 3: label 5 is not from 0 to 4"),
        ("dig,dive", "line 3: 3 cells, the header has 2"),
    ],
)
def test_the_faulty_one_of_several_classes_is_told_with_its_line(tmp_path, label, message):
    with pytest.raises(UserError) as error:
        read(tmp_path, f"video,label\na,dig;dive\nb,{label}\n", task=MULTI_LABEL)
    assert message in str(error.value)


def test_a_class_whose_name_has_the_separator_is_refused(tmp_path):
    with pytest.raises(UserError, match="class 'a;b': with multi_label = True no class name may contain ';'"):
        read(tmp_path, "video,label\na,0\n", classes=["a;b", "c"], task=MULTI_LABEL)
    assert read(tmp_path, "video,label\na,a;b\n", classes=["a;b", "c"])["label"].tolist() == [0]


def test_rows_of_one_video_id_are_one_video(tmp_path):
    table = read(tmp_path, "video,label,video_id\na,0,x\nb,1,\nc,0, x \nd,1,\ne,1,y\n")
    assert video_numbers(table).tolist() == [0, 1, 0, 2, 3]
    assert video_numbers(table.drop(columns="video_id")).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(UserError, match="line 4: video_id 'x' has another label here than in line 2"):
        read(tmp_path, "video,label,video_id\na,0,x\nb,1,\nc,1,x\nd,1,\n")


def test_a_table_that_is_written_reads_the_same(tmp_path):
    text = "video,label,start_s,who\na,dive;dig,0.5,Ann\nb,,,\n"
    for given, options in ((text, {"task": MULTI_LABEL}), (text.replace("dive;dig", "dig").replace("b,,", "b,1,"), {})):
        table = read(tmp_path, given, **options)
        assert read(tmp_path, csv_text(table, **options), **options).equals(table)


@pytest.mark.parametrize("classes", [["1", "0", "x"], ["10", "2"], ["0", "1"], ["a", "b"]])
def test_a_table_of_classes_that_are_numbers_reads_the_same(classes, tmp_path):
    """A label is a name before it is a number: 0 would be read as the second class of ["1", "0"]."""
    for several, labels in ((False, [1, 0, 1]), (True, [(0, 1), (), (1,)])):
        given = pd.DataFrame({"video": ["a", "b", "c"], "label": labels})
        table = read_table(given, classes, "x", task=task_of(several))
        text = csv_text(table, classes, task=task_of(several))
        again = read(tmp_path, text, classes=classes, task=task_of(several))
        assert again["label"].tolist() == table["label"].tolist()


@pytest.mark.parametrize("video", ["..", "../", "a/../..", "../a.mp4", "a/../../b.mp4", "./.."])
def test_a_path_that_leads_out_of_the_root_is_refused(video):
    table = pd.DataFrame({"video": ["a.mp4", video], "label": [0, 1]})
    with pytest.raises(UserError, match=r"row 1: video .* leads out of dataset\.root"):
        read_table(table, ["x", "y"])
