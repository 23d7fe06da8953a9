"""`clips_per_device` and `eval_clips_per_device` = "auto": found once, kept in a run's folder, and scores as ever."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from workplaces import CHOICE, VERSION

from pyvideoai.commands import evaluate
from pyvideoai.commands import train as train_command
from pyvideoai.models.i3d import I3D

FOUND = "2 of 4 clips in a forward pass (clips_per_device = 'auto'): memory runs out with 4"
STEP = "global batch 4 = 2 clips x 1 process x 2 accumulated"
IN_EVALUATION = "evaluation: 325 views of 4 x 32 x 32 in a forward pass: a larger one saves no time on this device"

CONFIG = '''
"""As many clips as memory takes."""
from pyvideoai.config import inherit

inherit("brief", bn="frozen", clips_per_device="auto", loggers=[])
'''


@pytest.fixture(autouse=True)
def memory(monkeypatch):
    """Let memory run out above two clips of a training pass."""
    forward = I3D.forward

    def limited(network, clips):
        if network.training and len(clips) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(network, clips)

    monkeypatch.setattr(I3D, "forward", limited)


def _predictions(version: Path) -> dict[str, np.ndarray]:
    [saved] = (version / "predictions").glob("test_*.npz")
    return {name: each for name, each in np.load(saved).items() if each.dtype.kind == "f"}


def test_what_was_found_is_kept_and_followed(workplace, capsys):
    Path("exp_configs/auto.py").write_text(CONFIG)
    choice = [*CHOICE[:-1], "auto"]
    assert train_command.main([*choice, "-e", "1"]) == 0
    said = capsys.readouterr().out
    assert FOUND in said and STEP in said and said.count(IN_EVALUATION) == 1
    [version] = Path("data/experiments").glob("*/*/auto/num_epochs=1/version_*")
    overrides = json.loads((version / "configs" / "overrides.json").read_text())["overrides"]
    assert {"clips_per_device=2", "eval_clips_per_device=auto"} <= set(overrides)

    by_auto = _predictions(version)
    assert evaluate.main([*choice, "-l", "last", "--set", "eval_clips_per_device=1"]) == 0
    assert IN_EVALUATION not in capsys.readouterr().out
    for name, each in _predictions(version).items():
        np.testing.assert_allclose(each, by_auto[name], rtol=1e-4, atol=1e-6)

    assert train_command.main([*choice, "--set", "clips_per_device=auto", "-l", "last", "-e", "2"]) == 0
    said = capsys.readouterr().out
    assert FOUND not in said and STEP in said and said.count(IN_EVALUATION) == 1


@pytest.mark.parametrize("name", ["clips_per_device", "eval_clips_per_device"])
def test_other_words_are_asked_about(train, name):
    code, said = train("--set", f"{name}=atuo")
    assert (
        code == 2 and f"{name} takes an int of at least 1 or 'auto' or None, not 'atuo'; did you mean 'auto'?" in said
    )


def test_a_refused_run_leaves_no_version(workplace):
    with pytest.raises(Exception, match="batch norm trains on the clips of a forward pass"):
        train_command.main([*CHOICE, "-e", "1", "--set", "clips_per_device=auto"])
    assert not list(VERSION.parent.glob("*/version_*"))
