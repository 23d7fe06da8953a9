from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pyvideoai.annotations import hmdb51 as hmdb51_reader
from pyvideoai.annotations import ucf101 as ucf101_reader
from pyvideoai.annotations.frame_folders import first_frame, shifted_note
from pyvideoai.errors import UserError


def write(folder: Path, frames: list[int], names: str = "{:05d}.jpg", qualities: tuple[int, ...] = (90,)) -> Path:
    """A folder of noise, the same for the same number, with the qualities in turn, from image 1."""
    folder.mkdir(parents=True)
    for place, frame in enumerate(frames):
        picture = np.random.default_rng(frame).integers(0, 255, (16, 16, 3), dtype=np.uint8)
        options = {"quality": qualities[min(place, len(qualities) - 1)]} if names.endswith("jpg") else {}
        Image.fromarray(picture).save(folder / names.format(place + 1), **options)
    return folder


@pytest.mark.parametrize("names", ["{:05d}.jpg", "img_{:05d}.jpg", "frame{}.png", "v_Run_g01_c01_{}.jpg"])
def test_a_doubled_first_frame_is_told(tmp_path, names):
    assert first_frame(write(tmp_path / "shifted", [0, 0, *range(1, 12)], names)) == "doubled"
    assert first_frame(write(tmp_path / "right", list(range(12)), names)) == "single"
    assert first_frame(write(tmp_path / "still", [0] * 12, names)) == "single"
    assert first_frame(write(tmp_path / "short", [0, 0], names)) == "single"


def test_where_the_quality_varies_images_cannot_tell(tmp_path):
    assert first_frame(write(tmp_path / "a", [0, 0, 1, 2], qualities=(50, 70, 90))) == "unknown"
    assert first_frame(write(tmp_path / "b", [0, 1, 2], qualities=(50, 70, 90))) == "unknown"


def test_optical_flow_beside_the_frames_is_passed_over(tmp_path):
    folder = write(tmp_path / "a", [0, 0, 1], "img_{:05d}.jpg")
    for number in (1, 2, 3):
        Image.new("L", (16, 16), number).save(folder / f"flow_x_{number:05d}.jpg")
    assert first_frame(folder) == "doubled"


def test_the_note_counts_both_kinds_and_is_silent_else(tmp_path):
    folders = [
        write(tmp_path / "a", [0, 0, 1]),
        write(tmp_path / "b", [0, 1, 2]),
        write(tmp_path / "c", [0, 0, 1], qualities=(50, 70)),
    ]
    told = shifted_note(folders)
    assert "; 1 of 3 looked at have their first frame twice and every later one shifted" in told
    assert "; 1 of 3 looked at have JPEGs of varying quality" in told and "\n" not in told
    assert shifted_note(folders[1:2]) == "" and shifted_note([]) == ""


def test_ucf101_of_frames_in_class_folders(ucf101):
    write(ucf101 / "Archery/v_Archery_g08_c01", [0, 0, 1])
    write(ucf101 / "PushUps/v_PushUps_g08_c01", [0, 1, 2])
    write(ucf101 / "PushUps/v_PushUps_g01_c01", [0, 1, 2])
    tables = ucf101_reader.splits(ucf101, frames=True)
    assert tables["train"].to_dict("list") == {
        "video": ["Archery/v_Archery_g08_c01", "PushUps/v_PushUps_g08_c01"],
        "label": [1, 0],
        "group": ["Archery/v_Archery_g08", "PushUps/v_PushUps_g08"],
    }
    note = "2 of 3 videos of the train list found; 1 missing and left out, such as Archery/v_Archery_g08_c02; 1 of 2"
    assert tables["train"].attrs["note"].startswith(note)
    assert tables["test"].attrs["note"] == "1 of 1 videos of the test list found"


def test_hmdb51_of_frames_without_class_folders(hmdb51, tmp_path):
    write(tmp_path / "frames/A_(1)_golf_u_nm_np1_ba_goo_0", [0, 1, 2])
    lists = hmdb51 / "testTrainMulti_7030_splits"
    tables = hmdb51_reader.splits(tmp_path / "frames", lists, names=["golf", "kick_ball"], frames=True)
    assert tables["train"]["video"].tolist() == ["A_(1)_golf_u_nm_np1_ba_goo_0"]
    assert tables["train"]["group"].tolist() == ["A_(1)"] and tables["test"].attrs["found"] == 0


def test_videos_are_no_frame_folders(ucf101):
    (ucf101 / "PushUps/v_PushUps_g08_c01.avi").touch()
    with pytest.raises(UserError, match=r"none of the 4 videos of UCF-101, such as Archery/v_Archery_g08_c01, is in"):
        ucf101_reader.splits(ucf101, frames=True)
