"""What experiments import: parameter groups, schedules, freezing, batch norm.

from pyvideoai.optim import EachEpoch, EachStep, OnPlateau, cosine, groups, steps

Imports models, processes, errors and the guard of hooks; imported by engine and by configs.
"""

from pyvideoai.optim.parameter_groups import groups
from pyvideoai.optim.schedules import EachEpoch, EachStep, OnPlateau, cosine, steps

__all__ = ["EachEpoch", "EachStep", "OnPlateau", "cosine", "groups", "steps"]
