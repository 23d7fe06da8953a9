"""Unpack HMDB-51, a RAR archive of 51 RAR archives. Python can't read RAR, so an installed program does."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyvideoai.annotations import hmdb51
from pyvideoai.errors import UserError

LARGEST_FACTOR = 10  # of what an archive unpacks to: videos are compressed already
SMALL = 2**26  # bytes that any archive may unpack to
LOOK_PERIOD_S = 0.5

Command = Callable[[Path, Path], list[str]]
PROGRAMS: dict[str, Command] = {
    "unrar": lambda archive, folder: ["x", "-o+", "-idq", str(archive), f"{folder}/"],
    "unar": lambda archive, folder: ["-q", "-f", "-D", "-o", str(folder), str(archive)],
    "bsdtar": lambda archive, folder: ["-x", "-f", str(archive), "-C", str(folder)],
    "7zz": lambda archive, folder: ["x", "-y", "-bd", f"-o{folder}", str(archive)],
    "7z": lambda archive, folder: ["x", "-y", "-bd", f"-o{folder}", str(archive)],
}  # fmt: skip
VIDEOS, LISTS = "videos", "testTrainMulti_7030_splits"


def hmdb51_videos(archive: Path, root: Path, done: Callable[[str], None] = lambda name: None) -> dict[str, int]:
    """Unpack hmdb51_org.rar to `root`/videos/<class>; return videos per class. Classes that are there are left alone.

    A class appears whole or not at all, so that the command can be stopped and called again.
    Raises UserError: no program that reads RAR, an archive that it can't read, or an archive with other classes.
    """
    names, videos = hmdb51.classes(), root / VIDEOS
    if not all((videos / name).is_dir() for name in names):
        with _unpacked(archive, root) as outer:
            archives = {path.stem: path for path in sorted(outer.rglob("*.rar"))}
            if not set(names) <= set(archives):
                absent = sorted(set(names) - set(archives))
                raise UserError(
                    f"{archive} has no {absent[0]}.rar; it is not HMDB-51's, which has one for each of 51 classes"
                )
            for name in names:
                _unpack_class(archives[name], videos / name)
                done(name)
    return {name: sum(path.suffix == ".avi" for path in (videos / name).iterdir()) for name in names}


def hmdb51_lists(archive: Path, root: Path) -> int:
    """Unpack test_train_splits.rar to `root`/testTrainMulti_7030_splits; return the number of lists.

    Raises UserError as `hmdb51_videos` does.
    """
    folder = root / LISTS
    if not folder.is_dir():
        with _unpacked(archive, root) as outer:
            lists = next(outer.rglob("*_test_split1.txt"), None)
            if lists is None:
                raise UserError(f"{archive} has no <class>_test_split1.txt; it is not HMDB-51's test_train_splits.rar")
            lists.parent.rename(folder)
    return len(list(folder.glob("*_test_split?.txt")))


def _unpack_class(archive: Path, folder: Path) -> None:
    if folder.is_dir():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _unpacked(archive, folder.parent) as inner:
        videos = next(inner.rglob("*.avi"), None)
        if videos is None:
            raise UserError(f"{archive.name} has no videos")
        videos.parent.rename(folder)


@contextmanager
def _unpacked(archive: Path, beside: Path) -> Iterator[Path]:
    """Yield a temporary folder on the disk of `beside` with the content of an archive."""
    if not archive.is_file():
        raise UserError(f"no archive {archive.absolute()}; {hmdb51.HMDB51.how_to_get}")
    beside.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=beside, prefix=".unpacking_", ignore_cleanup_errors=True) as name:
        folder = Path(name) / "content"
        folder.mkdir()
        _unpack(archive, folder)
        yield folder


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack with the first program that can: 7z is often built without RAR."""
    programs = [program for program in PROGRAMS if shutil.which(program)]
    said = []
    for program in programs:
        done = _run([program, *PROGRAMS[program](archive, folder)], archive, folder)
        if done.returncode == 0:
            _refuse_outside(archive, folder)
            return
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        said.append(f"{program} says: {' '.join(last) or f'exit code {done.returncode}'}")
    tried = f" ({'; '.join(said)})" if said else ""
    raise UserError(
        f"{archive} can't be unpacked{tried}; install one of {', '.join(PROGRAMS)} that reads RAR, such as unrar"
    )


def _run(command: list[str], archive: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that unpacks; end it if what it writes grows far beyond the archive's size. Raises UserError."""
    most = LARGEST_FACTOR * archive.stat().st_size + SMALL
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while True:
            try:
                output, errors = process.communicate(timeout=LOOK_PERIOD_S)
                too_large = _size(folder) > most
            except subprocess.TimeoutExpired:
                too_large = _size(folder) > most
                if not too_large:
                    continue
                process.kill()
            if too_large:
                raise UserError(f"{archive} unpacks to more than {LARGEST_FACTOR} times its size: it is not HMDB-51's")
            return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _refuse_outside(archive: Path, folder: Path) -> None:
    """Raise UserError if anything was unpacked that isn't a file or folder, or lies beside the folder.

    The programs refuse paths that lead upwards themselves; what one of them lets through is found here.
    """
    odd = [path for path in folder.rglob("*") if path.is_symlink() or not (path.is_file() or path.is_dir())]
    beside = [path for path in folder.parent.iterdir() if path != folder]
    if found := [*odd, *beside]:
        raise UserError(
            f"{archive} holds links, or paths that lead out of it, such as {found[0].name}; nothing is kept"
        )
