"""A trained folder whose data has changed or lies elsewhere: what was held out is scored, or nothing is."""

import json
import shutil
from pathlib import Path

import pytest
from workplaces import CHOICE, VERSION, VIDEOS, lay_out, without_figures

from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError

FOLDER = (
    '"""A folder of clips."""\nfrom pyvideoai.annotations import folder\n\nroot = "my_videos"\nval_share = 0.2\n\n\n'
)
FOLDER += "def classes():\n    return folder.classes(root)\n\n\ndef splits():\n    return folder.splits(root)\n"
CHANGED = "the dataset's test split is not the one of this run any more: files or lists have changed since"


def evaluate(version: Path, *arguments: str) -> dict:
    assert eval_command.main(["--from", str(version), "--out", "result.json", *arguments]) == 0
    return json.loads(Path("result.json").read_text())


def rewrite(table: str, text: str) -> None:
    Path(table).unlink()  # a link to what all tests share
    Path(table).write_text(text)


@pytest.fixture(scope="module")
def folder_workplace(clips, tmp_path_factory) -> Path:
    """A run over a folder of clips, whose val and test are drawn from the names; for tests to copy."""
    place = tmp_path_factory.mktemp("folder")
    lay_out(place, clips)
    with pytest.MonkeyPatch.context() as patch, without_figures():
        patch.chdir(place)
        train_on_a_folder()
    return place


@pytest.fixture
def folder(folder_workplace, tmp_path, monkeypatch) -> Path:
    """The version of that run, in a workplace of the test's own."""
    shutil.copytree(folder_workplace, tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return next(Path("data/experiments/clips/small/brief").glob("*/version_000"))


def train_on_a_folder() -> None:
    Path("dataset_configs/clips.py").write_text(FOLDER)
    for colour in ("red", "blue"):
        Path("my_videos", colour).mkdir(parents=True)
        for number in range(VIDEOS["train"]):
            path = Path(f"clips/train_{colour}_{number}.mp4").resolve()
            Path(f"my_videos/{colour}/{number}.mp4").symlink_to(path)
    train_command.main(["-D", "clips", *CHOICE[2:], "-e", "1", "--set", "global_batch=12"])


def rename(share: float = 1.0) -> int:
    """Give the videos another ending; returns of how many."""
    paths = sorted(Path("my_videos").glob("*/*.mp4"))
    renamed = paths[: round(share * len(paths))]
    for path in renamed:
        path.rename(path.with_suffix(".avi"))
    return len(renamed)


def test_renamed_videos_are_not_scored(folder):
    before = evaluate(folder)
    rename()
    with pytest.raises(UserError) as error:
        evaluate(folder)
    root, number = Path("my_videos").absolute(), before["videos"]
    told = f"{CHANGED}; of the {number} videos that this run's test split had, {number} are gone from {root}, such as "
    assert str(error.value).startswith(told) and str(error.value).endswith(".mp4")


def test_added_videos_leave_the_split_that_was_held_out(folder, capsys):
    before = evaluate(folder)
    for colour in ("red", "blue"):
        for number in range(VIDEOS["test"]):
            Path(f"my_videos/{colour}/new_{number}.mp4").symlink_to(Path(f"clips/test_{colour}_{number}.mp4").resolve())
    after = evaluate(folder)
    path = (folder / "configs/splits/test.csv").absolute()
    assert after["metrics"] == before["metrics"] and after["videos"] == before["videos"]
    assert f"{CHANGED}; scored is the recorded one, {path}" in capsys.readouterr().out
    assert (
        evaluate(folder, "--split", "val")["videos"] == len((folder / "configs/splits/val.csv").open().readlines()) - 1
    )


def test_what_was_held_out_is_enough(folder, capsys):
    before, kept = evaluate(folder), (folder / "configs/splits/test.csv").read_text()
    for path in Path("my_videos/red").iterdir():
        if f"red/{path.name}," not in kept:
            path.unlink()
    assert evaluate(folder)["metrics"] == before["metrics"]
    assert "scored is the recorded one" in capsys.readouterr().out


def test_a_table_that_was_edited_is_not_what_is_scored(trained):
    rewrite("test.csv", "\n".join(Path("test.csv").read_text().splitlines()[:4]) + "\n")
    assert evaluate(trained)["videos"] == 2 * VIDEOS["test"]
    rewrite("test.csv", "video,label\nnew.mp4,red\n")
    assert evaluate(trained)["videos"] == 2 * VIDEOS["test"]


def test_another_training_list_changes_nothing_for_the_test(trained, capsys):
    rewrite("train.csv", "\n".join(Path("train.csv").read_text().splitlines()[:-1]) + "\n")
    assert evaluate(trained)["videos"] == 2 * VIDEOS["test"]
    assert "recorded" not in capsys.readouterr().out
    evaluate(trained, "--split", "train")
    assert "scored is the recorded one" in capsys.readouterr().out


def test_a_table_that_is_not_the_recorded_one_is_refused(trained):
    rewrite("test.csv", "video,label\ntest_red_0.mp4,red\n")
    kept = trained / "configs/splits/test.csv"
    whole = kept.read_text()
    for text in (whole + "new.mp4,0\n", whole.replace(",0\n", ",1\n", 1), "video\nx\n", "", whole + "one cell\n"):
        kept.write_text(text)
        with pytest.raises(UserError, match="is not the table that the run has written any more"):
            evaluate(trained)
    kept.unlink()
    with pytest.raises(UserError, match="the run's folder has no table of that split"):
        evaluate(trained)


def test_a_split_that_came_later_is_scored_as_it_is(workplace):
    test = Path("test.csv").read_text()
    Path("dataset_configs/colours.py").write_text(
        Path("dataset_configs/colours.py").read_text().replace('("train", "val", "test")', '("train", "val")')
    )
    train_command.main([*CHOICE, "-e", "1"])
    version = VERSION.parent / "num_epochs=1" / "version_000"
    assert evaluate(version)["split"] == "val"
    snapshot = version / "configs/dataset_configs/colours.py"
    snapshot.write_text(snapshot.read_text().replace('("train", "val")', '("train", "val", "test")'))
    assert test and evaluate(version)["split"] == "test"


def test_predictions_of_a_recorded_split_have_its_rows(trained):
    rewrite("test.csv", "video,label\ntest_red_0.mp4,red\n")
    evaluate(trained, "-p")
    assert len(next((trained / "predictions").glob("test_*.csv")).read_text().splitlines()) == 1 + 2 * VIDEOS["test"]


def test_a_run_is_scored_and_goes_on_from_another_directory(folder_workplace, tmp_path, monkeypatch, capsys):
    version = next((folder_workplace / "data/experiments/clips/small/brief").glob("*/version_000"))
    copy = tmp_path / "copy"
    shutil.copytree(version, copy)
    monkeypatch.chdir(folder_workplace)
    before = evaluate(version)
    monkeypatch.chdir(tmp_path)
    assert evaluate(copy)["metrics"] == before["metrics"]
    root = folder_workplace / "my_videos"
    told = f"dataset.root = my_videos is not in {tmp_path}; {root} is read, as in the run"
    assert told in capsys.readouterr().out
    assert train_command.main(["-l", str(copy), "-e", "2"]) == 0
    assert told in capsys.readouterr().out
    assert train_command.main(["--from", str(copy), "-R", "again", "--check"]) == 0
    assert told in capsys.readouterr().out and not Path("my_videos").exists()


def test_lists_that_are_elsewhere_leave_the_recorded_ones(trained_workplace, tmp_path, monkeypatch, capsys):
    """The dataset's tables are named from the current directory, and only its root is recorded."""
    monkeypatch.chdir(tmp_path)
    version = trained_workplace / VERSION.parent / "num_epochs=1" / "version_000"
    assert evaluate(version)["videos"] == 2 * VIDEOS["test"]
    output = capsys.readouterr().out
    assert "; scored is the recorded one, " in output


def test_a_root_that_is_nowhere_names_both_places(folder, tmp_path, monkeypatch):
    version, elsewhere = folder.absolute(), tmp_path / "elsewhere"
    elsewhere.mkdir()
    run = json.loads((folder / "run.json").read_text())
    run["paths"]["root"] = "/gone/my_videos"
    (folder / "run.json").write_text(json.dumps(run))
    monkeypatch.chdir(elsewhere)
    for call in (lambda: evaluate(version), lambda: train_command.main(["-l", str(version)])):
        with pytest.raises(UserError) as error:
            call()
        assert str(error.value) == (
            f"dataset.root = my_videos is neither in {elsewhere} nor at /gone/my_videos, where the run read it; "
            "--set dataset.root=... says where the videos are"
        )
    with pytest.raises(UserError, match=r"dataset\.root = typo is neither in .*elsewhere nor at /gone/my_videos"):
        evaluate(version, "--set", "dataset.root=typo")
    assert evaluate(version, "--set", "dataset.root=../my_videos")["failed"] == 0
