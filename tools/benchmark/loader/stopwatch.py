"""Processor time by stage."""

import time
from collections import defaultdict

STAGES = ("open", "decode", "pixels")  # what rates count
AFTER = TRANSFER, DEVICE = ("transfer", "device")  # what isn't the worker's own work


class Stopwatch:
    """Adds the processor time since the last lap to a stage: that of all threads of this process, in seconds.

    Processor time and not the clock's: what other programs of the machine do is not counted.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.last = time.process_time()

    def lap(self, stage: str) -> None:
        """Count the time since the last lap as `stage`."""
        now = time.process_time()
        self.seconds[stage] += now - self.last
        self.last = now
