"""Processes do the same at the same step, and talk about it only now and then."""

import torch

from pyvideoai.processes import MOST_STEPS, Agreement, Processes


class Two(Processes):
    """This process and another one, which has a flag set in the sums."""

    sums = 0

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        Two.sums += 1
        return values.double() + torch.tensor([1.0, 0.0, float(values[-1])])


def test_one_process_knows_at_once():
    alone = Agreement(Processes(0, 1, 1, torch.device("cpu")))
    assert alone.on(True, False) == [True, False] and alone.on(False, True) == [False, True]


def test_the_first_step_is_talked_about_and_quick_ones_rarely():
    agreement, Two.sums = Agreement(Two(0, 2, 2, torch.device("cpu"))), 0
    assert agreement.on(False, False) == [True, False]
    seen = [agreement.on(False, False)[0] for _ in range(2 * MOST_STEPS)]
    assert seen.count(True) == Two.sums - 1 == 2 and seen[MOST_STEPS - 1]
