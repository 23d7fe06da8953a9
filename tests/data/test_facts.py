from types import SimpleNamespace

import numpy as np
import torch

from pyvideoai.data.facts import FACTS, facts_of

VIDEO = SimpleNamespace(fps=25.0, height=240, width=320)


def test_brightness_and_motion_are_exact_means():
    seen = np.random.default_rng(0).integers(0, 256, (6, 8, 16, 16, 3), dtype=np.uint8)
    found = dict(zip(FACTS, facts_of(VIDEO, torch.from_numpy(seen), 50).tolist(), strict=True))
    assert (found["length_s"], found["fps"], found["height"], found["width"]) == (2, 25, 240, 320)
    assert found["brightness"] == np.float32(seen.astype(int).mean())
    assert found["motion"] == np.float32(abs(np.diff(seen.astype(int), axis=1)).mean())


def test_one_frame_has_no_motion():
    found = facts_of(VIDEO, torch.full((2, 1, 8, 8, 3), 200, dtype=torch.uint8), 1).tolist()
    assert found[4] == 200 and np.isnan(found[5])


def test_large_clips_do_not_overflow():
    seen = torch.zeros(1, 2, 2900, 2900, 3, dtype=torch.uint8)
    seen[:, 1] = 255
    assert facts_of(VIDEO, seen, 2).tolist()[4:] == [127.5, 255.0]
