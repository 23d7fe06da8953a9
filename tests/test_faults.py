"""What the machine did is told in one line; what it didn't do stays an error with a traceback."""

import errno
import sys

import pytest
import torch

from pyvideoai.commands import ending
from pyvideoai.faults import environment_fault


def wrapped(error: BaseException) -> RuntimeError:
    """An error as a library wraps it."""
    try:
        try:
            raise error
        except BaseException:
            raise RuntimeError("of a library")  # noqa: B904
    except RuntimeError as outer:
        return outer


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "x", "a.csv"), "a.csv: the disk is full"),
        (OSError(errno.EDQUOT, "x"), "the disk quota is used up"),
        (OSError(errno.EIO, "x"), "the disk or share has failed"),
        (OSError(errno.EROFS, "x"), "read-only"),
        (OSError(errno.ESTALE, "x", "/nfs/a"), "/nfs/a: the share can't be reached"),
        (FileNotFoundError(errno.ENOENT, "x", "logs/a"), "logs/a: no such file or folder"),
        (MemoryError(), "memory ran out; lower clips_per_device"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried"), "memory ran out on the GPU; lower clips_per_device"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate"), "memory ran out; lower"),
        (RuntimeError("PytorchStreamWriter failed writing file data/1: file write failed"), "could not be written"),
        (RuntimeError("unable to open shared memory object </torch_1> in read-write mode"), "lower workers or"),
    ],
)
def test_faults_of_the_machine(error, told):
    for each in (error, wrapped(error)):
        found = environment_fault(each)
        assert found and told in found and "\n" not in found


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("shape mismatch"), OSError("x")])
def test_other_errors_are_none(error):
    assert environment_fault(error) is None


def test_a_tool_ends_with_the_line(monkeypatch, capfd):
    def main(arguments: list[str]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "out.csv")

    monkeypatch.setattr(sys, "argv", ["tool"])
    with pytest.raises(SystemExit) as ended:
        ending.run(main)
    assert (ended.value.code, capfd.readouterr().err) == (2, "error: out.csv: the disk is full\n")
