"""Recognise processes that torchrun starts again after a failure (--max-restarts). It loads no torch."""

import os
from typing import Any

import psutil

SAME_S = 60.0  # by which the agents of several machines begin apart


def launch() -> dict[str, Any] | None:
    """Return what names this launch of torchrun, the same in all its restarts; None without torchrun."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        return None
    return {"id": os.environ["TORCHELASTIC_RUN_ID"], "began": psutil.Process(os.getppid()).create_time()}


def began_in_this_launch(recorded: Any) -> bool:
    """Return whether these processes were started again, and `recorded` names the launch that started them first.

    The time counts too: without --standalone or --rdzv-id every launch has the id "none".
    """
    now = launch()
    if now is None or os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0" or not isinstance(recorded, dict):
        return False
    began = recorded.get("began")
    return recorded.get("id") == now["id"] and isinstance(began, float) and abs(began - now["began"]) < SAME_S
