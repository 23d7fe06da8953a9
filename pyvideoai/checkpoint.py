"""Checkpoints: plain dicts of tensors, numbers and strings, written whole.

`epoch_0012.pth` holds a whole epoch; `last.pth` and `best.pth` point at two of these. `resume_a.pth` and `resume_b.pth`
hold the two newest states within an epoch, for a resume only. A resume needs no links: they get lost in copies.
"""

import pickle
import re
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from pyvideoai.errors import UserError, hint
from pyvideoai.files import replacing
from pyvideoai.pickles import check_archive
from pyvideoai.program import typed

FORMAT = "pyvideoai 1"
RESUME_FILES = ("resume_a.pth", "resume_b.pth")
Position = tuple[int, ...]  # whole epochs, then how far the next one has come
# What torch's optimisers keep in the shape of a parameter.
MOMENTS = {"momentum_buffer", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "square_avg", "grad_avg", "sum"}
HOW = ("foreach", "fused")  # options of torch's optimisers that change no more than the rounding of a step
LONGEST = 300  # characters of torch's reason in an error


def save_checkpoint(
    folder: Path, epoch: int, content: dict[str, Any], *, best_epoch: int | None, keep_all: bool
) -> None:
    """Write `epoch_0012.pth`, point `last.pth` at it and `best.pth` at `best_epoch`, then remove files that
    nothing points at.

    If the process is killed at any moment, `last.pth` is still a whole checkpoint: the new one or the one
    before.
    """
    path = folder / _name(epoch)
    write_checkpoint(path, {"epoch": epoch, **content})
    point_links(folder, epoch, best_epoch)
    if not keep_all:
        _remove_except(folder, {epoch, best_epoch})


def point_links(folder: Path, epoch: int, best_epoch: int | None) -> None:
    """Point `last.pth` and `best.pth` at the checkpoints of these epochs, where they exist.

    A resume does so too: a kill may have come between a checkpoint and its links.
    """
    for link, of_epoch in (("last.pth", epoch), ("best.pth", best_epoch)):
        if of_epoch is not None and (folder / _name(of_epoch)).is_file():
            _point(folder / link, _name(of_epoch))


def write_checkpoint(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint of ours, whole or not at all."""
    with replacing(path) as temporary:
        torch.save({"format": FORMAT, **content}, temporary)


def find_checkpoint(folder: Path, which: str) -> Path:
    """Return the file behind `last`, `best`, an epoch's number, or a path. Raises UserError that lists what there is.

    Where a copy of the folder has lost its links, `last` is the newest epoch and `best` the one that this one names.
    """
    if which.endswith(".pth") and Path(which).is_file():
        return Path(which)
    path = folder / (_name(int(which)) if which.isdecimal() else f"{which}.pth")
    numbered = numbered_checkpoints(folder)
    if not path.is_file() and numbered and which in ("last", "best"):
        newest = numbered[max(numbered)]
        path = newest if which == "last" else folder / _name(_best_epoch(newest))
    if not path.is_file() and not numbered and resume_files(folder):
        raise UserError(
            f"no epoch is finished yet in {folder}; {typed('train')} -l {folder.parent} goes on with the first"
        )
    if not path.is_file():
        named = [name for name in ("last", "best") if (folder / f"{name}.pth").is_file()]
        raise UserError(f"no checkpoint {which!r} in {folder}; {hint(which, [*named, *map(str, sorted(numbered))])}")
    return path


def numbered_checkpoints(folder: Path) -> dict[int, Path]:
    """Return the files `epoch_0012.pth` by their epochs."""
    found = ((re.fullmatch(r"epoch_(\d+)\.pth", path.name), path) for path in folder.glob("epoch_*.pth"))
    return {int(match[1]): path for match, path in found if match}


def resume_files(folder: Path) -> list[Path]:
    """Return those of `resume_a.pth` and `resume_b.pth` that exist."""
    return [path for name in RESUME_FILES if (path := folder / name).is_file()]


def newest_readable(folder: Path, device: torch.device | str = "cpu") -> tuple[Path | None, dict[str, Any], list[str]]:
    """Return the newest whole epoch or state within one that can be read, its content, and a line for each file that
    can't be read and may be newer.

    (None, {}, ...) where no epoch was finished and no state can be read. Raises UserError if epochs were finished and
    nothing can be read: a run must not start over on them.
    """
    faults: list[UserError] = []
    numbered = numbered_checkpoints(folder)
    found = [((epoch,), path) for epoch, path in numbered.items()]
    found += [(_position(path), path) for path in resume_files(folder)]
    for _, path in sorted(found, key=lambda each: each[0], reverse=True):
        try:
            return path, load_checkpoint(path, device), [str(fault) for fault in faults]
        except UserError as error:
            faults.append(error)
    if numbered:
        raise faults[0]
    return None, {}, [str(fault) for fault in faults]


def load_checkpoint(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """Read a checkpoint of ours, as tensors and plain values only: a file can never run code.

    Every part is held against its checksum first: torch writes them and doesn't look at them. Raises UserError.
    """
    try:
        _check_content(path)
        _check_sums(path)
        content = torch.load(path, map_location=device, weights_only=True)
    except (MemoryError, torch.OutOfMemoryError):  # it says nothing of the file
        raise
    except Exception as error:
        raise UserError(f"{path} can't be read as a checkpoint: {_reason(error)}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise UserError(f"{path} is not a checkpoint of this framework; {typed('convert-weights')} reads others")
    return content


@contextmanager
def fitting(path: Path, part: str) -> Iterator[None]:
    """Turn any exception that torch raises for a part of a checkpoint into one line that names file and part."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        reason = " ".join(f"no {error}".split() if isinstance(error, KeyError) else str(error).split())
        told = reason if len(reason) <= LONGEST else f"{reason[:LONGEST]}..."
        raise UserError(f"{path}: its {part} does not fit the run: {told}") from error


def check_alike(given: Any, fresh: Any, place: str = "") -> None:
    """Raise ValueError unless a saved state has the same names, kinds and lengths as a new one.

    Torch accepts nearly anything, and then fails steps later or trains with something else. Names with an underscore
    may be missing: they differ between versions of torch.
    """
    if isinstance(fresh, dict) and isinstance(given, dict):
        for name, value in fresh.items():
            if name in given:
                check_alike(given[name], value, f"{place}{name}: ")
            elif not str(name).startswith("_"):
                raise ValueError(f"{place}{name} is missing")
    elif isinstance(fresh, list | tuple) and isinstance(given, list | tuple):
        if len(given) != len(fresh):
            raise ValueError(f"{place}{len(given)} values, not {len(fresh)}")
        for number, (each, value) in enumerate(zip(given, fresh, strict=True)):
            check_alike(each, value, f"{place}{number}: ")
    elif not _is_alike(given, fresh):
        raise ValueError(f"{place}a {type(given).__name__}, not a {type(fresh).__name__}")


def load_optimiser(optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load a saved state. Raises ValueError, KeyError or TypeError if it does not belong to this optimiser."""
    check_alike(state["param_groups"], optimiser.state_dict()["param_groups"])
    pairs = zip(state["param_groups"], optimiser.param_groups, strict=True)
    # How steps are computed is for this process to say: a run may go on on another device.
    groups = [{**given, **{name: own[name] for name in HOW if name in own}} for given, own in pairs]
    optimiser.load_state_dict({**state, "param_groups": groups})
    _counts_to_host(optimiser)
    if len({frozenset(each) for each in optimiser.state.values()}) > 1:
        raise ValueError("its parameters have states of several kinds")
    for parameter, of_parameter in optimiser.state.items():
        for name, value in of_parameter.items():
            if not isinstance(value, torch.Tensor | int | float | None):
                raise ValueError(f"{name} is a {type(value).__name__}")
            is_shaped = torch.is_tensor(value) and (name in MOMENTS or value.dim() == parameter.dim())
            if is_shaped and value.shape != parameter.shape:
                raise ValueError(f"{name} is {tuple(value.shape)} for a parameter of {tuple(parameter.shape)}")


def _counts_to_host(optimiser: torch.optim.Optimizer) -> None:
    """Bring the counts of steps back to the host where torch reads them there.

    `load_state_dict` leaves them on the device that the checkpoint was read to, and a GPU would be waited for once for
    each parameter in each step.
    """
    for group in optimiser.param_groups:
        if "capturable" in group and not (group["capturable"] or group.get("fused")):
            for of_parameter in (optimiser.state.get(each, {}) for each in group["params"]):
                if torch.is_tensor(count := of_parameter.get("step")):
                    of_parameter["step"] = count.cpu()


def _position(path: Path) -> Position:
    """Return how far a state within an epoch has come, without reading its tensors; the farthest if it isn't known."""
    try:
        _check_content(path)
        position = torch.load(path, map_location="cpu", weights_only=True, mmap=True)["position"]
        return tuple(int(each) for each in position)
    except Exception:  # whatever is wrong with the file is said when it is read
        return (sys.maxsize,)


def _check_content(path: Path) -> None:
    """Raise Refused for a file that would take for ever to read, or fill the memory."""
    if zipfile.is_zipfile(path):
        with path.open("rb") as file:
            check_archive(file)


def _check_sums(path: Path) -> None:
    """Raise BadZipFile for a file of which a bit has changed since it was written."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as parts:
            damaged = parts.testzip()
        if damaged:
            raise zipfile.BadZipFile(f"its part {damaged.rpartition('/')[2]} is damaged: the checksum is another")


def _reason(error: Exception) -> str:
    """Return the first line of what went wrong, without torch's advice to allow other objects than tensors."""
    if isinstance(error, pickle.UnpicklingError):
        return "it isn't one of ours, or is damaged"
    return (str(error).splitlines() or ["it ends too early"])[0]


def _best_epoch(path: Path) -> int:
    """Return the best epoch so far, which a checkpoint of ours records."""
    progress = load_checkpoint(path).get("progress")
    best = progress.get("best_epoch") if isinstance(progress, dict) else None
    return best if isinstance(best, int) else -1


def _is_alike(given: Any, fresh: Any) -> bool:
    both = (given, fresh)
    if all(isinstance(each, int | float | torch.Tensor) and not isinstance(each, bool) for each in both):
        return True
    # An option that may be None, such as an optimiser's `foreach`, and a bool or number in its place.
    is_open = None in both and all(isinstance(each, bool | int | float | None) for each in both)
    return type(given) is type(fresh) or is_open


def _name(epoch: int) -> str:
    return f"epoch_{epoch:04d}.pth"


def _point(link: Path, target: str) -> None:
    # A rename puts the new link in the old one's place in one step; removing it first would leave a moment without.
    temporary = link.with_name(f".{link.name}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    temporary.replace(link)


def _remove_except(folder: Path, epochs: set[int | None]) -> None:
    for epoch, path in numbered_checkpoints(folder).items():
        if epoch not in epochs:
            path.unlink()
