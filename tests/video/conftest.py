"""Videos with painted frame numbers, one of each kind that decoders get wrong."""

from collections.abc import Callable
from pathlib import Path

import painting
import pytest

OPEN_GOP = "open-gop=1:keyint=8:min-keyint=8:scenecut=0"
KINDS: dict[str, tuple[str, dict]] = {  # file name, how painting.write_painted is to write it
    "h264_bframes": ("a.mp4", {"bframes": 3, "frames": 45}),
    "h264_pyramid_mkv": ("a.mkv", {"bframes": 5, "gop": 15, "options": {"x264-params": "b-pyramid=normal:scenecut=0"}}),
    "h264_open_gop": ("a.mp4", {"bframes": 3, "frames": 45, "options": {"x264-params": OPEN_GOP}}),
    "h264_intra_refresh": (
        "a.mp4",
        {"gop": 10, "frames": 45, "options": {"x264-params": "intra-refresh=1:scenecut=0"}},
    ),
    "h264_avi": ("a.avi", {"bframes": 2}),
    "h264_ts": ("a.ts", {"bframes": 2}),
    "h264_with_audio": ("a.mp4", {"bframes": 2, "audio": True}),
    "h264_fragmented": ("a.mp4", {"bframes": 2, "container_options": {"movflags": "frag_keyframe+empty_moov"}}),
    "hevc": ("a.mp4", {"codec": "libx265", "bframes": 3, "options": {"x265-params": "log-level=none:keyint=9"}}),
    "hevc_open_gop": (
        "a.mp4",
        {"codec": "libx265", "bframes": 3, "frames": 45, "options": {"x265-params": f"log-level=none:{OPEN_GOP}"}},
    ),
    "vp8": ("a.webm", {"codec": "libvpx", "gop": 10, "options": {"auto-alt-ref": "1", "lag-in-frames": "10"}}),
    "vp9": ("a.webm", {"codec": "libvpx-vp9", "gop": 10, "options": {"auto-alt-ref": "1", "lag-in-frames": "10"}}),
    "vp9_mp4": ("a.mp4", {"codec": "libvpx-vp9", "gop": 10}),
    "av1": (
        "a.mp4",
        {
            "codec": "libsvtav1",
            "gop": 10,
            "options": {"preset": "8", "crf": "15", "svtav1-params": "lp=1"},
            "size": (128, 128),
        },
    ),
    "mpeg4_avi": ("a.avi", {"codec": "mpeg4"}),
    "mpeg4_avi_bframes": ("a.avi", {"codec": "mpeg4", "bframes": 2}),
    "mpeg4_mp4_bframes": ("a.mp4", {"codec": "mpeg4", "bframes": 2}),
    "mpeg2_program_stream": ("a.mpg", {"codec": "mpeg2video", "bframes": 2}),
    "mjpeg_avi": ("a.avi", {"codec": "mjpeg"}),
    "variable_frame_rate": ("a.mp4", {"frames": 10, "bframes": 2, "times": [0, 1, 2, 10, 11, 12, 40, 41, 80, 100]}),
    "one_frame": ("a.mp4", {"frames": 1}),
    "odd_size_yuv444": ("a.mp4", {"size": (45, 67), "pixel_format": "yuv444p", "bframes": 2}),
    "odd_size_mpeg4": ("a.avi", {"size": (45, 67), "codec": "mpeg4"}),
}


@pytest.fixture
def painted_video(tmp_path: Path) -> Callable[..., Path]:
    """`painted_video("a.mp4", frames=30, codec=..., ...)` writes a video as `painting.write_painted` does."""

    def write(name: str = "a.mp4", **how) -> Path:
        return painting.write_painted(tmp_path / name, **how)

    return write


@pytest.fixture(scope="session", params=[*KINDS, "packed_bframes"])
def kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One video of each kind, frame i showing the number i."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "packed_bframes":
        return painting.write_packed_avi(folder / "a.avi", 31)
    name, how = KINDS[request.param]
    return painting.write_painted(folder / name, **how)
