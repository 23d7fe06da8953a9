import json
import re
from pathlib import Path

import pytest

from pyvideoai.annotations import twentybn as reader
from pyvideoai.annotations.official import class_names
from pyvideoai.errors import UserError

DOWN, CLOSER = "Moving something down", "Moving something closer to something"
PULL = "Pulling something from left to right"


def entry(number: int | str, template: str) -> dict:
    return {"id": str(number), "label": "moving a cup", "template": template, "placeholders": ["a cup"]}


@pytest.fixture
def v1(tmp_path: Path) -> Path:
    """Version 1: frame folders 1, 2 and 4 of the videos 1 to 4, and its lists beside them."""
    (tmp_path / "something-something-v1-train.csv").write_text(f"1;{DOWN}\n3;{CLOSER}\n2;{PULL}\n")
    (tmp_path / "something-something-v1-validation.csv").write_text(f"4;{DOWN}\r\n\r\n")
    (tmp_path / "something-something-v1-test.csv").write_text("5\n")
    (tmp_path / "something-something-v1-labels.csv").write_text("\n".join(class_names("something_v1")) + "\n")
    for number in (1, 2, 4, 99):
        (tmp_path / "frames" / str(number)).mkdir(parents=True)
    return tmp_path / "frames"


@pytest.fixture
def v2(tmp_path: Path) -> Path:
    """Version 2 as it is downloaded: webm videos 1, 2 and 4, and JSON lists in labels/ beside them."""
    (tmp_path / "labels").mkdir()
    train = [entry(1, "Moving [something] down"), entry(3, "Moving [something] closer to [something]")]
    train += [entry(2, "Pulling [something] from left to right")]
    content = {
        "train": train,
        "validation": [entry(4, "Moving [something] down")],
        "test": [{"id": "5"}],
        "labels": {name: str(label) for label, name in enumerate(class_names("something_v2"))},
    }
    for name, entries in content.items():
        (tmp_path / "labels" / f"{name}.json").write_text(json.dumps(entries))
    (tmp_path / "videos").mkdir()
    for number in (1, 2, 4, 99):
        (tmp_path / "videos" / f"{number}.webm").touch()
    return tmp_path / "videos"


@pytest.mark.parametrize(("version", "suffix"), [("v1", ""), ("v2", ".webm")])
def test_lists_become_tables_without_test_and_without_what_is_missing(version, suffix, request):
    root, names = request.getfixturevalue(version), class_names(f"something_{version}")
    tables = reader.splits(getattr(reader, version.upper()), root)
    assert list(tables) == ["train", "val"]
    assert tables["train"].to_dict("list") == {
        "video": [f"1{suffix}", f"2{suffix}"],
        "label": [names.index(DOWN), names.index(PULL)],
    }
    assert tables["val"]["video"].tolist() == [f"4{suffix}"]
    note = r"2 of 3 videos of \S*train\.\S* found; 1 missing and left out, such as 3"
    assert re.fullmatch(note, tables["train"].attrs["note"])
    assert tables["val"].attrs["note"].startswith("1 of 1 videos of ")


def test_lists_of_another_folder_with_their_older_names(v2, tmp_path):
    (tmp_path / "old").mkdir()
    for name in ("train", "validation"):
        (tmp_path / f"labels/{name}.json").rename(tmp_path / f"old/something-something-v2-{name}.json")
    assert len(reader.splits(reader.V2, v2, tmp_path / "old")["train"]) == 2


def test_faulty_lines_of_v1_are_listed_at_once(v1):
    list_file = v1.parent / "something-something-v1-train.csv"
    list_file.write_text(list_file.read_text() + "7\n8;Moving something dwn\n")
    with pytest.raises(UserError) as raised:
        reader.splits(reader.V1, v1)
    told = str(raised.value)
    assert "train.csv:4: '7'; expected '<id>;<label>'" in told
    assert (
        "train.csv:5: 'Moving something dwn' is none of the 174 classes; did you mean 'Moving something down'" in told
    )


def test_faulty_entries_of_v2_are_listed_at_once(v2):
    wrong = [entry(1, "Moving [something] down"), {"id": "7"}, entry(8, "Moving [something] dwn")]
    (v2.parent / "labels/train.json").write_text(json.dumps(wrong))
    with pytest.raises(UserError) as raised:
        reader.splits(reader.V2, v2)
    told = str(raised.value)
    assert "train.json:entry 2: no id and template" in told and "train.json:entry 3: 'Moving something dwn'" in told


def test_broken_json_is_told_with_its_line(v2):
    (v2.parent / "labels/train.json").write_text('[\n{"id": "1"\n')
    with pytest.raises(UserError, match=r"train\.json:3: no JSON: "):
        reader.splits(reader.V2, v2)
    (v2.parent / "labels/train.json").write_text("{}")
    with pytest.raises(UserError, match=r"train\.json holds a dict; expected a list"):
        reader.splits(reader.V2, v2)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_another_order_of_classes_is_refused(version, request):
    """A list of classes beside the others must say what ours says."""
    root, names = request.getfixturevalue(version), class_names(f"something_{version}")
    names[2], names[3] = names[3], names[2]
    if version == "v1":
        (root.parent / "something-something-v1-labels.csv").write_text("\n".join(names))
    else:
        (root.parent / "labels/labels.json").write_text(json.dumps({name: str(at) for at, name in enumerate(names)}))
    with pytest.raises(UserError, match=r"has 174 classes in another order than Something-Something v\d, first "):
        reader.splits(getattr(reader, version.upper()), root)


@pytest.mark.parametrize("version", [reader.V1, reader.V2], ids=["v1", "v2"])
def test_missing_data_tells_the_layout(version, tmp_path):
    with pytest.raises(
        UserError, match=r"no folder .*/none with the videos of Something-Something v\d; get it from http"
    ):
        reader.splits(version, tmp_path / "none")
    with pytest.raises(
        UserError, match=r"no list .*train\..* of Something-Something .*expected are <dataset\.root>/<id>"
    ):
        reader.splits(version, tmp_path)


def test_no_video_at_all(v2):
    for video in v2.iterdir():
        video.unlink()
    (v2 / "other.txt").touch()
    with pytest.raises(
        UserError, match=r"none of the 4 videos of Something-Something v2, such as 1, is in .*where 1 others"
    ):
        reader.splits(reader.V2, v2)


@pytest.mark.parametrize("version", [1, 2])
def test_classes_in_official_order(version, shared):
    official = (shared / f"annotations/label_maps/sthv{version}__label_map.txt").read_text().splitlines()
    assert class_names(f"something_v{version}") == official and len(set(official)) == 174
    assert sorted(official) == sorted(class_names("something_v2"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * 100_000, "no JSON of annotations: brackets are nested too deeply"),
        (f'[{{"id": {"9" * 10_000}, "template": ""}}]', "no JSON of annotations: Exceeds the limit"),
        ("[{]", "1: no JSON: Expecting property name enclosed in double quotes"),
        (b"\xff\xfe[\0]\0", "is in UTF-16; save it as UTF-8"),
        ("[\0]", "1: a NUL byte"),
        ("[null, [], {}]", "entry 1: no id and template"),
        ("{}", "holds a dict; expected a list"),
    ],
)
def test_hostile_lists_of_v2_are_one_line(content, message, v2):
    list_file = v2.parent / "labels/train.json"
    list_file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError) as raised:
        reader.splits(reader.V2, v2)
    assert str(raised.value).startswith(str(list_file)) and message in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("number", ["9" * 10_000, "\u00b2", "", "-1"])
def test_labels_that_are_no_numbers_are_another_order(number, v2):
    labels = json.loads((v2.parent / "labels/labels.json").read_text())
    (v2.parent / "labels/labels.json").write_text(json.dumps({**labels, PULL: number}))
    with pytest.raises(UserError, match="174 classes in another order than Something-Something v2"):
        reader.splits(reader.V2, v2)


def test_blanks_around_ids_and_templates(v2):
    train = [entry(" 1 ", " Moving [something] down"), entry(2, "Pulling [something] from left to right ")]
    (v2.parent / "labels/train.json").write_text(json.dumps(train))
    assert reader.splits(reader.V2, v2)["train"]["video"].tolist() == ["1.webm", "2.webm"]
