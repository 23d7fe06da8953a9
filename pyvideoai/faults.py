"""Say in one line what the machine did to a program: a full disk, too little memory, a share that doesn't answer.

Such an error is neither the user's nor ours: no traceback helps.
"""

import errno
from collections.abc import Iterator

ABSENT_SHARE = frozenset({
    errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN,
    errno.ENETUNREACH, errno.ECONNRESET, errno.ECONNABORTED, errno.EREMOTEIO,
})  # fmt: skip
OF_FILES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EIO: "the disk or share has failed (input/output error)",
    errno.EROFS: "the disk can't be written any more: it is read-only",
    errno.EACCES: "access is denied",
    errno.EPERM: "access is denied",
    errno.EFBIG: "the file would grow larger than this system or `ulimit -f` allows",
    errno.EMFILE: "too many files are open (`ulimit -n` sets the limit)",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOENT: "no such file or folder (any more)",
    **dict.fromkeys(ABSENT_SHARE, "the share can't be reached"),
}
MEMORY = (
    "memory ran out{where}; lower clips_per_device (accumulation keeps global_batch), eval_clips_per_device or workers"
)
WRITING_FAILED = ("PytorchStreamWriter", "inline_container.cc", "unexpected pos")  # torch.save hides the system's error
SHARED_MEMORY = (
    "shared memory (/dev/shm) is full, through which workers pass their clips; lower workers or clips_per_device, or "
    "give the container more (docker run --shm-size=8g)"
)
OTHERS = (  # what gloo and NCCL say
    "Timed out waiting", "Watchdog caught collective operation timeout", "Connection closed by peer",
    "Connection reset by peer", "ncclRemoteError", "Socket Timeout", "Broken pipe",
)  # fmt: skip
OTHERS_TOLD = (
    "another process of the run hangs, has ended, or can't be reached; its own lines are above, or in the log of its "
    "machine"
)
NO_MEMORY = ("DefaultCPUAllocator", "CUDA out of memory", "CUDNN_STATUS_ALLOC_FAILED", "CUBLAS_STATUS_ALLOC_FAILED")


def environment_fault(error: BaseException) -> str | None:
    """Return what happened, for an error that the machine caused, or None for any other.

    The errors that led to it are looked at too: libraries wrap the system's errors in their own.
    """
    return next((told for each in _chain(error) if (told := _told(each)) is not None), None)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out, of a GPU or of the machine."""
    return isinstance(error, MemoryError) or any(
        type(each).__name__ == "OutOfMemoryError"
        or (isinstance(each, RuntimeError) and any(text in str(each) for text in NO_MEMORY))
        for each in _chain(error)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _told(error: BaseException) -> str | None:
    if isinstance(error, MemoryError):
        return MEMORY.format(where="")
    if type(error).__name__ == "OutOfMemoryError":  # torch's: it is not imported for this
        return MEMORY.format(where=" on the GPU")
    if isinstance(error, OSError) and error.errno in OF_FILES:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{OF_FILES[error.errno]}"
    return _of_torch(str(error)) if isinstance(error, RuntimeError) else None


def _of_torch(text: str) -> str | None:
    """Return what a RuntimeError of torch says of the machine; torch has no types for these."""
    if "shared memory" in text or "</torch_" in text:
        return SHARED_MEMORY
    if any(each in text for each in NO_MEMORY):
        return MEMORY.format(where=" on the GPU" if "CU" in text and "DefaultCPU" not in text else "")
    if any(each in text for each in OTHERS):
        return OTHERS_TOLD
    if any(each in text for each in WRITING_FAILED):
        return "a file could not be written whole: the disk is full, or has failed"
    return None
