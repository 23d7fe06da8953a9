"""Real files of every odd kind: each is exact or refused."""

import av
import numpy as np
import pytest

from pyvideoai.video import VideoError, open_video

pytestmark = pytest.mark.long

REFUSED = {"audio_only_aac.mp4", "corrupt_h264.mp4", "empty_0byte.webm", "encrypted_vp9.webm", "wmv.wmv"}
HMDB_FRAMES = {"brush_hair": 408, "climb_stairs": 74, "golf": 89, "swing_baseball": 140}


def check_exact(path, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    with open_video(path) as video:
        wanted = np.unique(np.append(rng.integers(video.num_frames, size=4), [0, video.num_frames - 1]))
        frames, count = dict(zip(wanted.tolist(), video.frames(wanted), strict=True)), video.num_frames
        upright = video.layout.upright
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(container.streams.best("video"))):
            if index in frames:
                assert np.array_equal(frames.pop(index), upright.apply(frame.to_ndarray(format="rgb24"))), index
    assert count == index + 1 and not frames


def test_odd_files_are_exact_or_refused(shared):
    refused = set()
    for path in sorted((shared / "videos/odd").iterdir()):
        try:
            open_video(path).close()
        except VideoError as error:
            refused.add(path.name)
            assert error.reason
    assert refused == REFUSED


@pytest.mark.parametrize("folder", ["hmdb51", "surveillance", "ucf101", "odd", "kinetics_like"])
def test_real_files_are_exact(shared, folder):
    paths = [path for path in sorted((shared / "videos" / folder).rglob("[!.]*.*")) if path.suffix != ".txt"]
    for place, path in enumerate(paths[:: max(len(paths) // 16, 1)]):
        if path.name not in REFUSED and path.name != "edit_list_hevc.mp4":
            check_exact(path, seed=place)


@pytest.mark.parametrize("name", HMDB_FRAMES)
def test_packed_b_frames_are_counted_right(shared, name):
    path = next((shared / "videos/hmdb51" / name).iterdir())
    with open_video(path) as video:
        assert video.num_frames == HMDB_FRAMES[name]


def test_the_largest_of_several_streams_is_read(shared):
    with open_video(shared / "videos/odd/two_video_tracks_nasa.mp4") as video:
        assert (video.num_frames, video.height, video.width) == (390, 270, 480)
