"""Which run -l, --from, -v, -S and --set mean: num_epochs never hides it, and no option is without effect."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from workplaces import CHOICE, VERSION

from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError
from pyvideoai.experiment import new_version

BRIEF = VERSION.parent


def train(*arguments: str) -> int:
    return train_command.main([*CHOICE, *arguments])


def epochs(version: Path) -> int:
    return len(pd.read_csv(version / "summary.csv", comment="#"))


def line(call) -> str:
    with pytest.raises(UserError) as error:
        call()
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "longer",
    [
        ["-l", "last", "-e", "2"],
        ["-l", "last", "--set", "num_epochs=2"],
        ["-e", "1", "-l", "last", "--set", "num_epochs=2"],
        ["-l", f"{BRIEF}/num_epochs=1", "-e", "2"],
    ],
    ids=" ".join,
)
def test_a_run_of_one_epoch_grows(trained, longer):
    assert train(*longer) == 0
    assert epochs(trained) == 2 and [path.name for path in BRIEF.iterdir()] == ["num_epochs=1"]


def test_configs_that_were_edited_since_are_named_where_the_copies_run(trained, capsys):
    told = "not used, since the run has a copy that differs: exp_configs/brief.py (edited after it began?)"
    eval_command.main(["--from", str(trained)])
    assert "not used" not in capsys.readouterr().out
    edited = Path("exp_configs/brief.py")
    edited.write_text(f"{edited.read_text()}\nseed = 3\n")
    eval_command.main(["--from", str(trained)])
    assert told in capsys.readouterr().out
    assert train("-l", "last", "-e", "2") == 0
    assert told in capsys.readouterr().out and told in (trained / "logs" / "train.log").read_text()


def test_what_a_finished_run_advises_works_and_is_remembered(trained, capsys):
    for arguments in (["-l", "last"], ["-e", "1", "-l", "last"]):
        assert train(*arguments) == 0
        told = capsys.readouterr().out.splitlines()[-1]
        assert told.startswith(
            f"{trained.absolute()} has finished its 1 epoch; to train longer: tools/run_train.py -l "
        )
    assert train_command.main(told.partition("run_train.py ")[2].split()) == 0
    assert epochs(trained) == 2
    capsys.readouterr()
    train("-l", "last")
    assert "has finished its 2 epochs" in capsys.readouterr().out
    assert re.search(r"num_epochs +2 +--set", (trained / "configs/resolved.txt").read_text())
    told = line(lambda: train("-l", str(trained), "-e", "1"))
    assert told == f"num_epochs = 1 may only grow: {trained.absolute()} is a run of 2"


def test_evaluation_finds_a_run_whatever_its_epochs(trained):
    for arguments in ([], ["--set", "num_epochs=1"], ["--set", "num_epochs=2"], ["--set", "test_views.clips=1"]):
        assert eval_command.main([*CHOICE, *arguments, "-m", "oneclip"]) == 0


def copy(trained: Path, name: str, override: str) -> Path:
    """The same experiment as if it had been run with another override."""
    version = BRIEF / name / "version_000"
    shutil.copytree(trained, version)
    snapshot = version / "configs/overrides.json"
    snapshot.write_text(snapshot.read_text().replace('"num_epochs=1"', override))
    return version


def test_settings_other_than_the_epochs_still_tell_runs_apart(trained):
    other = copy(trained, "learning_rate=0.1,num_epochs=1", '"learning_rate=0.1", "num_epochs=1"')
    assert train("-l", "last", "-e", "2", "--set", "learning_rate=1e-1") == 0
    assert (epochs(trained), epochs(other)) == (1, 2)
    assert line(lambda: train("-l", "last", "--set", "learning_rate=0.2")).startswith("no experiment in ")
    told = line(lambda: train("-l", str(trained), "--set", "learning_rate=0.1"))
    assert told.startswith("--set learning_rate=0.1: a resumed run keeps the settings of its snapshot")


def test_the_run_that_can_grow_to_the_number_goes_on(trained):
    copy(trained, "num_epochs=9", '"num_epochs=9"')
    assert train("-l", "last", "-e", "2") == 0
    assert epochs(trained) == 2
    told = line(lambda: train("-l", "last", "-e", "10"))
    both = " or ".join(str(BRIEF.absolute() / f"num_epochs={number}") for number in (1, 9))
    assert told == f"which run is meant? Give its folder: {both}"


def test_a_run_named_with_S_is_found_by_it_only(trained):
    trained.parent.rename(BRIEF / "mine")
    assert line(lambda: train("-l", "last")).endswith("there are mine")
    assert train("-l", "last", "-S", "mine", "-e", "2") == 0
    told = line(lambda: train("-l", "last", "-S", "mine", "--set", "seed=1"))
    assert told.startswith("--set seed=1: a resumed run keeps the settings of its snapshot")


def test_versions_are_those_that_are_named(trained):
    folder = str(trained.parent)
    for main in (eval_command.main, train_command.main):
        told = line(lambda main=main: main(["--from", folder, "-v", "7"]))
        assert told == f"no version '7' in {trained.parent.absolute()}; allowed: 0, last"
        told = line(lambda main=main: main(["--from", folder, "-v", "²"]))
        assert told.startswith("no version '²' in ")
        new_version(trained.parent)
        told = line(lambda main=main: main(["--from", str(trained), "-v", "1"]))
        assert told == f"-v 1: {trained.absolute()} is a version itself; give the folder above, or leave -v out"
        shutil.rmtree(trained.with_name("version_001"))
    assert eval_command.main(["--from", folder, "-v", "0", "-m", "oneclip"]) == 0
    assert eval_command.main(["--from", str(trained), "-v", "0", "-m", "oneclip"]) == 0
    assert line(lambda: train("-l", folder, "-v", "3")).startswith("no version '3' in ")


@pytest.mark.parametrize(
    ("main", "arguments", "message"),
    [
        (train_command.main, ["-v", "3"], "-v 3: a new run makes the next version; -v is for -l and --from"),
        (
            train_command.main,
            ["-l", "last", "--from", "x"],
            "-l goes on with a run, --from repeats one: give one of them",
        ),
        (train_command.main, ["-l", "x", "-S", "y"], "-S y: -l x goes on in that folder; leave -S out"),
        (eval_command.main, ["--from", "x", "-S", "y"], "-S y: --from names the folder already; leave -S out"),
        (
            eval_command.main,
            ["--weights", "x", "-v", "1"],
            "-v is for the folder of an experiment; --weights are scored without one, see --out",
        ),
    ],
)
def test_options_that_would_change_nothing_are_refused(workplace, main, arguments, message):
    assert line(lambda: main([*CHOICE, *arguments])) == message


def test_names_beside_a_folder_must_be_its_own(trained):
    told = f"-E other: {trained.absolute()} is a run of -D colours -M small -E brief"
    assert line(lambda: train_command.main([*CHOICE[:-1], "other", "-l", str(trained)])) == told
    assert line(lambda: eval_command.main(["-E", "other", "--from", str(trained)])) == told


@pytest.mark.parametrize(
    "name",
    ["../../outside", "/tmp/outside", "a/b", "..", ".", "", " a", "a\x1b[2J", "a\nb", "a\u202eb", "\\a", "x" * 300],
)
def test_a_subfolder_stays_in_its_experiment(workplace, name):
    for main in (train_command.main, eval_command.main):
        told = line(lambda main=main: main([*CHOICE, f"-S{name}" if name else "--subfolder="]))
        assert told.startswith(f"-S {name!r} can't name a folder of the experiment: ")
    assert not Path("data").exists()


def test_a_subfolder_is_no_version(workplace):
    assert line(lambda: train("-S", "version_001")) == "-S 'version_001': versions are called that; give another name"


@pytest.mark.parametrize("choice", [["../colours"], ["/etc/colours"], [".."]])
def test_names_of_configs_stay_in_their_folders(workplace, choice):
    for place in (1, 3, 5):
        names = [*CHOICE[:place], *choice, *CHOICE[place + 1 :]]
        assert line(lambda names=names: train_command.main(names)).startswith(f"{CHOICE[place - 1]} {choice[0]}: no ")
