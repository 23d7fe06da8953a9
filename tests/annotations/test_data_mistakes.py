"""Every mistake that a table or list of one's own can have, and the exact line that the user gets for it."""

# ruff: noqa: E501 (messages stand here as the user sees them)

from collections.abc import Callable
from pathlib import Path

import pytest

from pyvideoai.commands.tables import main
from pyvideoai.errors import UserError

HEADER = "The header must name video and label"
SECONDS_OR_FRAMES = {edge: f"'{edge}_s' (seconds) or '{edge}_frame' (frames)" for edge in ("start", "end")}
LIST = "three columns, as lists of frames have them (path, number of frames, label); drop the number of frames. If it is a part of the path, or a label, write a table with the header 'video,label'"
FROM_1 = (
    "labels start at 1; they must start at 0. If they are names and not numbers, list them in classes.txt, one a line"
)
KINETICS = "this is a list of Kinetics; -D kinetics400, -D kinetics600 or -D kinetics700 reads it as it is, with --set dataset.annotations=... for its folder"
EPIC = "narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame,narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes"

# What the header shows: (first line, message behind "train.csv:1: ")
HEADERS = [
    (
        "video,label,start,end",
        f"column 'start': did you mean {SECONDS_OR_FRAMES['start']}? column 'end': did you mean {SECONDS_OR_FRAMES['end']}? Rename or remove them",
    ),
    ("video,label,start_frame,stop_frame", "column 'stop_frame': did you mean 'end_frame' (frames)? Rename or remove it"),
    (
        "video,label,time_start,time_end",
        "column 'time_start': did you mean 'start_s' (seconds)? column 'time_end': did you mean 'end_s' (seconds)? Rename or remove them",
    ),
    (
        "video,label,start_timestamp,stop_timestamp",
        "column 'start_timestamp': did you mean 'start_s' (seconds)? column 'stop_timestamp': did you mean 'end_s' (seconds)? Rename or remove them",
    ),
    ("video,label,Start_s,end_s", "column 'Start_s': did you mean 'start_s' (seconds)? Rename or remove it"),
    ("video,label,begin", f"column 'begin': did you mean {SECONDS_OR_FRAMES['start']}? Rename or remove it"),
    ("video,label,start_time", "column 'start_time': did you mean 'start_s' (seconds)? Rename or remove it"),
    ("video,label,start_ms", "column 'start_ms': did you mean 'start_s' (seconds)? Rename or remove it"),
    ("video,label,EndFrame", "column 'EndFrame': did you mean 'end_frame' (frames)? Rename or remove it"),
    ("video,label,frame_end", "column 'frame_end': did you mean 'end_frame' (frames)? Rename or remove it"),
    ("video,label,last_frame", "column 'last_frame': did you mean 'end_frame' (frames)? Rename or remove it"),
    ("video,label,t_end", "column 't_end': did you mean 'end_s' (seconds)? Rename or remove it"),
    ("video,label,clip_start", f"column 'clip_start': did you mean {SECONDS_OR_FRAMES['start']}? Rename or remove it"),
    ("video,label,segment_end", f"column 'segment_end': did you mean {SECONDS_OR_FRAMES['end']}? Rename or remove it"),
    ("video,label,start_s,to,from", f"column 'to': did you mean {SECONDS_OR_FRAMES['end']}? Rename or remove it"),
    ("video,label,start_s,duration", f"column 'duration': did you mean {SECONDS_OR_FRAMES['end']}? Rename or remove it"),
    ("video,label,strat_s", "column 'strat_s': did you mean 'start_s' (seconds)? Rename or remove it"),
    ("video,label,Group", "column 'Group': did you mean 'group'? Rename or remove it"),
    ("video,label,VideoID", "column 'VideoID': did you mean 'video_id'? Rename or remove it"),
    ("Video,Label", f"no column video; did you mean 'Video'? no column label; did you mean 'Label'? {HEADER}"),
    ("vido,lable", f"no column video; did you mean 'vido'? no column label; did you mean 'lable'? {HEADER}"),
    ("path,class", f"no column video; did you mean 'path'? no column label; did you mean 'class'? {HEADER}"),
    ("filename,labels", f"no column video; did you mean 'filename'? no column label; did you mean 'labels'? {HEADER}"),
    ("video_path,label", f"no column video; did you mean 'video_path'? {HEADER}"),
    ("video_id,label", f"no column video; did you mean 'video_id'? {HEADER}"),
    ("video,who", f"no column label; it has video, who. {HEADER}"),
    ("video,label,video", "two columns are called 'video'"),
    ("video,label,,", "two columns have no name"),
    ('"video"s,"label"', "a closing quotation mark must be followed by the end of the cell"),
]  # fmt: skip

# What the file shows: (content, message behind "train.csv")
FILES = [
    ("video;label\na.mp4;run\n", ": semicolons are between its columns; save it with commas, as 'video,label'"),
    ("Video\tLabel\na.mp4\trun\n", ": tabs are between its columns; save it with commas, as 'video,label'"),
    ("label,youtube_id,time_start,time_end,split\nrun,abc,0,10,train\n", f": {KINETICS}"),
    (
        f"{EPIC}\nP01_01_0,P01,P01_01,00:00:01.089,00:00:00.14,00:00:03.37,8,202,open door,open,3,door,3,['door'],[3]\n",
        ": this is a list of EPIC-Kitchens, which no config here reads; as a table it needs the columns video (<participant_id>/<video_id>.MP4, in place of video_id), label (verb_class or noun_class), start_frame, and end_frame for stop_frame",
    ),
    (
        "id,subject,scene,quality,relevance,verified,script,objects,descriptions,actions,length\n46GP8,HR43,Kitchen,6,7,Yes,a,b,c,c092 11.90 21.20,24.83\n",
        ": this is a list of Charades, which no config here reads; as a table it needs a row for each of a video's actions, with the columns video,label,start_s,end_s: <id>.mp4,c092,11.9,21.2",
    ),
    (
        'original_vido_id video_id frame_id path labels\n46GP8 0 0 46GP8/46GP8-000001.jpg ""\n',
        ": this is a list of frames of PySlowFast, which no config here reads; a table has a row for each video or part of one, with the columns video,label",
    ),
    (
        "classname,youtube_id,subset,start,end,label\nrun,abc,training,0,2,1\n",
        ": this is a list of clips from YouTube, such as HACS has, which no config here reads; a table needs the columns video (the path of the clip's file) and label",
    ),
    ("run/0.mp4 120 1\njump/0.mp4 90 0\n", f":1: {LIST}"),
    ("run/0,120,1\njump/0,90,0\n", f":1: {LIST}"),
    (
        "\nrun/0 5 120 1\njump/0 0 90 0\n",
        ":2: more than three columns; a list has '<path> <label>'. For parts of videos, or several labels, write a table with the header 'video,label'",
    ),
    (
        "74225;Spinning [something]\n116154;Pushing [something]\n",
        ":1: lines '<id>;<label>'; -D something_v1 reads those of Something-Something v1. Of other data, write a table with the header 'video,label'",
    ),
    (
        "0 jump/0.mp4\n1 run/0.mp4\n",
        ":1: the label comes before the path; write a table with the header 'label,video'",
    ),
    (
        "April_09_brush_hair_u_nm_np1_ba_goo_0.avi 1 \nB_brush_hair_h_cm_np2_le_med_12.avi 0 \n",
        ":1: a list of HMDB-51, where 1 is training, 2 test and 0 neither, and no labels; -D hmdb reads its lists",
    ),
    ("run/0.mp4,run\njump/0.mp4,jump\n", ":1: no header; where labels are names, the first line must be 'video,label'"),
    (
        "run/0.mp4 run\njump/0.mp4 jump\n",
        ":1: lines that don't end with a number; where labels are names, write a table with the header 'video,label'",
    ),
    (
        "run/0.mp4\njump/0.mp4\n",
        ":1: lines without labels; expected is '<path> <number of its class>', or write a table with the header 'video,label'",
    ),
    ("a.mp4 0\nb.mp4\n", ":2: 'b.mp4'; expected '<path> <number of its class, from 0>'"),
    ("video,label\nrun/0.mp4,1\njump/0.mp4,2\n", f": {FROM_1}"),
    ("run/0.mp4 1\njump/0.mp4 2\n", f": {FROM_1}"),
    ("run/0.mp4,1\njump/0.mp4,2\n", f": {FROM_1}"),
    ("Archery/v_Archery_g08_c01.avi 3\nPushUps/v_PushUps_g08_c01.avi 72\n", f": {FROM_1.replace('at 1', 'at 3')}"),
    ("a.mp4 0\nb.mp4 99999999\n", ":2: 'b.mp4 99999999'; expected '<path> <number of its class, from 0>'"),
    ("video,label\na.mp4,9999999999\n", ": label 9999999999 is more than the 100,000 classes that there may be"),
    ("video,label\na.mp4,-1\nb.mp4,1\n", f": {FROM_1.replace('at 1', 'at -1')}"),
    ("video,label\na.mp4,1.0\nb.mp4,2.0\n", f": {FROM_1}"),
    (
        "video,label\na.mp4,run\nvideo,label\nb.mp4,jump\n",
        ": 1 of 3 rows are faulty: line 3: the header once more; were two tables joined?",
    ),
    (
        "video,label\na.mp4,run, fast\nb.mp4,jump,\n",
        ": 1 of 2 rows are faulty: line 2: 3 cells, the header has 2 (a cell with a comma needs quotation marks)",
    ),
    ("# 12 clips\nvideo,label\na.mp4,run\n", ": begins with the remark '# 12 clips'; remove it"),
    (
        "run/0.mp4;1\njump/0.mp4;0\n",
        ":1: semicolons between path and label; expected is a blank or a comma. Where labels are names, write a table with the header 'video,label'",
    ),
    ('{"video": "a.mp4", "label": "run"}\n', " is JSON; save it as CSV, with the header 'video,label'"),
    ('[\n  {"video": "a.mp4"}\n]\n', " is JSON; save it as CSV, with the header 'video,label'"),
    ("\n<!DOCTYPE html>\n<html></html>\n", " is a web page: the download was probably refused"),
    (
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
        " is a pointer of Git LFS: 'git lfs pull' fetches the file itself",
    ),
    (b"PK\x03\x04\0", " is a zip archive, or a spreadsheet under another name: unpack it, or save it as CSV"),
    (b"\x1f\x8b\x08", " is compressed by gzip: unpack it"),
    (
        "video,label\na.mp4,run\nb.mp4,jump\na.mp4,jump\n",
        ": 1 of 3 rows are faulty: line 4: a.mp4 has the label 'jump' here and 'run' in line 2",
    ),
    (
        "video,label,start_s\na.mp4,run,0\na.mp4,jump,3\n./a.mp4,jump,0.0\n",
        ": 1 of 3 rows are faulty: line 4: ./a.mp4 has the label 'jump' here and 'run' in line 2",
    ),
    (
        "a.mp4 0\nb.mp4 1\n\na.mp4 1\n",
        ": 1 of 3 rows are faulty: line 4: a.mp4 has the label '1' here and '0' in line 1",
    ),
    (
        "video,label,end_s\na,x,inf\nb,y,nan\nc,x,-1\nd,x,1e400\ne,y,00:01:20\n",
        ": 5 of 5 rows are faulty: line 2: end_s 'inf' is not a number >= 0; line 3: end_s 'nan' is not a number >= 0; line 4: end_s '-1' is not a number >= 0; line 5: end_s '1e400' is not a number >= 0; line 6: end_s '00:01:20' is not a number >= 0: write seconds, 83.5 for 00:01:23.5",
    ),
    ("video,label,start_s,end_s\na,x,2,2\nb,y,0,1\n", ": 1 of 2 rows are faulty: line 2: end_s 2 is not after start_s 2"),
    (
        "video,label\n../a.mp4,x\nb/../../c.mp4,y\nb/../c.mp4,x\n",
        ": 2 of 3 rows are faulty: line 2: video '../a.mp4' leads out of dataset.root; write the whole path, from '/'; line 3: video 'b/../../c.mp4' leads out of dataset.root; write the whole path, from '/'",
    ),
    (
        'video,label\n"a\nb\x1b.mp4",x\n"a\nb\x1b.mp4",y\n',
        ": 1 of 2 rows are faulty: line 4: a\\nb\\x1b.mp4 has the label 'y' here and 'x' in line 2",
    ),
    ('video,"who\nis it"\na,b\n', f":1: no column label; it has video, who\\nis it. {HEADER}"),
    ("", ": no rows"),
    ("\n \n", ": no rows"),
    ("video,label\n\n,\n", ": no rows"),
    (f"video,label\na,{'x' * 131_073}\n", ":2: a cell of more than 131,072 characters; is a quotation mark never closed?"),
    ('video,label\n\na.mp4,"run\nb.mp4,jump\n', ":3: a quotation mark is opened in this row and never closed"),
    ("video,label\na\0.mp4,run\n", ":2: a NUL byte; expected is text in UTF-8"),
    ("video,label\na.mp4,run\n".encode("utf-16"), " is in UTF-16; save it as UTF-8"),
    ("video,label\na.mp4,caf\xe9\n".encode("latin-1"), ":2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
]  # fmt: skip


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., str]:
    """told(content): what tools/datasets/tables.py says of a train.csv, from its name on."""

    def read(content: str | bytes, *overrides: str) -> str:
        (tmp_path / "train.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(UserError) as raised:
            main(["-D", "table", *(word for each in (f"root={tmp_path}", *overrides) for word in ("--set", each))])
        assert "\n" not in str(raised.value)
        return str(raised.value).replace(f"{tmp_path}/", "")

    return read


@pytest.mark.parametrize(("header", "message"), HEADERS, ids=[header for header, _ in HEADERS])
def test_a_header(header, message, told):
    assert told(f"{header}\n{header.replace('video', 'a.mp4')}\n") == f"train.csv:1: {message}"


@pytest.mark.parametrize(("content", "message"), FILES, ids=range(len(FILES)))
def test_a_file(content, message, told):
    assert told(content) == f"train.csv{message}"


@pytest.mark.parametrize("label", ["1\nb.mp4,2", "1;2\nb.mp4,2"])
def test_labels_from_1_beside_a_list_of_the_classes(label, told, tmp_path):
    (tmp_path / "classes.txt").write_text("jump\nrun\n")
    several = f"multi_label={';' in label}"
    message = "train.csv: labels start at 1; they must start at 0, and end at 1"
    assert told(f"video,label\na.mp4,{label}\n", several) == message


def test_rows_of_a_video_in_a_multi_label_table(told):
    text = "video,label\na.mp4,run\nb.mp4,jump\na.mp4,jump;run\n"
    assert told(text, "multi_label=True") == (
        "train.csv: 1 of 3 rows are faulty: line 4: a.mp4 has the label 'jump;run' here and 'run' in line 2; "
        "one row names all classes of a video"
    )


@pytest.mark.parametrize("content", ["video,label\na.mp4,run\nb.mp4,run\n", "a.mp4 0\nb.mp4 0\n"])
def test_one_class(content, told):
    name = "run" if "run" in content else "0"
    assert told(content) == (
        f"the dataset has one class only, '{name}'; two or more are needed, or one where dataset.multi_label = True "
        "lets it be absent"
    )


def test_a_folder_or_a_dead_link_in_place_of_a_table(told, tmp_path):
    (tmp_path / "val.csv").symlink_to(tmp_path / "nowhere")
    assert told("a.mp4 0\nb.mp4 1\n") == "val.csv is a link to nothing, not a file"
    (tmp_path / "val.csv").unlink()
    (tmp_path / "classes.txt").mkdir()
    assert told("a.mp4 0\nb.mp4 1\n") == "classes.txt is a folder, not a file"


def test_a_list_of_classes_that_names_none_or_one_twice(told, tmp_path):
    (tmp_path / "classes.txt").write_text("\n\n")
    assert told("video,label\na.mp4,run\n") == "classes.txt names no class"
    (tmp_path / "classes.txt").write_text("run\njump\nrun\n")
    assert told("video,label\na.mp4,run\n") == "classes.txt: 'run' is there 2 times; a line names one class"


JOINED = "would be a class of its own; several labels are joined by ';', with --set dataset.multi_label=True. If it is the name of one class, list all of them in classes.txt, one a line"


@pytest.mark.parametrize("label", ["run|jump", "run, jump", "['run', 'jump']", "['run']", "{run}"])
@pytest.mark.parametrize("several", [False, True])
def test_labels_that_are_joined_in_another_way(label, several, told, tmp_path):
    text = f'video,label\na.mp4,run\nb.mp4,jump\nc.mp4,"{label}"\n'
    assert told(text, f"multi_label={several}") == f"{tmp_path}: the label {label!r} {JOINED}"
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.mp4").touch()
    (tmp_path / "classes.txt").write_text(f"run\njump\n{label}\n")
    assert main(["-D", "table", "--set", f"root={tmp_path}"]) == 0


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("run, jump\n", "each line is the name of one class, without brackets and commas"),
        ("['run', 'jump']\n", "each line is the name of one class, without brackets and commas"),
        ("[\n 'run',\n 'jump',\n]\n", "each line is the name of one class, without brackets and commas"),
        ('"run"\n"jump"\n', "a name is written without quotation marks"),
    ],
)
def test_a_list_of_classes_in_the_form_of_a_program(names, message, told, tmp_path):
    (tmp_path / "classes.txt").write_text(names)
    assert told("a.mp4 0\nb.mp4 1\n") == f"classes.txt:1: {names.splitlines()[0]!r}: {message}"


def test_class_names_that_end_with_a_number(tmp_path):
    """They are numbered in order, and still no line has a number beside its name."""
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "classes.txt").write_text("player 0\nplayer 1\n")
    (tmp_path / "train.csv").write_text("a.mp4 0\nb.mp4 1\n")
    assert main(["-D", "table", "--set", f"root={tmp_path}"]) == 0


@pytest.mark.parametrize(
    "names", ["1 run\n2 jump\n", "0,run\n1,jump\n", "1. run\n\n2. jump\n", "run 0\njump 1\n", "run,1\njump,2\n"]
)
def test_a_numbered_list_of_classes(names, told, tmp_path):
    (tmp_path / "classes.txt").write_text(names)
    first = names.splitlines()[0]
    assert told("video,label\na.mp4,0\n") == (
        f"classes.txt:1: '{first}': lines are numbered; each is the name of a class and nothing else"
    )


def test_of_many_faulty_rows_only_the_few_that_are_shown_take_time(told, tmp_path, monkeypatch):
    """To look for the nearest of 400 names takes milliseconds: a million rows of it would take hours."""
    looked_up = []
    monkeypatch.setattr("pyvideoai.tasks.cells.nearest", lambda *given: looked_up.append(given) or [])
    (tmp_path / "classes.txt").write_text("run\njump\n")
    for several in ("False", "True"):
        message = told(
            "video,label\n" + "".join(f"{row}.mp4,x{row}\n" for row in range(1000)), f"multi_label={several}"
        )
        assert message.startswith(
            "train.csv: 1000 of 1000 rows are faulty: line 2: label 'x0' is not a class; line 3: "
        )
        assert message.endswith("line 6: label 'x4' is not a class; and 995 more")
    assert len(looked_up) == 10
    assert len(told(f"video,label\na.mp4,{'x' * 100_000}\n")) < 400


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("validation.csv", "validation.csv is not read; did you mean val.csv? Rename it, or move it"),
        ("Val.CSV", "Val.CSV is not read; did you mean val.csv? Rename it, or move it"),
        ("val.txt", "val.txt is not read; did you mean val.csv? Rename it, or move it"),
        ("test_list.txt", "test_list.txt is not read; did you mean test.csv? Rename it, or move it"),
        ("testing.xlsx", "testing.xlsx is not read; did you mean test.csv? Save it as CSV"),
        ("Classes.txt", "Classes.txt is not read; did you mean classes.txt? Rename it, or move it"),
        ("class_names.txt", "class_names.txt is not read; did you mean classes.txt? Rename it, or move it"),
        ("classInd.txt", "classInd.txt is not read; did you mean classes.txt? Rename it, or move it"),
        ("classes.json", "classes.json is not read; did you mean classes.txt? Rename it, or move it"),
        ("label_map.json", "label_map.json is not read; did you mean classes.txt? Rename it, or move it"),
        ("testlist01.txt", "testlist01.txt is not read; did you mean test.csv? Rename it, or move it"),
        ("test (1).csv", "test (1).csv is not read; did you mean test.csv? Rename it, or move it"),
        ("test.csv.txt", "test.csv.txt is not read; did you mean test.csv? Rename it, or move it"),
        ("my_test.csv", "my_test.csv is not read; did you mean test.csv? Rename it, or move it"),
        ("val-annotations-2.tsv", "val-annotations-2.tsv is not read; did you mean val.csv? Rename it, or move it"),
    ],
)
def test_a_file_that_would_be_passed_over(name, message, told, tmp_path):
    (tmp_path / name).touch()
    assert told("a.mp4 0\nb.mp4 1\n") == message


def test_the_training_table_by_another_name(tmp_path):
    (tmp_path / "Train_list.txt").touch()
    with pytest.raises(
        UserError, match=r"Train_list\.txt is not read; did you mean train\.csv\? Rename it, or move it$"
    ):
        main(["-D", "table", "--set", f"root={tmp_path}"])


def test_without_a_training_table_the_tables_that_there_are_are_named(tmp_path):
    for name in ("labels.csv", "all clips.xlsx"):
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=r"train\.csv; there are all clips\.xlsx, labels\.csv; expected are train\.csv"):
        main(["-D", "table", "--set", f"root={tmp_path}"])


def test_files_of_other_meanings_are_let_be(tmp_path):
    for name in (
        "test notes.txt",
        "test_results.csv",
        "labels.csv",
        "notes.txt",
        "missing_train.txt",
        "predictions_test.csv",
        "classify.txt",
        "a.mp4",
        "b.mp4",
        "class.csv",
    ):
        (tmp_path / name).touch()
    (tmp_path / "validation").mkdir()
    (tmp_path / "train.csv").write_text("a.mp4 0\nb.mp4 1\n")
    assert main(["-D", "table", "--set", f"root={tmp_path}"]) == 0
