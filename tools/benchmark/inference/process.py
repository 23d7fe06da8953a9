"""Measure one network in a process of its own: a job as JSON on the command line, what was found as JSON on stdout."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmark import machine
from benchmark.inference.protocol import video_of
from pyvideoai import environment

LEAST, MOST = 2, 50  # forward passes that are timed
CLIPS_ON_CPU, CLIPS_ON_GPU = 2, 10


@dataclass(frozen=True)
class Job:
    """Describe what is measured: the config's name and overrides, its protocol, and how the network computes.

    clips: views of a forward pass; 0: by device. seconds: how long is measured at least.
    """

    model: str
    protocol: str
    overrides: Sequence[str] = ()
    classes: int = 400
    threads: int = 2
    device: str = "auto"
    memory_format: str = "contiguous"
    amp: str = "none"
    clips: int = 0
    seconds: float = 2.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    environment.settle()
    from pyvideoai.errors import UserError

    try:
        found = measured(Job(**json.loads(sys.argv[1])))
    except UserError as error:
        found = {"error": str(error)}
    print(json.dumps(found), file=answers)


def measured(job: Job) -> dict[str, Any]:
    """Return videos_per_s, megabytes, views and the device's name. Raises UserError."""
    import torch

    from pyvideoai.config.load import load
    from pyvideoai.data.to_input import ToInput
    from pyvideoai.errors import counted
    from pyvideoai.models.kernels import choose_kernels
    from pyvideoai.models.settings import MODEL
    from pyvideoai.processes import pick_device
    from pyvideoai.scoring.trained import TrainedModel
    from pyvideoai.tasks.single_label import SingleLabel

    torch.set_num_threads(job.threads)
    config = load((MODEL,), dataset="", model=job.model, experiment="", overrides=job.overrides).model
    video = video_of(job.protocol, config.clip[0], config.size)
    device = pick_device(job.device)
    network = config.load_model(job.classes).to(device)
    choose_kernels(network, job.memory_format, job.amp, device)
    model = TrainedModel(network, ToInput(config.normalise).to(device), device, SingleLabel(), job.amp)
    is_gpu = device.type == "cuda"
    on_cpu = f"{machine.processor()}, {counted(job.threads, 'thread')}"
    clips = min(job.clips or (CLIPS_ON_GPU if is_gpu else CLIPS_ON_CPU), video.views)
    pixels = torch.randint(256, (1, clips, video.frames, video.size, video.size, 3), dtype=torch.uint8)
    # .cpu() waits for a GPU
    seconds = _median_seconds(lambda: model.logits(pixels, clips).cpu(), job.seconds)
    return {
        "views": video.views,
        "videos_per_s": clips / seconds / video.views,
        "megabytes": machine.peak_megabytes(device),
        "device": torch.cuda.get_device_name(device) if is_gpu else on_cpu,
    }


def _median_seconds(run: Callable[[], object], least_s: float) -> float:
    run()  # which chooses algorithms and fills the allocator
    times: list[float] = []
    while len(times) < MOST and (len(times) < LEAST or sum(times) < least_s):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return median(times)


if __name__ == "__main__":
    main()
