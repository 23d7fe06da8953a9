"""What a measurement was made on, in one line."""

import importlib.metadata
import os
import platform
import resource
import sys
from pathlib import Path

PACKAGES = (
    *("torch", "av", "decord", "decord2", "opencv-python-headless", "opencv-python", "mmaction2"),
    *("torchcodec", "video_reader-rs"),
)


def describe() -> str:
    """Processor, cores, Python and the packages that decode and resize."""
    versions = [f"{name} {version}" for name in PACKAGES if (version := _version(name))]
    return f"{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, {', '.join(versions)}"


def processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def peak_megabytes(device: object) -> float:
    """Return the most memory so far, in 10^6 bytes: of the GPU's tensors, or of this process."""
    import torch

    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
