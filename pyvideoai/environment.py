"""Settle what must be settled before torch is imported. It changes no result."""

import os


def settle() -> None:
    """Let idle OpenMP threads sleep, unless the user says otherwise.

    By default they spin and take the cores from data-loading workers: on 2 busy cores a training step of a small
    network took 3.5 times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
