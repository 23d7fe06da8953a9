"""Copies of real and odd files: what can be read is copied frame by frame, the rest is named."""

import numpy as np

from pyvideoai.commands import prepare_videos as prepare_command
from pyvideoai.video import open_video
from pyvideoai.video.preparing import manifest
from pyvideoai.video.preparing.pictures import Resizer, psnr

UNREADABLE = {"audio_only_aac.mp4", "corrupt_h264.mp4", "empty_0byte.webm", "encrypted_vp9.webm", "wmv.wmv"}


def test_every_odd_file_is_copied_frame_by_frame_or_named(shared, tmp_path):
    folder = shared / "videos" / "odd"
    options = ["--out", str(tmp_path / "out"), "--short_side", "64", "--preset", "ultrafast", "--crf", "10"]
    assert prepare_command.main([str(folder), *options]) == 1
    rows = manifest.read(tmp_path / "out")
    assert {name for name, row in rows.items() if row.reason} == UNREADABLE and len(rows) == 23
    for row in rows.values():
        if not row.reason:
            with open_video(folder / row.video) as original, open_video(tmp_path / "out" / row.copy) as copy:
                assert copy.num_frames == original.num_frames == row.frames
                for index in np.linspace(0, row.frames - 1, 4).astype(int):
                    expected = Resizer(row.height, row.width, "rgb24")(original.frames([index])[0]).to_ndarray()
                    assert psnr(copy.frames([index])[0], expected) > 20, (row.video, index)
