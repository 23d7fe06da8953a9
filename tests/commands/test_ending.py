"""How a tool ends: one line for the user's errors, and with --debug what led to them."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from pyvideoai import errors
from pyvideoai.commands import arguments
from pyvideoai.commands import ending as command
from pyvideoai.commands import evaluate as eval_command
from pyvideoai.commands import train as train_command
from pyvideoai.errors import UserError

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """run(work, *options): (exit code, stdout, stderr) of a tool that reads its options, then calls `work`."""
    monkeypatch.setenv("PYVIDEOAI_DEBUG", "")

    def run(work: Callable[[], None], *options: str) -> tuple[int, str, str]:
        def main(given: list[str]) -> None:
            arguments.Parser("tool").parse_args(given)
            work()

        monkeypatch.setattr(sys, "argv", ["tool", *options])
        with pytest.raises(SystemExit) as ended:
            command.run(main)
        return ended.value.code, *capfd.readouterr()

    return run


def fail() -> None:
    try:
        {}["the cause"]
    except KeyError:
        raise UserError("a.py:3: no such thing") from None


def other_failure() -> None:
    raise UserError("only here")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--sett", "x=1"], "unknown option '--sett'; did you mean '--set'?"),
        (["--sed=2"], "unknown option '--sed'; did you mean '--seed'?"),
        (["--epochs", "2"], "unknown option '--epochs'; did you mean '--num_epochs'?"),
        (["--lr", "0.1"], "unknown option '--lr'; a setting is given as --set learning_rate=..."),
        (["--batch-size", "2"], "unknown option '--batch-size'; a setting is given as --set global_batch=..."),
        (["--data-root=x"], "unknown option '--data-root'; a setting is given as --set dataset.root=..."),
        (["--dataset.root=x"], "unexpected argument '--dataset.root=x'; a setting is given as --set dataset.root=x"),
        (["--dataset.root", "x"], "unexpected argument '--dataset.root'; a setting is given as --set dataset.root=..."),
        (["dataset.root=x"], "unexpected argument 'dataset.root=x'; a setting is given as --set dataset.root=x"),
        (["seed=2"], "unexpected argument 'seed=2'; a setting is given as --set seed=2"),
        (["-Z"], "unknown option '-Z'; --help lists all options"),
        (["clip.mp4"], "unexpected argument 'clip.mp4': --help lists all options"),
        (["-l"], "argument -l/--load: expected one argument; --help lists all options"),
        (["--s", "3"], "ambiguous option: --s could match "),
        (["--overfit", "x"], "argument --overfit: 'x' is not a number of steps: write a whole number of at least 1; "),
    ],
)
def test_a_wrong_option_is_one_line_with_the_nearest(options, line):
    with pytest.raises(UserError) as error:
        train_command.main(options)
    assert str(error.value).startswith(line) and "\n" not in str(error.value)


def test_a_folder_without_its_option_is_told_the_option(tmp_path):
    with pytest.raises(UserError, match=f"an experiment's folder is given as --from {tmp_path}$"):
        eval_command.main([str(tmp_path)])


NAMES = ["-D", "motion", "-M", "i3d_tiny", "-E", "quickstart"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--device", "gpu"], "--device gpu: device takes 'auto' or 'cpu' or "),
        (["--num", "0"], "--num_epochs 0: num_epochs takes an int of at least 1, not 0"),
        (["-e", "x"], "-e x: num_epochs takes an int of at least 1, not 'x'"),
        (["--deterministic", "--set", "deterministic=True"], "--deterministic: experiment.deterministic is set twice"),
        (["-e", "1", "--set", "num_epochs=2"], "-e 1: experiment.num_epochs is set twice: also by --set num_epochs=2"),
        (["-e", "1", "--num_epochs", "2"], "argument -e/--num_epochs: is given twice"),
        (["--offline", "--offline"], "argument --offline: is given twice"),
        (["--check", "--overfit", "3"], "--check and --overfit are two tries: give one of them"),
        (["--device", "cuda"], "device = 'cuda' was asked for, but torch finds no CUDA device; use --device cpu"),
        (["--device", "mps", "--check"], "device = 'mps' was asked for, but torch finds no MPS device"),
    ],
)
def test_a_flag_is_called_as_it_was_typed_and_refused_before_data_is_made(options, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(UserError) as error:
        train_command.main([*NAMES, *options])
    assert str(error.value).startswith(line) and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("command", "flag", "more"),
    [(train_command, "-l", []), (eval_command, "--from", []), (eval_command, "--from", ["--device", "cpu"])],
)
def test_a_root_beside_a_folder_elsewhere_is_refused(command, flag, more, tmp_path):
    folder, root = tmp_path / "runs/motion/i3d_tiny/quickstart/version_000", tmp_path / "others"
    with pytest.raises(UserError) as error:
        command.main([flag, str(folder), "-R", str(root), *more])
    told = f"-R {root}: {flag} {folder} lies elsewhere, and is what is read; leave -R out"
    assert str(error.value) == told
    with pytest.raises(UserError, match="is not an experiment folder: it does not exist"):
        command.main([flag, str(folder), "-R", str(tmp_path / "runs"), *more])


def test_a_root_has_no_effect_on_published_weights():
    with pytest.raises(UserError, match="-R is for the folder of an experiment; --weights are scored without one"):
        eval_command.main([*NAMES, "--weights", "kinetics400", "-R", "runs"])


def test_a_wrong_choice_is_one_line():
    with pytest.raises(UserError) as error:
        eval_command.main(["-m", "oneclips"])
    told = "argument -m/--mode: takes oneclip or multicrop, not 'oneclips'; did you mean 'oneclip'?"
    assert str(error.value) == f"{told}; --help lists all options"


@pytest.mark.parametrize("tool", sorted(path for path in TOOLS.rglob("*.py") if "import run" in path.read_text()))
def test_every_tool_ends_so(tool):
    """tools/*.py hand their options to the one parser: nothing makes an ArgumentParser of its own."""
    assert "argparse.ArgumentParser(" not in tool.read_text()


def explain_failure() -> None:
    try:
        fail()
    except UserError as error:
        errors.explain(error)


def test_a_users_error_is_one_line(run):
    assert run(fail) == (2, "", "error: a.py:3: no such thing\n")


def test_processes_of_torchrun_say_the_same_error_once_and_another_one_too(run, tmp_path, monkeypatch):
    for rank in range(3):
        (tmp_path / str(rank)).mkdir()
    said = []
    for rank in range(3):
        monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / str(rank) / "error.json"))
        code, _, shown = run(fail if rank < 2 else other_failure)
        said.append(shown)
        assert code == 2
        report = json.loads((tmp_path / str(rank) / "error.json").read_text())  # in torchrun's own format
        assert report["message"]["extraInfo"]["py_callstack"].startswith("error: ")
    assert said == ["error: a.py:3: no such thing\n", "", "error: only here\n"]
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(tmp_path / "gone/0/error.json"))
    assert run(fail)[2] == "error: a.py:3: no such thing\n"


def test_debug_shows_what_led_to_it_before_the_line(run):
    code, output, shown = run(fail, "--debug")
    assert (code, output) == (2, "") and shown.endswith("\nerror: a.py:3: no such thing\n")
    assert "KeyError: 'the cause'" in shown and shown.index("KeyError") < shown.index("UserError: a.py:3")


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.long)])
def test_debug_reaches_worker_processes(run, method):
    def work() -> None:
        process = multiprocessing.get_context(method).Process(target=explain_failure)
        process.start()
        process.join()

    assert run(work) == (0, "", "")
    assert "KeyError: 'the cause'" in run(work, "--debug")[2]


def test_a_reader_that_leaves_ends_a_command_without_a_word():
    """As `... --help-config | head` does, which may have ended before a line is written."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "pyvideoai", "train", "--help-config"]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (128 + signal.SIGPIPE, b"")


def test_every_command_has_debug_in_its_help(run):
    code, output, _ = run(lambda: None, "--help")
    assert code == 0 and "--debug" in output


@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x07", "\x9b31m", "\r", "\u202e", "\u2028", "\udcff", "\u200b"])
def test_no_control_characters_in_an_error_line(run, hostile):
    def work() -> None:
        raise UserError(f"no class a{hostile}b")

    _, _, shown = run(work)
    assert not {unicodedata.category(each) for each in shown.rstrip("\n")} & {"Cc", "Cf", "Cs", "Zl"}
    assert shown == f"error: no class a{hostile.encode('unicode_escape').decode()}b\n"


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [(1, "video", "1 video"), (0, "row", "0 rows"), (2, "class", "2 classes"), (1, "process", "1 process")]
    + [(6276, "video", "6,276 videos")],
)
def test_a_number_stands_with_its_noun(number, noun, told):
    assert errors.counted(number, noun) == told


def test_names_of_all_scripts_stay_readable(run):
    text = "no class 'क्‍ष 日本語 👩‍🚀 é naïve'\nand a second line"
    assert errors.printable(text) == text
