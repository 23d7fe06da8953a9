from pathlib import Path

import painting
import pytest
from PIL import Image

from pyvideoai.commands.compare_frames import main
from pyvideoai.errors import UserError


@pytest.fixture
def extracted(tmp_path: Path) -> tuple[Path, Path]:
    """(frames, videos): a folder that is right, one with a frame doubled, one without the last, and one that is not."""
    (tmp_path / "videos/run").mkdir(parents=True)
    for name, images in {"right": 6, "shifted": 7, "cut": 5, "absent": 0}.items():
        painting.write_painted(tmp_path / f"videos/run/{name}.mp4", frames=6)
        folder = tmp_path / "frames" / ("" if name == "right" else "run") / name
        for number in range(images):
            folder.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8)).save(folder / f"{number + 1:05d}.jpg")
    (tmp_path / "videos/run/broken.mp4").write_text("no video")
    return tmp_path / "frames", tmp_path / "videos"


def test_folders_are_counted_against_their_videos(extracted, tmp_path, capsys):
    assert main([*map(str, extracted), "--out", str(tmp_path / "out.csv"), "--processes", "1"]) == 1
    told = capsys.readouterr().out
    assert "same: 1 of 5" in told and "unreadable video: 1 of 5" in told and "no images: 1 of 5" in told
    assert "more images than frames: 1 of 5\n    run/shifted.mp4: 6 frames, 7 images" in told
    assert "fewer images than frames: 1 of 5\n    run/cut.mp4: 6 frames, 5 images" in told
    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert rows[0] == "video,frames,images,result" and "run/shifted.mp4,6,7,more images than frames" in rows
    assert "run/absent.mp4,6,,no images" in rows


def test_all_the_same_is_exit_code_0(extracted):
    frames, videos = extracted
    for name in ("shifted", "cut", "absent", "broken"):
        (videos / f"run/{name}.mp4").unlink()
    assert main([str(frames), str(videos), "--processes", "1"]) == 0


def test_a_folder_without_videos_is_an_error(tmp_path):
    with pytest.raises(UserError, match="no video in this folder"):
        main([str(tmp_path), str(tmp_path)])
