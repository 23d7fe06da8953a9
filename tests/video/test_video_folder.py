"""Folders of extracted frames, and single images."""

from pathlib import Path

import numpy as np
import painting
import pytest
from PIL import Image

from pyvideoai.video import VideoError, open_video
from pyvideoai.video.frame_folder import looks_shifted


def write(folder: Path, names: list[str], first: int = 0) -> Path:
    """Frame i shows the number `first` + i."""
    folder.mkdir(exist_ok=True)
    for place, name in enumerate(names):
        Image.fromarray(painting.paint(first + place)).save(folder / name)
    return folder


@pytest.mark.parametrize(
    "name", ["{:05d}.jpg", "{}.png", "img_{:05d}.jpg", "frame{:03d}.JPEG", "v_Walk_g01_c01-{}.webp"]
)
def test_frames_come_by_number(tmp_path, name):
    folder = write(tmp_path / "a", [name.format(number) for number in range(1, 13)])
    with open_video(folder) as video:
        assert (video.num_frames, video.height, video.width, video.fps) == (12, 64, 64, 25)
        assert [painting.read_number(frame) for frame in video.frames([11, 0, 9, 0])] == [11, 0, 9, 0]
        whole = video.frames([4])
        assert np.array_equal(video.frames([4], crop=(3, 9, 20, 30)), whole[:, 3:23, 9:39])


def test_flow_beside_the_frames_is_left_alone(tmp_path):
    write(tmp_path / "a", [f"flow_x_{number:05d}.jpg" for number in range(1, 4)], first=50)
    folder = write(tmp_path / "a", [f"img_{number:05d}.jpg" for number in range(1, 6)])
    with open_video(folder) as video:
        assert [painting.read_number(frame) for frame in video.frames(range(5))] == [0, 1, 2, 3, 4]


def test_an_image_is_a_video_of_one_frame(tmp_path):
    folder = write(tmp_path / "a", ["dog.png"], first=7)
    with open_video(folder / "dog.png") as video:
        assert video.num_frames == 1
        assert np.array_equal(video.frames([0, 0]), np.stack([painting.paint(7)] * 2))


def test_a_turned_image_is_upright(tmp_path):
    image = Image.fromarray(painting.paint(9, 48, 80)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.png", exif=exif)
    with open_video(tmp_path / "a.png") as video:
        assert (video.height, video.width) == (48, 80)
        assert painting.read_number(video.frames([0])[0]) == 9


def refusal(path: Path) -> str:
    with pytest.raises(VideoError) as caught, open_video(path) as video:
        video.frames(range(video.num_frames))
    return caught.value.reason


def test_gaps_are_refused(tmp_path):
    folder = write(tmp_path / "a", ["1.png", "2.png", "4.png", "5.png", "8.png"])
    assert refusal(folder) == "3 frames are missing, the first is number 3"


def test_several_kinds_are_refused(tmp_path):
    write(tmp_path / "a", ["left_1.png", "left_2.png"])
    assert refusal(write(tmp_path / "a", ["right_1.png"])) == "images of several kinds: left, right"


def test_broken_images_are_named(tmp_path):
    folder = write(tmp_path / "a", ["1.jpg", "2.jpg", "3.jpg"])
    (folder / "2.jpg").write_bytes((folder / "2.jpg").read_bytes()[:300])
    assert refusal(folder).startswith("2.jpg can't be decoded: ")
    (folder / "3.jpg").write_text("no image")
    (folder / "2.jpg").write_bytes((folder / "1.jpg").read_bytes())
    assert refusal(folder).startswith("3.jpg can't be decoded: ")


def test_other_sizes_are_refused(tmp_path):
    folder = write(tmp_path / "a", ["1.png", "2.png"])
    Image.fromarray(painting.paint(3, 32, 64)).save(folder / "3.png")
    assert refusal(folder) == "3.png is not 64 x 64, as the first"


def test_a_doubled_first_frame_is_recognised(tmp_path):
    folder = write(tmp_path / "a", ["2.jpg", "3.jpg", "4.jpg"])
    with open_video(folder) as video:
        assert not looks_shifted(video)
    (folder / "1.jpg").write_bytes((folder / "2.jpg").read_bytes())
    with open_video(folder) as video:
        assert looks_shifted(video)
