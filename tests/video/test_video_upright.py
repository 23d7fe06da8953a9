"""Phone videos stand upright: the display matrix turns and mirrors frames as ffmpeg does."""

import numpy as np
import painting
import pytest

from pyvideoai.video import open_video

ONE, DEPTH = 65536, 1 << 30
TURNS = {  # a, b, c, d of the matrix; how the coded picture is made from the upright one
    "none": ((ONE, 0, 0, ONE), lambda upright: upright),
    "clockwise": ((0, ONE, -ONE, 0), lambda upright: np.rot90(upright, 1)),
    "anticlockwise": ((0, -ONE, ONE, 0), lambda upright: np.rot90(upright, -1)),
    "half": ((-ONE, 0, 0, -ONE), lambda upright: np.rot90(upright, 2)),
    "mirrored": ((-ONE, 0, 0, ONE), lambda upright: upright[:, ::-1]),
    "upside_down": ((ONE, 0, 0, -ONE), lambda upright: upright[::-1]),
    "transposed": ((0, ONE, ONE, 0), lambda upright: upright.swapaxes(0, 1)),
}


@pytest.mark.parametrize("turn", TURNS)
def test_frames_stand_upright(tmp_path, turn):
    (a, b, c, d), coded = TURNS[turn]
    pictures = [np.ascontiguousarray(coded(painting.paint(number, 48, 80))) for number in range(6)]
    path = painting.write_video(tmp_path / "a.mp4", pictures, display_matrix=[a, b, 0, c, d, 0, 0, 0, DEPTH])
    with open_video(path) as video:
        assert (video.height, video.width) == (48, 80)
        frames = video.frames(range(6))
        assert [painting.read_number(frame) for frame in frames] == list(range(6))
        assert np.array_equal(video.frames([2], crop=(5, 9, 30, 41)), frames[2:3, 5:35, 9:50])
