"""What can't be decoded is refused in one line that says why; it never crashes or hangs."""

import errno
import os
import re
import shutil
from pathlib import Path

import av
import numpy as np
import painting
import pytest
from PIL import Image

from pyvideoai.errors import UserError
from pyvideoai.video import VideoError, open_video, reach
from pyvideoai.video.checking.one import check
from pyvideoai.video.layouts.find import by_decoding


def refusal(path) -> str:
    """The reason why `path` can't be read to its end."""
    with pytest.raises(VideoError) as caught, open_video(path) as video:
        video.frames(range(video.num_frames))
    assert "\n" not in str(caught.value) and str(caught.value) == f"{path}: {caught.value.reason}"
    assert isinstance(caught.value, UserError)
    return caught.value.reason


def test_missing(tmp_path):
    assert refusal(tmp_path / "none.mp4") == "no such file"


def test_a_folder(tmp_path):
    assert refusal(tmp_path) == "a folder without numbered images"


def test_empty(tmp_path):
    (tmp_path / "a.mp4").touch()
    assert refusal(tmp_path / "a.mp4") == "the file is empty (0 bytes)"


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html><p>404", bytes(4096), b"\xff" * 4096, b"\x00\x00\x00\x18ftypmp42"]
)
def test_not_a_video(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    assert refusal(tmp_path / "a.mp4").startswith("can't be opened as a video: ")


def test_a_playlist_fetches_nothing(tmp_path):
    (tmp_path / "a.mp4").write_text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    assert refusal(tmp_path / "a.mp4")


def m3u8(file: str) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{file}\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize("reader", ["pyav", "decord"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.mp4", "ffconcat version 1.0\nfile secret.mp4\n"),
        ("a.mkv", "ffconcat version 1.0\nfile 'secret.mp4'\n"),
        ("a.m3u8", m3u8("secret.ts")),
        ("a.mp4", m3u8("secret.ts")),
        ("a.mp4", '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>secret.mp4</BaseURL></Period></MPD>'),
    ],
)
def test_a_text_that_names_other_files_opens_none_of_them(tmp_path, painted_video, name, content, reader):
    painted_video("secret.mp4"), painted_video("secret.ts")
    (tmp_path / name).write_text(content)
    with pytest.raises(VideoError, match="can't be opened as a video: "):
        open_video(tmp_path / name, reader)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_picture_under_a_videos_name_is_no_video_of_one_frame(tmp_path, kind):
    Image.new("RGB", (64, 48)).save(tmp_path / "a.mp4", kind)
    assert "can't be opened as a video: it is a playlist, an image, sound or text" in refusal(tmp_path / "a.mp4")


def test_an_animation_under_a_videos_name_is_read_whole(tmp_path):
    pictures = [Image.fromarray(painting.paint(number)) for number in range(5)]
    for kind in ("GIF", "PNG"):
        pictures[0].save(tmp_path / "a.mp4", kind, save_all=True, append_images=pictures[1:])
        with open_video(tmp_path / "a.mp4") as video:
            assert [painting.read_number(frame) for frame in video.frames(range(5))] == list(range(5))


def test_audio_only(tmp_path):
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        for place in range(9):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16000, place * 1024
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert refusal(path) == "no video stream, only audio"


ENCRYPTION = {
    "encryption_scheme": "cenc-aes-ctr",
    "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
    "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
}


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "libvpx-vp9"])
@pytest.mark.parametrize("fragments", [{}, {"movflags": "frag_keyframe+empty_moov"}])
def test_encrypted(painted_video, codec, fragments):
    path = painted_video(codec=codec, container_options=ENCRYPTION | fragments)
    assert refusal(path) == "it is encrypted (30 of 30 packets)"


def test_mostly_damaged(tmp_path, painted_video):
    """As an encrypted file without a word of it is: the decoder makes up what it shows."""
    plain, path = painted_video("plain.mp4", gop=30), tmp_path / "a.mp4"
    for share, refused in ((0.9, True), (0.1, False)):
        with av.open(str(plain)) as source, av.open(str(path), "w") as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for number, packet in enumerate(each for each in source.demux(video=0) if each.size):
                content = bytearray(bytes(packet))
                if number > 30 * (1 - share):
                    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
                changed = av.Packet(bytes(content))
                changed.stream, changed.time_base = stream, packet.time_base
                changed.pts, changed.dts, changed.is_keyframe = packet.pts, packet.dts, packet.is_keyframe
                target.mux(changed)
        if refused:
            with pytest.raises(VideoError, match=r"corrupt: the decoder had to make up \d+ of its 30 frames"):
                by_decoding(path)
        else:
            assert by_decoding(path).num_frames == 30


def test_cut_off_before_its_index(painted_video):
    path = painted_video(frames=60)
    content = path.read_bytes()
    for length in (100, 1000, len(content) // 2, len(content) - 100):
        path.write_bytes(content[:length])
        assert refusal(path)


def test_cut_off_after_its_index_counts_the_frames_that_are_there(painted_video):
    path = painted_video(frames=60, codec="mjpeg", container_options={"movflags": "faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_video(path) as video:
        assert 10 < video.num_frames < 40
        assert len(video.frames([0, video.num_frames - 1])) == 2


def test_broken_in_the_middle(painted_video):
    path = painted_video(frames=60, bframes=2)
    content = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        at = next(packet.pos for place, packet in enumerate(container.demux(video=0)) if place == 30)
    content[at : at + 12] = b"\xff" * 12
    path.write_bytes(content)
    assert re.match(r"corrupt: decoding fails after \d+ frames: Invalid data", refusal(path))


@pytest.mark.parametrize("byte", [0b10100000, 0b10010000, 0b10000000, 0b10000001])
def test_a_slice_of_an_unknown_parameter_set(painted_video, byte):
    """HEVC: the byte after a slice's header names picture parameter set 1, 3, or one of a number beyond all."""
    path = painted_video(codec="libx265", options={"x265-params": "log-level=none:keyint=30"})
    content = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packet = next(each for place, each in enumerate(container.demux(video=0)) if place == 5)
        assert bytes(packet)[4] >> 1 < 16  # its first unit is a slice
        content[packet.pos + 6] = byte
    path.write_bytes(content)
    checked = check(path, exact=True)  # libavcodec leaves that frame out, or gives up
    assert "unexpected" not in str(checked.notes) and "not_exact" not in str(checked.notes)
    assert checked.num_frames is None or checked.num_frames < 30


def test_size_changes(tmp_path, painted_video):
    small, large = painted_video("a.ts", frames=5), painted_video("b.ts", frames=5, size=(80, 96))
    path = tmp_path / "c.ts"
    path.write_bytes(small.read_bytes() + large.read_bytes())
    assert refusal(path) == "the size of its frames changes: 64 x 64 and 80 x 96"


def test_random_damage_never_crashes(tmp_path, painted_video):
    whole = painted_video(frames=40, bframes=2).read_bytes()
    rng, path = np.random.default_rng(0), tmp_path / "broken.mp4"
    for _ in range(25):
        content = np.frombuffer(whole, np.uint8).copy()
        content[rng.integers(len(content), size=20)] = rng.integers(256, size=20)
        path.write_bytes(content.tobytes())
        try:
            with open_video(path) as video:
                assert len(video.frames([0, video.num_frames - 1])) == 2
        except VideoError as error:
            assert error.reason


def test_awkward_names(tmp_path, painted_video):
    for name in ("-a b%03d.mp4", "http:a.mp4", "Golf_300+_Yards!!!'\".mp4", "видео.mp4"):
        shutil.copy(painted_video(), tmp_path / name)
        with open_video(tmp_path / name) as video:
            assert video.num_frames == 30


@pytest.mark.parametrize("name", ["pipe.mp4", "pipe.png", "link.mp4", "frames/00001.png"])
@pytest.mark.parametrize("reader", ["pyav", "decord"])
def test_a_pipe_is_not_waited_for(tmp_path, name, reader):
    (tmp_path / "frames").mkdir()
    pipe = tmp_path / ("pipe" if name == "link.mp4" else name)
    os.mkfifo(pipe)
    if pipe.name == "pipe":
        (tmp_path / name).symlink_to(pipe)
    with pytest.raises(VideoError, match="is not a file"):
        open_video(tmp_path / name if name[0] != "f" else tmp_path / "frames", reader)


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_not_read(tmp_path, device):
    (tmp_path / "a.mp4").symlink_to(device)
    assert refusal(tmp_path / "a.mp4") == "is not a file"


@pytest.fixture
def share(tmp_path, painted_video, monkeypatch):
    """share(answers): a video on a share that fails so many times before it can be read."""
    monkeypatch.setattr(reach, "PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(reach, "_out_of_reach", [])
    path, stat = painted_video("a.mp4"), Path.stat
    left = []

    def failing(self, **options):
        if self == path and left:
            left.pop()
            raise OSError(errno.ESTALE, "Stale file handle")
        return stat(self, **options)

    def share(times: int) -> Path:
        left[:] = [None] * times
        monkeypatch.setattr(Path, "stat", failing)
        return path

    share.left = left
    return share


def test_a_share_that_answers_again_is_waited_for(share, capfd):
    with open_video(share(3)) as video:
        assert video.num_frames > 1
    assert "Stale file handle; trying again in 0.0 s" in capfd.readouterr().err


def test_a_share_that_never_answers_is_given_up_and_the_next_video_is_tried_once(share):
    path = share(10_000)
    with pytest.raises(VideoError, match=r"a\.mp4: its disk or share doesn't answer: Stale file handle"):
        open_video(path)
    used = 10_000 - len(share.left)
    with pytest.raises(VideoError, match="doesn't answer"):
        open_video(path)
    assert 10_000 - len(share.left) - used < used / 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (
            "\n<!DOCTYPE html>\n<html><body>Quota exceeded</body></html>\n",
            "a web page: the download was probably refused",
        ),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "a pointer of Git LFS: 'git lfs pull'"),
    ],
)
def test_what_lies_in_the_place_of_a_video_is_named(tmp_path, content, told):
    (tmp_path / "a.mp4").write_text(content)
    assert f"can't be opened as a video: it is {told}" in refusal(tmp_path / "a.mp4")
