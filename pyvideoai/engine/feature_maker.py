"""Let the frozen part of a network compute the features of videos, by keys of all that they depend on."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from pyvideoai.config.load import Config
from pyvideoai.data.batches import TrainBatch, ViewBatch
from pyvideoai.data.clips import join_clips, join_views
from pyvideoai.data.loader import EvalLoader, TrainLoader
from pyvideoai.data.order import fixed_draw
from pyvideoai.data.rows import Rows
from pyvideoai.data.train_input import TrainInput
from pyvideoai.errors import UserError, counted
from pyvideoai.features.collect import Collected, collect
from pyvideoai.features.cut import Cut, Tap
from pyvideoai.features.keys import file_facts, key, state_hash
from pyvideoai.features.store import Store
from pyvideoai.processes import Processes
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.scoring.passes import Passes
from pyvideoai.scoring.trained import autocast
from pyvideoai.unpack import source_of

if TYPE_CHECKING:
    import pandas as pd

GROUP = 8  # clips of a forward pass where the settings name no number: without gradients they take little memory


class FeatureMaker:
    """Give the features of tables of videos: those in a store, and new ones by the network, which the store then keeps.

    cut: the network. store: made of `network_key`. to_input, train_input: what turns clips into the network's input, in
    evaluation and in training. held: which tensors of an entry stay in memory; None: all. originals: videos are named
    by their own paths. before: called with the first batch of training clips. remedy: what an error advises if the
    network can't be cut.
    """

    def __init__(
        self,
        config: Config,
        cut: Cut | Tap,
        store: Store,
        processes: Processes,
        reporter: Reporter,
        *,
        to_input: nn.Module,
        train_input: nn.Module | None = None,
        held: Collection[str] | None = None,
        originals: bool = False,
        before: Callable[[TrainBatch], None] = lambda batch: None,
        remedy: str = "set feature_cache = None",
    ) -> None:
        self.config, self.cut, self.store, self.processes, self.reporter = config, cut, store, processes, reporter
        self.to_input, self.train_input, self.held, self.before = to_input, train_input, held, before
        self.network, self.source = network_key(config, cut), source_of(config, originals=originals)
        self.checked, self.remedy = False, remedy
        self.passes = Passes(reporter.log)
        self.folded: Cut | Tap | None = None  # what computes, made at the first clips

    def train_keys(self, table: "pd.DataFrame") -> list[str]:
        """Return a key for each fixed view of each row of a training table: row 0's views, then row 1's, ..."""
        exp, dataset = self.config.exp, self.config.dataset
        pixels = [exp.train_pixels, exp.augment, dataset.flip_keeps_label, dataset.flip_labels]
        # The user's function behind the guard: its code is a part of the key.
        target = getattr(dataset.target, "__wrapped__", None)
        base = key("train", self.network, _frame_facts(self.config), pixels, exp.fixed_views, target)
        rows = self._row_keys(base, table)
        # The place counts: what is drawn for a fixed view derives from it (`order.fixed_draw`).
        return [key(row, place) for place, row in enumerate(each for each in rows for _ in range(exp.fixed_views))]

    def view_keys(self, loader: EvalLoader) -> list[str]:
        """Return a key for each row of a loader's table, for all its views together."""
        return self._row_keys(key("views", self.network, _frame_facts(self.config), loader.views), loader.table)

    def of_training(self, loader: TrainLoader, table: "pd.DataFrame") -> Collected:
        """Return the features of the fixed views of a training table, in the order of `train_keys`."""
        views = self.config.exp.fixed_views

        def load(places: list[int]) -> Any:
            return loader.clips([[fixed_draw(place // views, place % views, views)] for place in places])

        return self._collect("train", self.train_keys(table), load=load, join=join_clips, compute=self._of_clips)

    def of_views(self, loader: EvalLoader, title: str) -> Collected:
        """Return the features of an evaluation's views, in the order of its table."""
        return self._collect(title, self.view_keys(loader), load=loader.of, join=join_views, compute=self._of_views)

    def _row_keys(self, base: str, table: "pd.DataFrame") -> list[str]:
        """Return a key for each row: everything that the table says of it, and the file as it is now."""
        rows = Rows(table)
        return [
            key(base, {name: str(value) for name, value in vars(row).items()}, file_facts(self.source.path(row.video)))
            for row in (rows[number] for number in range(len(rows)))
        ]

    def _collect(self, title: str, keys: Sequence[str], **how: Any) -> Collected:
        processes, exp = self.processes, self.config.exp
        asked = exp.clips_per_device or exp.global_batch
        with self.reporter.progress(f"features, {title}", len(keys)) as progress:
            own = collect(
                keys,
                self.store,
                group=GROUP if asked == "auto" else asked,
                facts={"configs": self.config.names, "views": title},
                share=slice(processes.rank, None, processes.world),
                # The others' progress is taken to be as this one's.
                after=lambda count: progress.update(count * processes.world),
                held=self.held,
                **how,
            )
        collected = own.merged(processes.gather(own))
        kept = len(keys) - collected.computed
        for line in (
            *self.store.faults,
            f"features, {title}: {counted(len(keys), 'view')}, {collected.computed} computed, {kept} kept in "
            f"{self.store.folder.resolve()}",
        ):
            self.reporter.log(line)
        self.store.faults.clear()
        return collected

    def _of_clips(self, batch: TrainBatch) -> Tensor:
        assert self.train_input is not None
        if not self.checked:
            self.before(batch)
        return self._features(self.train_input(batch).inputs)

    def _of_views(self, batch: ViewBatch) -> Tensor:
        asked, device = self.config.exp.eval_clips_per_device or GROUP, self.processes.device
        clips = batch.on(device)
        found = self.passes.run(self._of_pixels, clips.flatten(0, 1), None if asked == "auto" else asked, device)
        return found.unflatten(0, clips.shape[:2])

    def _of_pixels(self, clips: Tensor) -> Tensor:
        return self._features(self.to_input(clips.to(self.processes.device)))

    def _features(self, inputs: Tensor) -> Tensor:
        with autocast(self.config.exp.amp, self.processes.device):
            if not self.checked:
                self._check(inputs[:1])
        if self.folded is None:
            self.folded = self.cut.folded(inputs)
        with autocast(self.config.exp.amp, self.processes.device):
            return self.folded.features(inputs).float()

    def _check(self, inputs: Tensor) -> None:
        try:
            self.cut.check(inputs)
        except UserError as error:
            raise UserError(f"{error}, so that its features can't be kept: {self.remedy}") from None
        self.checked = True


def train_input_of(config: Config, classes: int) -> TrainInput:
    """Return what makes the network's input in training. Fixed views are the same for every seed."""
    exp = config.exp
    return TrainInput(
        config.model.normalise,
        augment=exp.augment,
        mix=exp.mix,
        classes=classes,
        seed=0 if exp.fixed_views else exp.seed,
    )


def network_key(config: Config, cut: Cut | Tap) -> str:
    """Return a name for what a network computes: its code, its frozen weights, its input, its precision."""
    model = config.model
    # repr shows layers and sizes, and not what is done with them: the code that makes the network counts too.
    made_by = model.load_model.__wrapped__
    return key(repr(cut.model), cut.place, made_by, state_hash(cut.frozen()), model.normalise, config.exp.amp)


def _frame_facts(config: Config) -> list[Any]:
    """Return all that decides which frames and pixels a view shows, besides the view itself."""
    exp, dataset = config.exp, config.dataset
    fps = config.model.fps if dataset.sample_in == "seconds" else None
    # Not by default, so that features that were kept before this setting came are found.
    resized = [] if exp.resize_on == "worker" else [exp.resize_on]
    return [exp.train_clip, fps, exp.antialias, exp.reader, *resized, list(dataset.classes()), dataset.multi_label]
