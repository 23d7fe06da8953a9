"""Folders of extracted frames, and single images."""

import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import painting
import pytest
from PIL import Image

from pyvideoai.video import VideoError, open_video
from pyvideoai.video.readers.frame_folder import looks_shifted


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
    assert refusal(folder) == "3 frames missing, the first is number 3"


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


RAMP = np.tile(np.linspace(0, 65535, 64).astype(np.uint16), (48, 1))


def write_png(path: Path, pixels: np.ndarray, pixel_format: str) -> None:
    """Of more bits than Pillow writes."""
    encoder = av.CodecContext.create("png", "w")
    encoder.height, encoder.width, encoder.pix_fmt, encoder.time_base = *pixels.shape[:2], pixel_format, Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(pixels, format=pixel_format)
    path.write_bytes(b"".join(map(bytes, encoder.encode(frame) + encoder.encode(None))))


def shades(path: Path) -> list[int]:
    """A row of an image that is grey."""
    with open_video(path) as video:
        rows = video.frames([0])[0]
    assert (rows == rows[:1, :, :1]).all()
    return rows[0, :, 0].tolist()


@pytest.mark.parametrize("kind", ["I;16 png", "I;16 tiff", "I;16B tiff", "rgb48be", "rgba64be"])
def test_sixteen_bits_are_scaled_as_those_of_a_video_are(tmp_path, kind):
    path, mode = tmp_path / "00001.png", kind.split()[0]
    if kind == "I;16 png":
        Image.fromarray(RAMP).save(path)
    elif kind.endswith("tiff"):
        Image.frombytes(mode, (64, 48), RAMP.astype(">u2" if mode == "I;16B" else "<u2").tobytes()).save(path, "tiff")
    else:
        channels = {"rgb48be": 3, "rgba64be": 4}[kind]
        write_png(path, np.repeat(RAMP[:, :, None], channels, axis=2), kind)
    assert np.abs(np.array(shades(path)) - RAMP[0] / 257).max() < 1.5
    write_png(tmp_path / "00002.png", RAMP, "gray16be")
    with open_video(tmp_path / "00002.png") as image, av.open(str(tmp_path / "00002.png")) as video:
        truth = next(video.decode(video=0)).to_ndarray(format="rgb24")
        assert np.array_equal(image.frames([0])[0], truth)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_images_of_other_modes_keep_their_pixels(tmp_path, mode):
    grey = Image.fromarray((RAMP // 257).astype(np.uint8))
    grey.convert(mode, dither=Image.Dither.NONE).save(tmp_path / "1.png", "tiff" if mode == "CMYK" else "png")
    expected = np.where(RAMP[0] // 257 < 128, 0, 255) if mode == "1" else RAMP[0] // 257
    assert np.abs(np.array(shades(tmp_path / "1.png")) - expected).max() <= 1


@pytest.mark.parametrize(("pixels", "kind"), [(np.float32, "floating-point"), (np.int32, "32-bit")])
def test_pixels_whose_range_is_unknown_are_refused(tmp_path, pixels, kind):
    Image.fromarray(RAMP.astype(pixels)).save(tmp_path / "1.png", "tiff")
    with pytest.raises(VideoError, match=f"1.png has {kind} pixels, whose range isn't known; give 8 bits"):
        open_video(tmp_path / "1.png")


@pytest.mark.parametrize(("name", "kind"), [("a.webp", "WEBP"), ("a.png", "PNG"), ("a.png", "GIF"), ("a.png", "TIFF")])
def test_an_animation_is_not_read_as_one_frame(tmp_path, name, kind):
    pictures = [Image.new("RGB", (64, 48), (20 * number, 200, 30)) for number in range(12)]
    pictures[0].save(tmp_path / name, kind.lower(), save_all=True, append_images=pictures[1:])
    reason = rf"{name} holds 12 pictures \({kind}\); convert it to a video or to single images"
    with pytest.raises(VideoError, match=reason):
        open_video(tmp_path / name)
    folder = write(tmp_path / "frames", ["00001.png", "00002.png"])
    shutil.copy(tmp_path / name, folder / "00002.png")
    with open_video(folder) as video, pytest.raises(VideoError, match=r"00002\.png holds 12 pictures"):
        video.frames([1])


def test_a_jpeg_with_previews_is_one_frame(tmp_path):
    pictures = [Image.fromarray(painting.paint(number)) for number in range(3)]
    pictures[0].save(tmp_path / "1.jpg", "mpo", save_all=True, append_images=pictures[1:])
    with open_video(tmp_path / "1.jpg") as video:
        assert video.num_frames == 1 and painting.read_number(video.frames([0])[0]) == 0
