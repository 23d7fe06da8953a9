"""The motion demo: short H.264 files made by us, whose classes no single frame can tell apart.

It is a data set to try everything on without a download: `make` writes it once, in seconds. Each scene is written in
every class, so that only its motion differs; train, val and test have different scenes. The pixels: `scene.py`.
"""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from pyvideoai.annotations.scene import CLASSES, Scene, draw_scene, render
from pyvideoai.errors import UserError

VERSION = 1  # raise it with every change of what is written, here or in scene.py
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Recipe:
    """Describe what is written; a folder made by another recipe is made again."""

    scenes: dict[str, int] = field(default_factory=lambda: {"train": 80, "val": 10, "test": 30})  # in 8 classes each
    frames: int = 48
    size: int = 96  # height and width in pixels
    fps: int = 25
    seed: int = 0

    def manifest(self) -> str:
        return json.dumps({"made by": "pyvideoai motion demo", "version": VERSION, **asdict(self)}, indent=1)


def make(root: Path, recipe: Recipe | None = None) -> bool:
    """Write the videos, `train.csv`, `val.csv` and `test.csv` to `root`, whole or not at all.

    Returns whether anything was written: a folder made by the same recipe and version is kept, another one is replaced.
    Raises UserError if `root` holds other files. One caller at a time: `prepare()` is called under a lock.
    """
    root, recipe = Path(root), recipe or Recipe()
    if _is_made(root, recipe):
        return False
    _refuse_others_files(root)
    unfinished = root.with_name(f".{root.name}.making")
    shutil.rmtree(unfinished, ignore_errors=True)
    _write_all(unfinished, recipe, label=f"making {root}")
    shutil.rmtree(root, ignore_errors=True)
    unfinished.rename(root)
    return True


def splits(root: Path) -> dict[str, Path]:
    """Return the files of the split tables."""
    return {split: Path(root) / f"{split}.csv" for split in Recipe().scenes}


def scene(recipe: Recipe, split: str, number: int) -> Scene:
    """Return scene `number` of a split; no two splits share one."""
    rng = np.random.default_rng([recipe.seed, list(recipe.scenes).index(split), number])
    return draw_scene(rng, recipe.frames)


def video(split: str, name: str, number: int) -> str:
    """Return the path of a scene in one class, relative to the dataset's root."""
    return f"{split}/{name}/{number:03d}.mp4"


def encode(path: Path, frames: np.ndarray, fps: int) -> None:
    """Write uint8 (T, H, W, 3) RGB frames as H.264 with B-frames, a keyframe every 12; the same bytes each time."""
    import av

    with av.open(str(path), "w") as container:
        # x264's macroblock tree gives other bytes now and then
        options = {"preset": "veryfast", "crf": "20", "g": "12", "mbtree": "0", "threads": "1"}
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())


def _is_made(root: Path, recipe: Recipe) -> bool:
    manifest = root / MANIFEST
    if not manifest.is_file() or manifest.read_text() != recipe.manifest():
        return False
    return all((root / video(*place)).is_file() for split in recipe.scenes for place in _places(recipe, split))


def _places(recipe: Recipe, split: str) -> list[tuple[str, str, int]]:
    return [(split, name, number) for name in CLASSES for number in range(recipe.scenes[split])]


def _refuse_others_files(root: Path) -> None:
    if root.exists() and not (root / MANIFEST).is_file() and (not root.is_dir() or any(root.iterdir())):
        raise UserError(
            f"{root} holds files that the motion demo did not make; give another folder: --set dataset.root=data/motion"
        )


def _write_all(folder: Path, recipe: Recipe, label: str) -> None:
    from tqdm import tqdm

    for split in recipe.scenes:
        for name in CLASSES:
            (folder / split / name).mkdir(parents=True)
        (folder / f"{split}.csv").write_text(_table(recipe, split))
    jobs = [(split, number) for split, count in recipe.scenes.items() for number in range(count)]
    # the work is done in numpy and libav, which let go of the interpreter's lock
    with ThreadPoolExecutor(_cores()) as pool:
        written = pool.map(lambda job: _write_scene(folder, recipe, *job), jobs)
        for _ in tqdm(written, label, total=len(jobs), unit=" scenes", leave=False, disable=None):
            pass
    (folder / MANIFEST).write_text(recipe.manifest())


def _write_scene(folder: Path, recipe: Recipe, split: str, number: int) -> None:
    clips = render(scene(recipe, split, number), np.arange(recipe.frames), recipe.size)
    for name, frames in zip(CLASSES, clips, strict=True):
        encode(folder / video(split, name, number), frames, recipe.fps)


def _table(recipe: Recipe, split: str) -> str:
    """Return a split table; the group of a clip is its scene."""
    rows = [f"{video(*place)},{place[1]},{split}_{place[2]:03d}" for place in _places(recipe, split)]
    return "\n".join(["video,label,group", *rows]) + "\n"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
