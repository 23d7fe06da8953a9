"""The data package without a config: README's loop, and the same clips as an experiment of the same settings draws."""

import ast
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from painting import read_number

from pyvideoai import data, unpack
from pyvideoai.annotations.mirror import Flips
from pyvideoai.data.order import ClipRequest
from pyvideoai.errors import UserError
from pyvideoai.tasks import MULTI_LABEL

ROOT = Path(__file__).parents[2]
CLASSES = ["even", "odd", "third"]
SQUARE = [data.ShortSide(64), data.CentreCrop(64)]


def plain_loader(videos, table, **options):
    """Clips of 4 frames, every 3rd, of 64 x 64 pixels."""
    given = {"train_pixels": SQUARE, "global_batch": 2, "targets": data.Targets(CLASSES)} | options
    return data.train_loader(table, source=data.ClipSource(videos, sampler=data.Dense(4, 3)), **given)


def test_the_loop_of_the_readme_trains(videos, tmp_path, monkeypatch):
    section = (ROOT / "README.md").read_text().partition("## The loader in a loop of your own")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines(True) if line.startswith("    ") or line == "\n"]
    code = textwrap.dedent("".join(lines)).replace("range(1, 31)", "range(1, 3)")
    assert len([line for line in code.splitlines() if line and "import" not in line]) <= 16
    (tmp_path / "my_videos").mkdir()
    for video in videos.glob("?.mp4"):
        (tmp_path / "my_videos" / video.name).symlink_to(video)
    rows = "".join(f"{number % 6}.mp4,{('fight', 'no_fight')[number % 2]}\n" for number in range(16))
    (tmp_path / "my_videos/train.csv").write_text(f"video,label\n{rows}")
    monkeypatch.chdir(tmp_path)
    made = {}
    exec(compile(code, "README.md", "exec"), made)
    assert made["loss"].isfinite() and made["epoch"] == 2 and made["loader"].steps == 2
    assert made["inputs"].shape == (8, 3, 8, 112, 112)
    assert made["labels"].tolist() == [row % 2 for row in made["batch"].rows.tolist()]


def test_plain_arguments_give_the_clips_of_an_experiment_with_these_settings(make_config, videos, table):
    pixels = [data.RandomCrop(32), data.HorizontalFlip()]
    config = make_config("seed=5", experiment="train_pixels = [RandomCrop(32), HorizontalFlip()]\n")
    loaders = unpack.train_loader(config, table), plain_loader(videos, table, train_pixels=pixels, seed=5)
    assert loaders[0].notes == loaders[1].notes
    for [one], [other] in zip(*(loader.epoch(2) for loader in loaders), strict=True):
        for name in ("clips", "labels", "rows", "flipped", "positions"):
            assert torch.equal(getattr(one, name), getattr(other, name)), name


def test_all_views_of_each_video_come_without_a_config(videos, table):
    source, views = data.ClipSource(videos, sampler=data.Dense(4, 3)), data.Views(clips=2, scale=64, size=64)
    loader = data.eval_loader(table, source=source, targets=data.Targets(CLASSES), views=views, clips_per_device=4)
    batches = list(loader)
    assert [batch.rows.tolist() for batch in batches] == [[0, 1], [2, 3], [4, 5]]
    assert batches[1].clips.shape == (2, 2, 4, 64, 64, 3) and batches[1].labels.tolist() == [0, 1]


def test_labels_of_several_classes_and_of_mirrored_clips_are_plain_arguments(videos):
    given = pd.DataFrame({"video": ["0.mp4", "1.mp4"], "label": ["even;third", ""]})
    table = data.read_table(given, CLASSES, task=MULTI_LABEL)
    targets = data.Targets(CLASSES, task=MULTI_LABEL, flips=Flips(pairs=(("odd", "third"),)))
    always = [*SQUARE, data.HorizontalFlip(p=1.0)]
    [[batch]] = plain_loader(videos, table, targets=targets, train_pixels=always).epoch(1)
    of_row = dict(zip(batch.rows.tolist(), batch.labels.tolist(), strict=True))
    assert of_row == {0: [1, 1, 0], 1: [0, 0, 0]}


def test_a_function_labels_clips_and_is_named_where_it_is_wrong(videos, table):
    def target(row, frame_indices):
        return 2 if row.video == "0.mp4" else 7

    loader = plain_loader(videos, table, targets=data.Targets(CLASSES, target=target))
    with pytest.raises(UserError, match=r"^target\(\) returned 7; it must return a label from 0 to 2"):
        list(loader.epoch(1))


@dataclass(frozen=True)
class First:
    """A sampler of one's own."""

    frames: int

    def train(self, num_frames: int, fps: float, rng: np.random.Generator) -> np.ndarray:
        return np.arange(self.frames) if num_frames > 9 else 1 / 0


@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_a_sampler_of_one_s_own_reaches_workers_that_start_in_any_way(videos, table, method):
    source = data.ClipSource(videos, sampler=First(3))
    loader = data.train_loader(
        table[:2],
        source=source,
        targets=data.Targets(CLASSES),
        train_pixels=SQUARE,
        global_batch=2,
        workers=1,
        start_method=method,
    )
    [[batch]] = loader.epoch(1)
    assert sorted(read_number(clip[2].numpy()) for clip in batch.clips) == [2, 102]


def test_without_a_guard_an_error_of_one_s_own_code_comes_as_it_is(videos, table):
    clips = plain_loader(videos, table).loader.dataset
    clips.dataset.source.sampler = First(3)
    with pytest.raises(ZeroDivisionError):
        clips[ClipRequest(1, 0, 3)]


def test_only_the_contract_of_the_data_package_knows_configs():
    for path in sorted((ROOT / "pyvideoai" / "data").rglob("*.py")):
        tree = ast.parse(path.read_text())
        modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        assert path.name == "settings.py" or not any(name.startswith("pyvideoai.config") for name in modules), path


def test_what_is_exported_is_there():
    assert all(getattr(data, name) is not None for name in data.__all__)
    with pytest.raises(AttributeError, match=r"'pyvideoai.data' has no attribute 'train_louder'"):
        _ = data.train_louder
