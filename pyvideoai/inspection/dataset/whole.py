"""Write pictures and tables of a dataset's splits to a folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pyvideoai.annotations.names import in_one_line
from pyvideoai.config.load import Config
from pyvideoai.data.batches import Failure
from pyvideoai.data.loader import TrainLoader
from pyvideoai.data.recorded import Part
from pyvideoai.data.train_input import TrainInput
from pyvideoai.errors import counted
from pyvideoai.inspection.dataset.balance import draw_classes, draw_videos
from pyvideoai.inspection.dataset.clips import Looker, SeenClip
from pyvideoai.inspection.dataset.facts import VideoFacts, facts_of_split, in_words, write_facts, write_rows
from pyvideoai.inspection.dataset.sheets import draw_sheet, write_movie
from pyvideoai.processes import Processes
from pyvideoai.unpack import VIEWS, eval_loader, loader_options, source_of, task_in, train_loader, views_of

Say = Callable[[str], object]
MODE = {"val": "oneclip", "test": "multicrop"}  # the views that a run scores these splits with
HEADING = "whole frames of the file above, what the network is given of them below"


@dataclass(frozen=True)
class Look:
    """Hold what is looked at.

    parts: splits by their names. train_input: what turns training clips into the network's input. epoch: whose clips
    are shown of train. clips: how many of each split. videos: how many of each split are opened, at most.
    """

    config: Config
    classes: Sequence[str]
    parts: Mapping[str, Part]
    train_input: TrainInput
    epoch: int
    clips: int
    videos: int

    def write(self, out: Path, processes: Processes, say: Say) -> int:
        """Write everything to `out`; return how many videos could not be read."""
        out.mkdir(parents=True, exist_ok=True)
        self._write_classes(out, say)
        failed = self._write_videos(out, say)
        for name, part in self.parts.items():
            failures: list[Failure] = []
            clips, told = self._clips(name, part, failures, processes)
            reasons = {each.video: each.reason for each in failures if each.video not in failed}
            for video, reason in reasons.items():
                say(f"FAILED: {video}: {reason}")
            failed |= set(reasons)
            if clips:
                sheet = draw_sheet(out / f"{name}_clips.png", clips, f"{name}, {told}: {HEADING}")
                movie = write_movie(sheet.with_suffix(".mp4"), clips)
                say(f"{name}: {counted(len(clips), 'clip')}, {told}: {sheet}, {movie}")
        return len(failed)

    def _clips(
        self, name: str, part: Part, failures: list[Failure], processes: Processes
    ) -> tuple[list[SeenClip], str]:
        """Return clips of a split, and in words what they are."""
        looker = Looker(part.table, self.classes, source_of(self.config), failures)
        options = loader_options(self.config, processes)
        if name == "train":
            loader = train_loader(self.config, part.table, **options)
            assert isinstance(loader, TrainLoader)  # features, which have no clips, are refused before
            told = f"epoch {self.epoch}, train_clip, train_pixels, augment and mix"
            return list(looker.of_training(loader, self.train_input, self.epoch, self.clips)), told
        views = views_of(self.config, MODE[name])
        shown = eval_loader(self.config, part.table, views, **options)
        return list(looker.of_views(shown, self.clips)), f"{VIEWS[MODE[name]]}, {views}"

    def _write_classes(self, out: Path, say: Say) -> None:
        """Count the videos of each class."""
        counts = {name: self._counts(part) for name, part in self.parts.items()}
        heading = f"{self.config.names[0]}: {counted(len(self.classes), 'class')}"
        figure = draw_classes(out / "classes.png", counts, self.classes, heading)
        rows = zip(self.classes, *(each.tolist() for each in counts.values()), strict=True)
        write_rows(out / "classes.csv", [["class", *counts], *rows])
        for name, each in counts.items():
            say(f"{name}: {_range(each, self.classes)}")
        say(f"classes: {figure}, {figure.with_suffix('.csv')}")

    def _counts(self, part: Part) -> np.ndarray:
        labels = task_in(self.config).each_label(part.table["label"]).to_numpy()
        return np.bincount(labels[labels >= 0], minlength=len(self.classes))

    def _write_videos(self, out: Path, say: Say) -> set[str]:
        """Look at the videos; return those that can't be opened."""
        facts = list[VideoFacts]()
        for name, part in self.parts.items():
            labels = list(map(str, task_in(self.config).cells(part.table["label"], self.classes)))
            found = facts_of_split(name, part.table, labels, source_of(self.config), self.videos)
            say(in_words(name, found, len(part.table)))
            facts += found
        failed = {each.video: each.error for each in facts if each.error}
        for video, error in failed.items():
            say(f"FAILED: {video}: {error}")
        table = write_facts(out / "videos.csv", facts)
        known = [each for each in facts if not each.error]
        if known:
            heading = f"{self.config.names[0]}: {counted(len(known), 'video')}"
            say(f"videos: {draw_videos(out / 'videos.png', known, heading)}, {table}")
        return set(failed)


def _range(counts: np.ndarray, classes: Sequence[str]) -> str:
    """Put into words how many videos the classes have."""
    least, most = int(counts.argmin()), int(counts.argmax())
    if counts[least] == counts[most]:
        return f"{counted(int(counts[most]), 'video')} of each class"
    fewest = f"{counts[least]:,} of {in_one_line(classes[least])}, the rarest class"
    return f"{fewest}, to {counts[most]:,} of {in_one_line(classes[most])}, the most frequent one"
