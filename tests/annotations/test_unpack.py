"""RAR is stood in for by tar under its name, read by a program of the name of one that reads RAR."""

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from pyvideoai.annotations import unpack
from pyvideoai.annotations.hmdb51 import classes
from pyvideoai.errors import UserError

PROGRAM = f'#!/bin/sh\nexec {shutil.which("tar")} "$@"\n'


def tar(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return content.getvalue()


@pytest.fixture
def bsdtar(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/bsdtar").write_text(PROGRAM)
    (tmp_path / "bin/bsdtar").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """HMDB-51 with two videos in each class."""
    inner = {f"{name}.rar": tar({f"{name}/{name}_{number}.avi": b"x" for number in (1, 2)}) for name in classes()}
    (tmp_path / "hmdb51_org.rar").write_bytes(tar(inner))
    return tmp_path / "hmdb51_org.rar"


@pytest.mark.usefixtures("bsdtar")
def test_archives_in_an_archive_become_class_folders(archive, tmp_path):
    told = []
    counts = unpack.hmdb51_videos(archive, tmp_path / "to", told.append)
    assert counts == dict.fromkeys(classes(), 2) and told == classes()
    assert (tmp_path / "to/videos/wave/wave_2.avi").read_bytes() == b"x"
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["videos"]  # nothing passing is left
    assert len(list((tmp_path / "to/videos").iterdir())) == 51


@pytest.mark.usefixtures("bsdtar")
def test_called_again_it_goes_on(archive, tmp_path):
    unpack.hmdb51_videos(archive, tmp_path / "to")
    (tmp_path / "to/videos/wave/wave_2.avi").unlink()
    (tmp_path / "to/videos/walk/walk_1.avi").unlink()
    (tmp_path / "to/videos/walk/walk_2.avi").unlink()
    (tmp_path / "to/videos/walk").rmdir()
    counts = unpack.hmdb51_videos(archive, tmp_path / "to")
    assert counts["walk"] == 2 and counts["wave"] == 1  # what is there is left as it is


@pytest.mark.usefixtures("bsdtar")
def test_lists(tmp_path):
    content = tar({f"testTrainMulti_7030_splits/wave_test_split{split}.txt": b"" for split in (1, 2, 3)})
    (tmp_path / "test_train_splits.rar").write_bytes(content)
    assert unpack.hmdb51_lists(tmp_path / "test_train_splits.rar", tmp_path / "to") == 3
    assert (tmp_path / "to/testTrainMulti_7030_splits/wave_test_split3.txt").is_file()


@pytest.mark.usefixtures("bsdtar")
def test_other_archives_are_refused(archive, tmp_path):
    (tmp_path / "other.rar").write_bytes(tar({"wave.rar": tar({"wave/a.avi": b""})}))
    with pytest.raises(UserError, match=r"other\.rar has no brush_hair\.rar; it is not HMDB-51's"):
        unpack.hmdb51_videos(tmp_path / "other.rar", tmp_path / "to")
    with pytest.raises(UserError, match=r"hmdb51_org\.rar has no <class>_test_split1\.txt"):
        unpack.hmdb51_lists(archive, tmp_path / "to")
    (tmp_path / "broken.rar").write_bytes(b"no archive")
    with pytest.raises(UserError, match=r"broken\.rar can't be unpacked \(bsdtar says: .+\); install one of unrar"):
        unpack.hmdb51_lists(tmp_path / "broken.rar", tmp_path / "to")


def test_without_a_program_it_says_what_to_install(archive, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        UserError, match=r"can't be unpacked; install one of unrar, unar, bsdtar, 7zz, 7z that reads RAR"
    ):
        unpack.hmdb51_videos(archive, tmp_path / "to")
    with pytest.raises(UserError, match=r"no archive .*/none\.rar; get hmdb51_org\.rar and"):
        unpack.hmdb51_videos(tmp_path / "none.rar", tmp_path / "to")


@pytest.mark.usefixtures("bsdtar")
def test_an_archive_that_unpacks_to_many_times_its_size_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpack, "SMALL", 0)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a_test_split1.txt")
        entry.size = 2**22
        archive.addfile(entry, io.BytesIO(bytes(2**22)))
    (tmp_path / "bomb.rar").write_bytes(packed.getvalue())
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")  # tar calls gzip
    with pytest.raises(UserError, match=r"bomb\.rar unpacks to more than 10 times its size"):
        unpack.hmdb51_lists(tmp_path / "bomb.rar", tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []


def linked() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        entry = tarfile.TarInfo("a_test_split1.txt")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    return content.getvalue()


@pytest.mark.usefixtures("bsdtar")
@pytest.mark.parametrize("content", [linked(), tar({"../evil_test_split1.txt": b"x"})], ids=["link", "upwards"])
def test_links_and_paths_upwards_are_not_unpacked(tmp_path, content, monkeypatch):
    permissive = PROGRAM.replace('"$@"', '-P "$@"')  # a program that guards against nothing
    (tmp_path / "bin/bsdtar").write_text(permissive)
    (tmp_path / "evil.rar").write_bytes(content)
    with pytest.raises(UserError, match=r"evil\.rar holds links, or paths that lead out of it"):
        unpack.hmdb51_lists(tmp_path / "evil.rar", tmp_path / "to")
    assert list((tmp_path / "to").iterdir()) == []
