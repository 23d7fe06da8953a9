import av
import numpy as np
import pandas as pd
import pytest
from av.video.frame import PictureType

from pyvideoai.annotations import motion
from pyvideoai.annotations.scene import CLASSES, LOG_RANGE, draw_scene, render, states
from pyvideoai.errors import UserError

RECIPE = motion.Recipe(scenes={"train": 2, "val": 1, "test": 1}, frames=10, size=32)
PERIOD = np.array([1, 1, 2 * np.pi, LOG_RANGE])


def decode(path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def contents(root) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("data") / "motion"
    assert motion.make(root, RECIPE)
    return root


def test_tables_name_the_files_that_there_are(made):
    videos = []
    for split, path in motion.splits(made).items():
        table = pd.read_csv(path)
        assert table["label"].value_counts().to_dict() == dict.fromkeys(CLASSES, RECIPE.scenes[split])
        assert table["group"].nunique() == RECIPE.scenes[split]
        videos += table["video"].tolist()
    assert sorted(videos) == sorted(str(path.relative_to(made)) for path in made.rglob("*.mp4"))
    assert list(CLASSES) == sorted(CLASSES)


def test_files_show_what_was_drawn(made):
    expected = dict(zip(CLASSES, render(motion.scene(RECIPE, "test", 0), np.arange(10), 32), strict=True))
    for name in ("up", "clockwise"):
        frames = decode(made / motion.video("test", name, 0))
        assert frames.shape == (10, 32, 32, 3)
        assert np.abs(frames.astype(int) - expected[name]).mean() < 8  # 4:2:0 and quantisation


def test_files_have_b_frames_and_audio_has_none(made):
    with av.open(str(made / motion.video("train", "left", 1))) as container:
        assert [stream.codec_context.name for stream in container.streams] == ["h264"]
        kinds = {frame.pict_type for frame in container.decode(video=0)}
    assert PictureType.B in kinds


def test_what_is_made_is_kept_and_made_alike(made, tmp_path):
    before = contents(made)
    assert not motion.make(made, RECIPE)
    assert motion.make(tmp_path / "again", RECIPE)
    assert contents(tmp_path / "again") == before


def test_another_recipe_or_a_lost_file_is_made_anew(tmp_path):
    root = tmp_path / "motion"
    motion.make(root, RECIPE)
    (root / motion.video("val", "down", 0)).unlink()
    assert motion.make(root, RECIPE)
    assert not motion.make(root, RECIPE)
    other = motion.Recipe(scenes=RECIPE.scenes, frames=8, size=32)
    assert motion.make(root, other)
    assert len(decode(root / motion.video("val", "down", 0))) == 8


def test_whole_or_not_at_all(tmp_path, monkeypatch):
    def fail(*arguments):
        raise OSError("disk full")

    monkeypatch.setattr(motion, "encode", fail)
    with pytest.raises(OSError, match="disk full"):
        motion.make(tmp_path / "motion", RECIPE)
    assert not (tmp_path / "motion").exists()
    monkeypatch.undo()
    assert motion.make(tmp_path / "motion", RECIPE)  # whatever the first attempt left
    assert [path.name for path in tmp_path.iterdir()] == ["motion"]


def test_other_peoples_files_are_never_touched(tmp_path):
    (tmp_path / "holiday.mp4").touch()
    with pytest.raises(UserError, match="holds files that the motion demo did not make"):
        motion.make(tmp_path, RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.mp4"]


def test_no_two_splits_share_a_scene():
    drawn = {motion.scene(RECIPE, split, number).place for split in RECIPE.scenes for number in range(50)}
    assert len(drawn) == 150


def test_at_the_anchor_all_classes_show_the_same_frame():
    scene = draw_scene(np.random.default_rng(0), 48)
    frames = [clip[0] for clip in render(scene, [scene.anchor], 32)]
    assert all(np.array_equal(frame, frames[0]) for frame in frames)
    later = [clip[0] for clip in render(scene, [scene.anchor + 6], 32)]
    assert len({frame.tobytes() for frame in later}) == len(CLASSES)


@pytest.fixture(scope="module")
def thousand_scenes():
    return [draw_scene(np.random.default_rng([7, number]), 48) for number in range(1000)]


@pytest.mark.parametrize("time", [0, 23, 47])
@pytest.mark.parametrize("name", CLASSES)
def test_at_any_time_the_state_is_uniform_in_every_class(thousand_scenes, name, time):
    """Kolmogorov-Smirnov distance of place, angle and size from uniform; 1.95 / sqrt(n) is passed once in 1000."""
    n = len(thousand_scenes)
    drawn = np.stack([states(scene, name, [time])[0] for scene in thousand_scenes]) / PERIOD
    steps = np.arange(n) / n
    distance = np.abs(np.sort(drawn, axis=0) - steps[:, None]).max(axis=0)
    assert (distance < 1.95 / np.sqrt(n) + 1 / n).all()
    assert np.abs(np.corrcoef(drawn.T) - np.eye(4)).max() < 0.13


def test_each_class_moves_its_own_part_of_the_state_most():
    moves = {"left": (0, -1), "right": (0, 1), "up": (1, -1), "down": (1, 1)}
    moves |= {"clockwise": (2, 1), "anticlockwise": (2, -1), "growing": (3, 1), "shrinking": (3, -1)}
    for seed in range(20):
        scene = draw_scene(np.random.default_rng(seed), 48)
        for name in CLASSES:
            change = np.diff(states(scene, name, np.arange(2)), axis=0)[0] / PERIOD
            change = (change + 0.5) % 1 - 0.5
            part = np.argmax(np.abs(change))
            assert (part, np.sign(change[part])) == moves[name]


def test_one_frame_does_not_tell_the_class():
    """A nearest-neighbour classifier on single frames stays at chance; on the change between two frames it does not."""
    rng = np.random.default_rng(0)
    still, moving, labels = [], [], []
    for number in range(60):
        scene = draw_scene(np.random.default_rng([3, number]), 48)
        times = rng.integers(0, 44) + np.array([0, 4])
        for label, clip in enumerate(render(scene, times, 24)):
            still.append(clip[0].astype(float).ravel())
            moving.append(np.diff(states(scene, CLASSES[label], times), axis=0)[0] / PERIOD)
            labels.append(label)
    labels, scenes = np.array(labels), np.arange(len(labels)) // len(CLASSES)
    chance = 1 / len(CLASSES)
    assert abs(_accuracy(np.array(still), labels, scenes) - chance) < 0.05
    assert _accuracy((np.array(moving) + 0.5) % 1, labels, scenes) > 0.8


def _accuracy(points: np.ndarray, labels: np.ndarray, scenes: np.ndarray) -> float:
    """Of the nearest neighbour from another scene."""
    squares = (points**2).sum(axis=1)
    distances = squares[:, None] + squares[None] - 2 * points @ points.T
    distances[scenes[:, None] == scenes[None]] = np.inf
    return float((labels[distances.argmin(axis=1)] == labels).mean())
