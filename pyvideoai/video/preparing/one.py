"""Copy one video, and prove that the copy has all of its frames."""

import errno
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from pyvideoai.errors import UserError, counted, explain
from pyvideoai.video import Video, VideoError, open_video
from pyvideoai.video.preparing.encode import write_copy
from pyvideoai.video.preparing.manifest import Row
from pyvideoai.video.preparing.pictures import Resizer, all_frames, psnr
from pyvideoai.video.preparing.settings import Settings
from pyvideoai.video.preparing.sources import Source, fingerprint

SAMPLED = 5  # frames of each video that are compared
OUR_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}  # not the video's fault


def prepare(source: Source, copy: str, out: Path, settings: Settings) -> Row:
    """Copy a video to `out / copy`; if it can't be copied, the row says why. Raises UserError for a full disk."""
    row, path = Row(source.name, copy, settings.text), out / copy
    try:
        with open_video(source.path, "pyav") as video:
            row = _with_fingerprint(row, source.path)
            return _prepare(video, path, settings, row)
    except VideoError as error:
        explain(error)
        reason = error.reason
    except Exception as error:  # whatever it is, one odd video must not end the work on the others
        if getattr(error, "errno", None) in OUR_DISK:
            raise UserError(f"{path} can't be written: {error.strerror}") from None
        explain(error)
        reason = f"can't be copied: {type(error).__name__}: {' '.join(str(error).split())}"
    remove(path)
    return replace(row, reason=reason)


def _with_fingerprint(row: Row, source: Path) -> Row:
    size, changed_ns, content = fingerprint(source)
    return replace(row, source_bytes=size, source_mtime_ns=changed_ns, source_hash=content)


def _prepare(video: Video, path: Path, settings: Settings, row: Row) -> Row:
    size = settings.size(video.height, video.width)
    sample = {int(index): np.empty(0) for index in np.linspace(0, video.num_frames - 1, SAMPLED)}
    written = write_copy(
        _sampling(all_frames(video), sample, size), path, size, settings, fps=video.fps, times=video.times
    )
    if written != video.num_frames:
        raise VideoError(
            video.path, f"{counted(written, 'frame')} can be decoded where {video.num_frames} are promised"
        )
    quality = _compare(path, sample, written, size)
    return replace(
        row,
        frames=written,
        fps=float(video.fps),
        height=size[0],
        width=size[1],
        source_height=video.height,
        source_width=video.width,
        bytes=bytes_of(path),
        psnr=round(quality, 2),
    )


def _sampling(
    pictures: Iterator[np.ndarray], sample: dict[int, np.ndarray], size: tuple[int, int]
) -> Iterator[np.ndarray]:
    """Yield the pictures; keep those that `sample` names there, at the copy's size."""
    resize = Resizer(*size, "rgb24")
    for index, picture in enumerate(pictures):
        if index in sample:
            sample[index] = resize(picture).to_ndarray()
        yield picture


def _compare(path: Path, sample: dict[int, np.ndarray], frames: int, size: tuple[int, int]) -> float:
    """Read the copy; return its mean PSNR over the sampled frames in dB. Raises VideoError unless it has all frames."""
    with open_video(path) as copy:
        found = copy.num_frames, copy.height, copy.width
        if found != (frames, *size):
            raise VideoError(path, f"the copy has (frames, height, width) {found} instead of {(frames, *size)}")
        quality = [psnr(copy.frames([index])[0], picture) for index, picture in sample.items()]
    return float(np.mean(quality))


def bytes_of(path: Path) -> int:
    """Return how many bytes a copy takes on the disk."""
    return sum(each.stat().st_size for each in path.iterdir()) if path.is_dir() else path.stat().st_size


def remove(path: Path) -> None:
    """Remove a copy that isn't valid, if there is one."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
