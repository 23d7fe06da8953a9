from types import SimpleNamespace

import numpy as np
import torch

from pyvideoai.data.facts import EVERY, FACTS, facts_of, with_sight

VIDEO = SimpleNamespace(fps=25.0, height=240, width=320)


def seen_by(clips, *, frames=50):
    """The facts of one video whose views are uint8 (views, T, H, W, 3)."""
    return dict(
        zip(FACTS, with_sight(facts_of(VIDEO, frames)[None], torch.as_tensor(clips)[None])[0].tolist(), strict=True)
    )


def test_brightness_and_motion_are_exact_means():
    clips = np.random.default_rng(0).integers(0, 256, (6, 8, 63, 64, 3), dtype=np.uint8)
    found, seen = seen_by(clips), clips[:, :, ::EVERY, ::EVERY].astype(int)
    assert (found["length_s"], found["fps"], found["height"], found["width"]) == (2, 25, 240, 320)
    assert found["brightness"] == np.float32(seen.mean())
    assert found["motion"] == np.float32(abs(np.diff(seen, axis=1)).mean())


def test_one_frame_has_no_motion():
    found = seen_by(torch.full((2, 1, 8, 8, 3), 200, dtype=torch.uint8))
    assert found["brightness"] == 200 and np.isnan(found["motion"])


def test_large_clips_do_not_overflow():
    frames = torch.tensor([0, 255], dtype=torch.uint8)
    found = seen_by(frames.view(1, 2, 1, 1, 1).expand(1, 2, 11600, 11600, 3))
    assert (found["brightness"], found["motion"]) == (127.5, 255)
