"""Packets lost, doubled, swapped or changed on the way: what counts is what decoding from the start still gives."""

from dataclasses import replace

import numpy as np
import painting
import pytest
from test_video_review_hard import HEVC_OPEN, X264_OPEN, Coded, remux, sequential

from pyvideoai.video import VideoError, open_video

pytestmark = pytest.mark.long

KINDS = {
    "h264": ("a.mp4", {"bframes": 3, "gop": 15}),
    "h264_open_gop": ("a.mp4", X264_OPEN),
    "h264_mkv": ("a.mkv", {"bframes": 2, "gop": 12}),
    "hevc": ("a.mp4", HEVC_OPEN),
    "mpeg4": ("a.avi", {"codec": "mpeg4", "bframes": 2}),
    "vp8": ("a.webm", {"codec": "libvpx"}),
    "vp9": ("a.webm", {"codec": "libvpx-vp9"}),
}


def mishandle(packets: list[Coded], rng: np.random.Generator, *, reorders: bool) -> list[Coded]:
    """One to three mishaps; the times stay in order."""
    packets = list(packets)
    for _ in range(rng.integers(1, 4)):
        place, what = int(rng.integers(1, len(packets) - 1)), rng.choice(["lose", "swap", "double", "change"])
        if what == "lose":
            del packets[place]
        elif what == "swap":
            packets[place : place + 2] = packets[place : place + 2][::-1]
        elif what == "double":
            packets.insert(place, packets[place])
        else:
            changed = bytearray(packets[place].payload)
            changed[int(rng.integers(len(changed)))] ^= 1 << int(rng.integers(8))
            packets[place] = replace(packets[place], payload=bytes(changed))
    return [
        replace(each, dts=place, pts=max(each.pts, place) if reorders else place) for place, each in enumerate(packets)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", KINDS)
def test_frames_are_those_of_decoding_from_the_start(tmp_path, name, seed):
    file, how = KINDS[name]
    rng = np.random.default_rng([seed, len(name)])
    source = painting.write_painted(
        tmp_path / f"source{'.webm' if file.endswith('webm') else '.mp4'}", **{**how, "frames": 50}
    )
    path = remux(source, tmp_path / file, lambda packets: mishandle(packets, rng, reorders=not file.endswith("avi")))
    truth = sequential(path)
    if truth is None:
        with pytest.raises(VideoError), open_video(path) as video:
            video.frames(range(video.num_frames))
        return
    with open_video(path) as video:
        assert video.num_frames == len(truth)
        for ask in [rng.integers(len(truth), size=count) for count in (1, 1, 3, 8)] + [np.arange(len(truth))]:
            assert np.array_equal(video.frames(ask), truth[ask]), ask
