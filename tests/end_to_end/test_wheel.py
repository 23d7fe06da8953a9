"""The package from its wheel, in an environment of its own that shares torch, used from an empty folder."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
SOURCES = ("pyvideoai", "dataset_configs", "model_configs", "exp_configs")
FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE")
CHOICE = ["-D", "motion", "-M", "i3d_tiny", "-E", "quickstart", "--set", "num_epochs=1"]
BRIEF = ["--limit_train", "16", "--set", "test_views.clips=1", "--workers", "0"]
PREDICT = """
import pathlib, pyvideoai
model = pyvideoai.load(next(pathlib.Path("data/experiments").rglob("version_000")))
print(model.predict(min(pathlib.Path("data/motion").rglob("*.mp4"))))
"""


def call(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(command, cwd=folder, env=plain, capture_output=True, text=True, timeout=300)


def run(*command: str, folder: Path) -> str:
    done = call(*command, folder=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    """The folder of an environment's programs, `pyvideoai` among them, installed from a wheel that was built here."""
    pytest.importorskip("setuptools", minversion="77", reason="pip install -e '.[dev]' brings what builds a wheel")
    source, made, home = (tmp_path_factory.mktemp(name) for name in ("source", "wheel", "environment"))
    for name in SOURCES:
        shutil.copytree(REPOSITORY / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copyfile(REPOSITORY / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    build = ["wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(made), str(source)]
    run(*pip, *build, folder=made)
    run(sys.executable, "-m", "venv", "--without-pip", str(home), folder=made)
    libraries = home / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    (libraries / "shared.pth").write_text(
        sysconfig.get_path("purelib") + "\n"
    )  # a path only: what is editable there is not
    (wheel,) = made.glob("*.whl")
    install = [
        "--python",
        str(home / "bin" / "python"),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--no-compile",
    ]
    run(*pip, *install, "--ignore-installed", str(wheel), folder=made)
    return home / "bin"


def test_it_is_the_wheel_and_not_the_checkout(program, tmp_path):
    where = run(str(program / "python"), "-c", "import pyvideoai; print(pyvideoai.__file__)", folder=tmp_path)
    assert Path(where.strip()).is_relative_to(program.parent)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["predict"], "then videos: pyvideoai predict FOLDER VIDEO ..."),
        (
            ["train", "-D", "features", "--set", "dataset.root=.", "-M", "features", "-E", "probe"],
            "; pyvideoai extract ",
        ),
    ],
)
def test_errors_name_commands_as_they_are_typed_there(program, tmp_path, arguments, told):
    done = call(str(program / "pyvideoai"), *arguments, folder=tmp_path)
    assert done.returncode == 2 and told in done.stderr and "tools/" not in done.stderr


@pytest.mark.slow
def test_train_evaluate_and_predict_from_an_empty_folder(program, tmp_path):
    shown = run(str(program / "pyvideoai"), "train", *CHOICE, *BRIEF, folder=tmp_path)
    assert "240 videos" in shown
    version = next((tmp_path / "data" / "experiments").rglob("version_000"))
    scored = run(str(program / "pyvideoai"), "eval", "--from", str(version), "--out", "result.json", folder=tmp_path)
    assert "240 videos" in scored and (tmp_path / "result.json").is_file()
    assert run(str(program / "python"), "-c", PREDICT, folder=tmp_path).startswith("[('")


def test_configs_are_listed_those_of_ones_own_first(program, tmp_path):
    (tmp_path / "exp_configs").mkdir()
    (tmp_path / "exp_configs" / "mine.py").write_text('"""Half the batch."""\n')
    shown = run(str(program / "python"), "-m", "pyvideoai", "configs", folder=tmp_path)
    assert "  mine  " in shown.replace(" " * 10, "  ") and "Half the batch." in shown
    assert all(
        name in shown for name in ("motion", "i3d_tiny", "quickstart", "-D hmdb -M i3d_resnet50 -E crop224_lr0001")
    )
