"""Report what was done and what it changed, for the console."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pyvideoai.video.preparing.manifest import Row

SHOWN = 20


def report(rows: Sequence[Row], made: int, out: Path) -> str:
    """Return counts, failures by name, what differs from the originals, and how to use the copies."""
    good, bad = [row for row in rows if not row.reason], [row for row in rows if row.reason]
    lines = [f"{len(good)} of {len(rows)} videos have a copy in {out.absolute()} ({made} made now)"]
    if bad:
        lines.append(f"{len(bad)} could not be copied; training will count them as failed:")
        lines += [f"  {row.video}: {row.reason}" for row in bad[:SHOWN]]
        lines += [f"  and {len(bad) - SHOWN} more, see manifest.csv"] if len(bad) > SHOWN else []
    return "\n".join([*lines, *(_changes(good) + _usage(out) if good else [])])


def _changes(rows: Sequence[Row]) -> list[str]:
    smaller = sum((row.height, row.width) != (row.source_height, row.source_width) for row in rows)
    quality = np.array([row.psnr for row in rows])
    frames, before, after = (
        sum(each) for each in zip(*((r.frames, r.source_bytes, r.bytes) for r in rows), strict=True)
    )
    worst = min(rows, key=lambda row: row.psnr)
    shrunk = f", {before / 2**20:.1f} MiB before" if before else ""
    return [
        f"the same in the copies: every frame and its number ({frames} frames, counted in both), frame rate, order",
        "different in the copies, so that a training is not the same to the bit:",
        f"  {'H.264' if rows[0].copy.endswith('.mp4') else 'JPEG'}, {rows[0].settings}",
        f"  size: {smaller} of {len(rows)} are smaller than their originals; {after / 2**20:.1f} MiB{shrunk}",
        f"  pixels: PSNR against the resized originals {quality.mean():.1f} dB on average, {worst.psnr:.1f} in "
        f"{worst.video}",
        "  no sound; turned upright; RGB as the originals show it, without their colour tags",
    ]


def _usage(out: Path) -> list[str]:
    return [f"use them: --set dataset.prepared={out}, or in a dataset config: prepared = {str(out)!r}"]
