"""What a measurement was made on, in one line."""

import importlib.metadata
import os
import platform
from pathlib import Path

PACKAGES = ("torch", "av", "decord", "opencv-python-headless", "opencv-python", "mmaction2")


def describe() -> str:
    """Processor, cores, Python and the packages that decode and resize."""
    versions = [f"{name} {version}" for name in PACKAGES if (version := _version(name))]
    return f"{_processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, {', '.join(versions)}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
