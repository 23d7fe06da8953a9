"""Checkpoints: plain dicts of tensors, numbers and strings, written whole.

`last.pth` and `best.pth` point at numbered files.
"""

import re
from pathlib import Path
from typing import Any

import torch

from pyvideoai.errors import UserError, hint
from pyvideoai.files import replacing

FORMAT = "pyvideoai 1"


def save_checkpoint(
    folder: Path, epoch: int, content: dict[str, Any], *, best_epoch: int | None, keep_all: bool
) -> None:
    """Write `epoch_0012.pth`, point `last.pth` at it and `best.pth` at `best_epoch`, then remove what nobody points at.

    Killed at any moment, `last.pth` is a whole checkpoint: the new one or the one before.
    """
    path = folder / _name(epoch)
    with replacing(path) as temporary:
        torch.save({"format": FORMAT, "epoch": epoch, **content}, temporary)
    _point(folder / "last.pth", path.name)
    if best_epoch is not None:
        _point(folder / "best.pth", _name(best_epoch))
    if not keep_all:
        _remove_except(folder, {epoch, best_epoch})


def find_checkpoint(folder: Path, which: str) -> Path:
    """The file behind `last`, `best`, an epoch's number, or a path. Raises UserError that lists what there is."""
    if which.endswith(".pth") and Path(which).is_file():
        return Path(which)
    path = folder / (_name(int(which)) if which.isdecimal() else f"{which}.pth")
    if not path.is_file():
        kept = [each.stem.removeprefix("epoch_").lstrip("0") or "0" for each in folder.glob("epoch_*.pth")]
        named = [name for name in ("last", "best") if (folder / f"{name}.pth").is_file()]
        raise UserError(f"no checkpoint {which!r} in {folder}; {hint(which, [*named, *kept])}")
    return path


def load_checkpoint(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """A checkpoint of ours, as tensors and plain values only: a file can never run code."""
    try:
        content = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        reason = (str(error).splitlines() or ["it ends too early"])[0]
        raise UserError(f"{path} can't be read as a checkpoint: {reason}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path} is not a checkpoint of this framework; tools/convert_weights.py reads others")
    return content


def _name(epoch: int) -> str:
    return f"epoch_{epoch:04d}.pth"


def _point(link: Path, target: str) -> None:
    temporary = link.with_name(f".{link.name}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)


def _remove_except(folder: Path, epochs: set[int | None]) -> None:
    for path in folder.glob("epoch_*.pth"):
        if int(re.sub(r"\D", "", path.stem)) not in epochs:
            path.unlink()
