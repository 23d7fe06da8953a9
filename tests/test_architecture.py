"""The house: imports run downwards, in no circle, and the picture of it is of today."""

from pathlib import Path

import architecture
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "ARCHITECTURE.md"


@pytest.fixture(scope="module")
def files():
    return architecture.imports(architecture.PACKAGE)


def test_no_import_runs_upwards(files):
    assert architecture.upward(files) == []


def test_no_files_import_each_other_in_a_circle(files):
    assert architecture.circles(files) == []


def test_the_picture_is_of_today(files):
    told = "type: tools/architecture.py --write docs/ARCHITECTURE.md"
    assert architecture.placed(PAGE.read_text(), architecture.picture(files)) == PAGE.read_text(), told


def test_an_upward_import_and_a_circle_are_seen(tmp_path):
    package = tmp_path / "pyvideoai"
    for name, text in {
        "__init__": "",
        "data/__init__": "",
        "data/a": "def late():\n    from pyvideoai.data import b\n",
        "data/b": "from pyvideoai.data.a import late\nfrom pyvideoai.engine.loop import fit\n",
        "engine/__init__": "",
        "engine/loop": "",
        "cellar/__init__": "",
    }.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / f"{name}.py").write_text(text)
    files = architecture.imports(package)
    assert architecture.upward(files) == [
        "no floor for cellar: add it to FLOORS",
        "pyvideoai.data.b imports pyvideoai.engine.loop, which stands no lower",
    ]
    circle = "a circle of imports: pyvideoai.data.a -> pyvideoai.data.b -> pyvideoai.data.a"
    assert architecture.circles(files) == [circle]


def test_no_two_files_of_tests_share_a_name():
    names = [path.name for path in Path(__file__).parent.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names)), "pytest imports only one of them"
