"""Each shipped recipe, stopped in its first epoch, in the middle and in the last, goes on to a straight run's numbers.

A recipe's own hooks and settings, on a tiny network and over three epochs, in which its rate moves.
"""

import re
from pathlib import Path

import pytest
from endurance.made import assert_same
from tiny_runs import at, interrupted, straight

from pyvideoai.config.load import load
from pyvideoai.engine.settings import CONTRACTS

pytestmark = pytest.mark.long

SHIPPED = Path(__file__).parents[2] / "exp_configs"
HOOK = re.compile(r"^def (lr_factor|scheduler|optimiser)\(", re.MULTILINE)
# a file for a pair of dataset and model that only inherits a recipe has no schedule of its own
RECIPES = [
    path.relative_to(SHIPPED).with_suffix("").as_posix()
    for path in sorted(SHIPPED.rglob("*.py"))
    if path.parent == SHIPPED or HOOK.search(path.read_text())
]
CASE = '''"""{recipe}, small."""

from pyvideoai.config import inherit
from pyvideoai.data.pixels import HorizontalFlip, RandomCrop
from pyvideoai.data.views import Views

inherit(
    "{recipe}",
    num_epochs=3,
    global_batch=4,
    clips_per_device=2,
    pretrained=None,
    train_pixels=[RandomCrop(8), HorizontalFlip()],
    val_views=Views(clips=1, crops=1, scale=8, size=8),
    test_views=Views(clips=1, crops=1, scale=8, size=8),{brief}
)
workers, save_every_s = 0, 0
'''
BRIEF = {"warmup_epochs": 0.5, "milestones": (0.5, 1.5), "plateau_patience": 0, "precise_bn": 2}
STOPS = [at(1, 1, 1), at(2, 2), at(3, 3)]


def write_case(recipe: str) -> None:
    """Write the recipe with warm-up, milestones and patience, where it has them, brief enough for three epochs."""
    path = Path("exp_configs/case.py")
    path.write_text(CASE.format(recipe=recipe, brief=""))
    own = load(CONTRACTS, "made", "linear", "case").exp
    given = {name: value for name, value in BRIEF.items() if getattr(own, name, None)}
    path.write_text(CASE.format(recipe=recipe, brief="".join(f"\n    {name}={given[name]}," for name in given)))


@pytest.mark.parametrize("recipe", RECIPES)
def test_stopped_in_the_first_epoch_in_the_middle_and_in_the_last(tiny: Path, recipe: str):
    write_case(recipe)
    whole = straight(tiny / "whole", "case")
    assert len({row["learning_rate"] for row in whole["history"]}) > 1  # a rate that does not move proves nothing
    assert_same(interrupted(tiny / "stopped", STOPS, "case"), whole)
