"""MMAction2's own transforms as a contestant, so that our words for its order of work can be held against them.

Needs what MMAction2 needs, best in an environment of its own:

    pip install mmaction2==1.2.0 mmengine mmcv-lite==2.1.0 opencv-python-headless decord
"""

import functools
from collections.abc import Callable, Sequence

import numpy as np

from benchmark.loader.mmaction2 import MMAction2
from benchmark.loader.protocol import TEST_SCALE, Job, Protocol
from benchmark.loader.stopwatch import Stopwatch
from pyvideoai.errors import UserError

Step = Callable[[dict], dict]


class MMAction2Package(MMAction2):
    """The contestant. Its frames are those of decord, as in `MMAction2`. Raises UserError without the package."""

    name = "MMAction2 itself"

    def __init__(self) -> None:
        super().__init__()
        self.transforms = _transforms()

    def prepare(self, protocol: Protocol, job: Job) -> Callable[[Stopwatch], object]:
        """See `timing.Contestant`."""
        items = job.indices[:, None] if protocol.views is None else job.indices[None]
        pixels = self._training(protocol) if protocol.views is None else self._testing(protocol)
        given = {"filename": job.path, "label": 0, "start_index": 0, "modality": "RGB"}
        return functools.partial(_run, [self._stages(indices, pixels) for indices in items], given)

    def _training(self, protocol: Protocol) -> list[Step]:
        make, size = self.transforms, (protocol.size, protocol.size)
        crop = make.MultiScaleCrop(protocol.size, scales=(1, 0.8), random_crop=False, max_wh_scale_gap=0)
        return [make.Resize((-1, TEST_SCALE)), crop, make.Resize(size, keep_ratio=False), make.Flip(0.5)]

    def _testing(self, protocol: Protocol) -> list[Step]:
        make = self.transforms
        crop = make.CenterCrop if protocol.views.crops == 1 else make.ThreeCrop
        return [make.Resize((-1, protocol.views.scale)), crop(protocol.size)]

    def _stages(self, indices: np.ndarray, pixels: Sequence[Step]) -> dict[str, Sequence[Step]]:
        make, (clips, frames) = self.transforms, indices.shape
        sample = make.SampleFrames(frames, 1, num_clips=clips, test_mode=clips > 1)
        chosen = functools.partial(_take, indices.reshape(-1))
        return {
            "open": [make.DecordInit(num_threads=1)],
            "decode": [sample, chosen, make.DecordDecode()],
            "pixels": [*pixels, make.FormatShape("NCTHW"), make.PackActionInputs()],
        }


def _run(items: Sequence[dict[str, Sequence[Step]]], given: dict, watch: Stopwatch) -> list[object]:
    made = []
    for stages in items:
        results = dict(given)
        for stage, steps in stages.items():
            for step in steps:
                results = step(results)
            watch.lap(stage)
        made.append(results["inputs"])
    return made


def _take(indices: np.ndarray, results: dict) -> dict:
    """The frames that everybody is asked for in place of those that were sampled."""
    return results | {"frame_inds": np.minimum(indices, results["total_frames"] - 1)}


def _transforms() -> object:
    try:
        from mmaction.datasets import transforms
    except Exception as error:  # whatever its parts raise where versions don't fit
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"--mmaction2: MMAction2 can't be imported ({reason}); pip install mmaction2==1.2.0 mmengine "
            "mmcv-lite==2.1.0 opencv-python-headless decord"
        ) from None
    return transforms
