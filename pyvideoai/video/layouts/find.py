"""Find out how the frames of a file are laid out: by its packets if those are a proven kind, else by decoding it."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyvideoai.video import libav
from pyvideoai.video.bitstreams.shown import Shown
from pyvideoai.video.errors import VideoError
from pyvideoai.video.layouts.decoder import make_decoder
from pyvideoai.video.layouts.layout import Layout, Stored
from pyvideoai.video.layouts.packets import Packets, Timing, collect, collect_times, decode_alone
from pyvideoai.video.to_rgb import ToRgb

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


NEVER_TRUSTED = frozenset({"hevc"})  # a lost reference, which its packets don't show, makes libavcodec drop frames
MOST_DAMAGED = 0.5  # of the frames: with fewer a file is read as far as it goes


def find_layout(path: Path, packets: Packets | None = None) -> Layout:
    """Return how the file's frames are laid out. packets: those of the file, if known. Raises VideoError."""
    packets = packets or collect(path)
    shown = packets.shown()
    if shown is None or packets.first is None or packets.first.is_corrupt:
        return by_decoding(path, packets)
    kept = ~np.asarray(packets.hidden)[shown.order]
    if packets.codec in NEVER_TRUSTED:
        layout = by_decoding(path, packets)
        return _with_starts(layout, shown, kept) if np.array_equal(layout.order, shown.order[kept]) else layout
    if not kept.any():
        raise VideoError(path, "its edit list hides every frame")
    return _with_starts(_layout(packets, packets.first, shown.order[kept]), shown, kept)


def promised_layout(path: Path) -> Layout | None:
    """Return the layout that the packets' times promise, for reading the whole file in order; None if they promise
    none.

    Nothing is decoded but the first frame. What comes out must be held against the promise. Raises VideoError.
    """
    packets = collect_times(path)
    if packets.first is None or packets.first.is_corrupt or packets.setup is None:
        return None
    shown = np.flatnonzero(~np.asarray(packets.hidden, bool))
    if packets.timing is not Timing.BY_PACKET:
        return replace(_layout(packets, packets.first, shown), order=None) if len(shown) else None
    times = [packets.times[packet] for packet in shown.tolist()]
    if None in times or len(set(times)) < len(times) or not times:
        return None
    return _layout(packets, packets.first, shown[np.argsort(times)].astype(np.int32))


def _with_starts(layout: Layout, shown: Shown, kept: np.ndarray) -> Layout:
    """Add to the layout what following the packets has shown: where decoding may start, and what may be left out."""
    layout = replace(layout, skippable=shown.droppable, chained=shown.chained)
    if layout.stored is None:
        return layout
    entries, entry_frames = _entries(shown, kept)
    return replace(layout, entries=entries, entry_frames=entry_frames)


def by_decoding(path: Path, packets: Packets | None = None) -> Layout:
    """Decode the whole file once to find its layout. Raises VideoError if that fails anywhere."""
    packets = packets or collect(path)
    first, sizes, order, damaged = None, set(), [], 0
    with libav.open_container(path) as container:
        stream = libav.video_stream(container, path, threads=1)
        for frame in libav.decode_all(container, stream, path):
            first = first or frame
            sizes.add((frame.height, frame.width))
            order.append(frame.pts)
            damaged += frame.is_corrupt
        if first is None:
            raise VideoError(path, libav.after(0, stream))
    if damaged > MOST_DAMAGED * len(order):
        raise VideoError(path, f"corrupt: the decoder had to make up {damaged} of its {len(order)} frames")
    if len(sizes) > 1:
        found = " and ".join(f"{height} x {width}" for height, width in sorted(sizes))
        raise VideoError(path, f"the size of its frames changes: {found}")
    layout = _layout(packets, first, np.asarray(order, np.int32))
    one_each = len(set(order)) == len(order)  # else times are none: two frames have that of one packet
    return replace(layout, proven=True, order=layout.order if one_each else None)


def _layout(packets: Packets, first: "VideoFrame", order: np.ndarray) -> Layout:
    pace = packets.pace(order)
    return Layout(
        num_frames=len(order),
        fps=pace.fps,
        coded_height=first.height,
        coded_width=first.width,
        upright=libav.upright_of(first),
        order=order,
        times=pace.times,
        stored=_proven_store(packets),
    )


def _proven_store(packets: Packets) -> Stored | None:
    """Return where the packets lie in the file, or None.

    They count if a decoder without the container decodes the first of them to the same picture.
    """
    stored = packets.stored()
    if stored is None or packets.first is None:
        return None
    alone = decode_alone(make_decoder(stored, threads=1), packets.first_payload)
    rgb = ToRgb(libav.Upright())
    return stored if alone is not None and np.array_equal(rgb.convert(alone), rgb.convert(packets.first)) else None


def _entries(shown: Shown, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the packets at which decoding may start and the first exact frame from each of them, both rising."""
    frames_before = dict(zip(shown.order.tolist(), (np.cumsum(kept) - kept).tolist(), strict=True))
    entries, entry_frames = [0], [0]
    for packet in shown.entries:
        # Frames that an edit list hides are not counted: of several entries before the same shown frame the first is
        # kept.
        if frames_before[packet] > entry_frames[-1]:
            entries.append(packet)
            entry_frames.append(frames_before[packet])
    return np.asarray(entries, np.int32), np.asarray(entry_frames, np.int32)
