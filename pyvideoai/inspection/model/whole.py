"""Write what a trained network decides by, for several videos: film strips, GIFs and a table."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from pyvideoai.annotations.names import in_one_line
from pyvideoai.data.rows import Rows
from pyvideoai.data.sampling import frames_in_test
from pyvideoai.errors import UserError, explain, hint
from pyvideoai.files import replacing
from pyvideoai.inspection.model.pictures import draw_strip, write_gif
from pyvideoai.inspection.model.saliency import PIXELS, Eye, Saliency
from pyvideoai.reporting.spreadsheet import cell
from pyvideoai.scoring.loading import Trained
from pyvideoai.scoring.network import GuardedNetwork
from pyvideoai.scoring.room import few
from pyvideoai.unpack import eval_clips, source_of, views_of
from pyvideoai.video import VideoError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("video", "class", "probability", "layer", "frame", "heat_share", "lost_if_hidden")
Say = Callable[[str], object]


@dataclass
class Looker:
    """Look at videos with a trained network: the view of val_views that lies in the middle.

    layer: whose Grad-CAM is drawn, or `PIXELS` or `LAST`. class_name: the class that is asked about; None: the most
    probable one.
    """

    trained: Trained
    layer: str = PIXELS
    class_name: str | None = None

    def __post_init__(self) -> None:
        trained, config = self.trained, self.trained.config
        self.views, self.source = views_of(config, "oneclip"), source_of(config, originals=True)
        self.label = None if self.class_name is None else _number(self.class_name, trained.classes)
        network = trained.model.network
        assert isinstance(network, GuardedNetwork)
        self.network = network
        network.eval()
        shape = frames_in_test(self.source.sampler), self.views.size, self.views.size
        self.eye = Eye(network, trained.model.task, shape, self.layer)

    def layers(self) -> str:
        """Return the layers that have places, with their grids, a line each."""
        width = max((len(each.name) for each in self.eye.listed), default=0)
        return "\n".join(
            f"{each.name:<{width}}  {' x '.join(map(str, each.grid))} (frames x rows x columns)"
            for each in self.eye.listed
        )

    def write(self, table: "pd.DataFrame", out: Path, say: Say) -> int:
        """Write the pictures of a table's videos to `out`, and frames.csv; return how many could not be read."""
        from tqdm import tqdm

        out.mkdir(parents=True, exist_ok=True)
        rows, failed = Rows(table), 0
        with replacing(out / "frames.csv") as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for number in tqdm(range(len(rows)), "videos", unit=" videos", leave=False, disable=None):
                try:
                    told, lines = self._write_one(rows[number], out, number if len(rows) > 1 else None)
                except VideoError as error:
                    explain(error)
                    say(f"FAILED: {in_one_line(rows[number].video)}: {error.reason}")
                    failed += 1
                else:
                    say(told)
                    writer.writerows([cell(each) for each in line] for line in lines)
        say(f"frames: {out / 'frames.csv'}")
        return failed

    def _write_one(self, entry: SimpleNamespace, out: Path, number: int | None) -> tuple[str, list[list[object]]]:
        """Write both pictures of a video; return a line for the console, and rows of the table."""
        with self.source.open(entry.video) as video:
            cuts, _, frames = self.source.views_of(video, self.views, entry)
            views, fps = cuts.to("cpu"), video.fps
        middle = len(views) // 2
        clip, indices = views[middle], frames[middle].tolist()
        inputs = self.trained.model.to_input(clip[None].to(self.trained.model.device))[0]
        seen = self.eye.look(inputs, self.label, at_a_time=eval_clips(self.trained.config) or few(clip.nbytes))
        name = in_one_line(self.trained.classes[seen.label])
        prefix = "" if number is None else f"{number + 1:03d}_"
        path = out / f"{prefix}{Path(entry.video).stem}.png"
        title = f"{name} {100 * seen.probability:.1f} %"
        nowhere = "" if seen.heat.any() else ", in which no place speaks for the class"
        how = "integrated gradients" if seen.layer == PIXELS else f"Grad-CAM of {seen.layer}"
        heading = f"{title}  {in_one_line(Path(entry.video).name)}  {how}{nowhere}"
        draw_strip(path, clip.numpy(), seen, heading, indices)
        step = max((indices[-1] - indices[0]) / max(len(indices) - 1, 1), 1)
        gif = write_gif(path.with_suffix(".gif"), clip.numpy(), seen, title, fps / step)
        told = f"{in_one_line(entry.video)}  {title}, {seen.layer}{nowhere}: {path}, {gif}"
        return told, [
            [entry.video, name, f"{seen.probability:.4f}", seen.layer, *each] for each in _frames(seen, indices)
        ]


def _frames(seen: Saliency, indices: list[int]) -> Iterator[tuple[object, ...]]:
    """Yield index in the video, share of the heat, and what is lost without its part of the clip, of each frame."""
    length = seen.hidden[1] if len(seen.hidden) > 1 else len(indices)
    for place, (index, share) in enumerate(zip(indices, seen.by_frame, strict=True)):
        yield index, f"{share:.4f}", f"{seen.lost[place // length]:.4f}"


def _number(name: str, classes: list[str]) -> int:
    if name not in classes:
        raise UserError(f"--class {name!r}: {hint(name, classes)}")
    return classes.index(name)
