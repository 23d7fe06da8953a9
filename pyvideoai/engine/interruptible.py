"""What lets a run be stopped at any step: signals are answered and the state is saved where it is whole."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from pyvideoai.engine.parts import Parts
from pyvideoai.engine.progress import TRAINING, Point
from pyvideoai.signals import Stopped

T = TypeVar("T")


class Interruptible(Parts):
    """Answer signals and save the state, between the steps of a run that knows its point."""

    def answering(self, batches: Iterable[T]) -> Iterator[T]:
        """Yield the batches. A single process answers a signal that comes while it waits for one at once."""
        iterator = iter(batches)
        while True:
            # With several processes the signal waits for `pause`: the others would wait for this one in their next
            # exchange.
            with self.signals.waiting(self.processes.world > 1):
                batch = next(iterator, None)
            if batch is None:
                return
            yield batch

    def pause(self, point: Point) -> None:
        """Note how far the epoch has come; answer a signal, save the state if it is time. All processes do so at the
        same step.
        """
        self.point = point
        is_due = self.saver is not None and self.saver.is_due
        asked, due = self.agreement.on(self.signals.asked, is_due)
        if asked:
            raise self.signals.stopped(f"in epoch {self.progress.epoch + 1}")
        if due:
            self.save()

    def answer(self) -> None:
        """Answer a signal at the same step as all other processes."""
        if self.agreement.on(self.signals.asked)[0]:
            raise self.signals.stopped(f"in epoch {self.progress.epoch + 1}")

    def save_if_due(self) -> None:
        """Save the state after an epoch's steps if it is time; the main process decides alone. Nothing is saved during
        the final scores, for which other weights are loaded.
        """
        # In TRAINING the state has parts of all processes, which must be asked at the same step (`pause`).
        if self.point.stage == TRAINING or self.saver is None or self.saver.point is self.point:
            return
        if self.saver.is_due:
            self.save()

    def save(self) -> None:
        """Save the state at this point of the epoch; the training goes on while it is written."""
        self.reporter.flush()
        if self.saver is None:
            self.state_within_epoch()  # this process's part of it, for the main one
        else:
            self.saver.save(self.state_within_epoch, self.point)

    @contextmanager
    def saved_when_stopped(self) -> Iterator[None]:
        """If a signal stops the run inside the block, save the state before the run ends."""
        try:
            yield
        except Stopped as stopped:
            # At the start of an epoch the checkpoint of the one before has everything.
            if not self.point.is_start:
                self.save()
                stopped.is_saved = self.saver is None or self.saver.has_saved()
            raise
