"""Files that a reader isn't made for: it reads them, or names them; it never ends what goes on around it."""

import io
from pathlib import Path

import av
import numpy as np
import painting
import pytest
from av.sidedata.sidedata import Type
from PIL import Image

from pyvideoai.commands import check_videos as check_command
from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.video import VideoError, open_video, opening
from pyvideoai.video.checking import one as checking
from pyvideoai.video.layouts import memo
from pyvideoai.video.libav import side_data_of
from pyvideoai.video.preparing import manifest
from pyvideoai.video.readers import pyav as pyav_reader

TURN_RIGHT, MIRROR = 6, 2  # EXIF's orientations


@pytest.fixture(autouse=True)
def afresh():
    memo.forget()
    yield
    memo.forget()


def write_camera_clip(path: Path, frames: int = 6, orientation: int | None = None) -> Path:
    """MJPEG as cameras write it: each frame a JPEG with EXIF."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuvj420p"
        for number in range(frames):
            packet = av.Packet(_jpeg(painting.paint(number, 64, 96), orientation))
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, number, number, True
            packet.time_base = 1 / stream.average_rate
            container.mux(packet)
    return path


def _jpeg(picture: np.ndarray, orientation: int | None) -> bytes:
    image, file = Image.fromarray(picture), io.BytesIO()
    exif = image.getexif()
    exif[0x010F] = "Camera"
    if orientation is not None:
        exif[0x0112] = orientation
    image.save(file, "jpeg", exif=exif, quality=95)
    return file.getvalue()


@pytest.mark.parametrize("name", ["a.avi", "a.mov", "a.mkv"])
def test_frames_of_cameras_with_exif_are_read(tmp_path, name):
    path = write_camera_clip(tmp_path / name)
    with open_video(path) as video:
        assert [painting.read_number(frame) for frame in video.frames(range(6))] == list(range(6))
    assert not checking.check(path, exact=True).faults


@pytest.mark.parametrize(
    ("orientation", "upright"), [(TURN_RIGHT, lambda frame: np.rot90(frame, 1)), (MIRROR, lambda frame: frame[:, ::-1])]
)
def test_what_exif_says_of_the_orientation_is_obeyed(tmp_path, orientation, upright):
    with open_video(write_camera_clip(tmp_path / "a.avi", orientation=orientation)) as video:
        assert [painting.read_number(upright(frame)) for frame in video.frames([5, 0])] == [5, 0]


@pytest.mark.parametrize("value", [28, 29, 30, 31, 99])
def test_side_data_without_a_name_is_passed_over(value):
    assert Type(value).value == value and Type(value) != Type.DISPLAYMATRIX and Type(6) is Type.DISPLAYMATRIX


def test_packet_side_data_without_a_name_is_not_taken_for_harmless():
    class Unnamed:
        @property
        def data_type(self) -> str:
            return ("palette",)[40]

    class Packet:
        def iter_sidedata(self):
            yield Unnamed()

    assert side_data_of(Packet()) == {"unknown"}


@pytest.fixture(
    params=[ZeroDivisionError("division by zero"), KeyError("63"), MemoryError(), RuntimeError("two\nlines")]
)
def bug(request, monkeypatch) -> Exception:
    """The reader has a bug that shows with files called strange.mp4."""

    def find(path: Path, *known):
        if path.name == "strange.mp4":
            raise request.param
        return found(path, *known)

    found = pyav_reader.find_layout
    monkeypatch.setattr(pyav_reader, "find_layout", find)
    monkeypatch.setattr(checking, "find_layout", find)
    return request.param


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("good.mp4", "strange.mp4"):
        (tmp_path / "videos").mkdir(exist_ok=True)
        painting.write_painted(tmp_path / "videos" / name, 5)
    return tmp_path / "videos"


def test_any_exception_is_the_failure_of_one_file(folder, bug, tmp_path, capsys):
    named = f"unexpected {type(bug).__name__}: {' '.join(str(bug).split())}"
    with pytest.raises(VideoError) as caught:
        open_video(folder / "strange.mp4")
    assert caught.value.reason.startswith(named) and caught.value.__cause__ is bug
    assert check_command.main([str(folder), "--processes", "1"]) == 1
    output = capsys.readouterr().out
    assert "1 of 2 videos can be read" in output and output.count(f"strange.mp4: {named}") == 1
    assert prepare_command.main([str(folder), "--out", str(tmp_path / "out"), "--processes", "1"]) == 1
    rows = manifest.read(tmp_path / "out")
    assert rows["strange.mp4"].reason.startswith(named) and not rows["good.mp4"].reason


def test_an_exception_while_decoding_is_one_too(folder, monkeypatch):
    def decode(self, wanted):
        yield 0, np.zeros((64, 64, 3), np.uint8)
        raise OverflowError("too large")

    monkeypatch.setattr(pyav_reader.PyAVVideo, "_decode", decode)
    with (
        open_video(folder / "good.mp4") as video,
        pytest.raises(VideoError, match="OverflowError: too large"),
    ):
        video.frames([0, 1])
    with open_video(folder / "good.mp4") as video, pytest.raises(IndexError):
        video.frames([5])  # the caller's mistake stays one


def test_a_reader_that_is_not_there_is_no_fault_of_the_file(folder, monkeypatch):
    monkeypatch.setattr(opening, "_reader_for", lambda reader: {}["no such reader"])
    with pytest.raises(KeyError):
        open_video(folder / "good.mp4")


def test_debug_shows_where_a_reader_failed(folder, bug, monkeypatch, capfd):
    monkeypatch.setenv("PYVIDEOAI_DEBUG", "")
    check_command.main([str(folder), "--processes", "2"])
    assert "Traceback" not in capfd.readouterr().err
    check_command.main([str(folder), "--processes", "2", "--debug"])
    assert f"{type(bug).__name__}" in capfd.readouterr().err
