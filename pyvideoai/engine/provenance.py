"""Collect what `run.json` records so that a run can be repeated: command, packages, git, data, hardware."""

import platform
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from pyvideoai._version import __version__
from pyvideoai.launch import launch
from pyvideoai.processes import Processes
from pyvideoai.redacted import redacted

PACKAGES = ("torch", "torchvision", "numpy", "pandas", "scikit-learn", "av", "decord", "tensorboard")
ROUNDING = ("torch", "torchvision", "numpy", "av")  # another version of these may round or decode in another way


def run_facts(processes: Processes, command: list[str]) -> dict[str, Any]:
    """Return where, when, with what and by which command a run was started."""
    return {
        "started": time.strftime("%Y-%m-%d %H:%M:%S %z"),
        "command": [redacted(each) for each in command],
        "pyvideoai": __version__,
        "packages": {name: _version(name) for name in PACKAGES},
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processes": processes.world,
        "device": device_name(processes.device),
        "threads": torch.get_num_threads(),
        "launch": launch(),
        "git": _git("rev-parse", "HEAD"),
    }


def differences(run: dict[str, Any], processes: Processes) -> list[str]:
    """Return a line for what has changed since the run began and rounds numbers in another way.

    run: the content of run.json.
    """
    now: dict[str, Any] = {"processes": processes.world, "threads": torch.get_num_threads()}
    # The name of a CPU has the number of threads in it, which has a line of its own.
    if processes.device.type == "cuda":
        now["device"] = device_name(processes.device)
    then = run.get("packages")
    if isinstance(then, dict):
        now |= {name: _version(name) for name in ROUNDING if name in then}
        run = {**then, **run}
    return [
        f"WARNING: {name}: {value}, not {run[name]} as when the run began; numbers are rounded in another way, so that "
        "the run is not bit for bit the undisturbed one"
        for name, value in now.items()
        if run.get(name, value) != value
    ]


def write_diff(folder: Path) -> None:
    """Write the repository's uncommitted changes, if it has any, beside the configs."""
    diff = _git("diff", "HEAD")
    if diff:
        (folder / "git.diff").write_text(redacted(diff) + "\n", encoding="utf-8")


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.processor() or platform.machine()} CPU, {torch.get_num_threads()} threads"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    # Only a checkout of ours: in an installed package, git would find whatever repository lies around it.
    repository = Path(__file__).parents[2]
    if not (repository / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
