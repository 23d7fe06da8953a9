"""Find out how the frames of a file are laid out: by its packets where that is proven enough, else by decoding it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from av.error import FFmpegError

from pyvideoai.video import libav
from pyvideoai.video.bitstreams.shown import Shown
from pyvideoai.video.decoder import make_decoder
from pyvideoai.video.errors import VideoError
from pyvideoai.video.layout import Layout, Stored
from pyvideoai.video.packets import Packets, collect, decode_alone
from pyvideoai.video.pixels import ToRgb

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

SKIPPABLE = frozenset({"h264", "vp8", "mpeg1video", "mpeg2video"})  # even if the packets weren't understood


def find_layout(path: Path) -> Layout:
    """How the file's frames are laid out. Raises VideoError."""
    packets = collect(path)
    shown = packets.shown()
    if shown is None or packets.first is None:
        return by_decoding(path, packets)
    kept = ~np.asarray(packets.hidden)[shown.order]
    if not kept.any():
        raise VideoError(path, "its edit list hides every frame")
    entries, entry_frames = _entries(shown, kept)
    return replace(
        _layout(packets, packets.first, shown.order[kept]),
        entries=entries,
        entry_frames=entry_frames,
        skippable=shown.droppable,
        chained=shown.chained,
    )


def by_decoding(path: Path, packets: Packets | None = None) -> Layout:
    """Decode the whole file once to know. Raises VideoError when that fails anywhere."""
    packets = packets or collect(path)
    first, sizes, order, damaged = None, set(), [], False
    for frame in _numbered_frames(path):
        first, damaged = first or frame, damaged or frame.is_corrupt
        sizes.add((frame.height, frame.width))
        order.append(frame.pts)
    if len(sizes) > 1:
        found = " and ".join(f"{height} x {width}" for height, width in sorted(sizes))
        raise VideoError(path, f"the size of its frames changes: {found}")
    layout = _layout(packets, first, np.asarray(order, np.int32))
    return replace(
        layout,
        proven=True,
        skippable=packets.codec in SKIPPABLE and not damaged,
        order=layout.order if len(set(order)) == len(order) else None,
    )


def _numbered_frames(path: Path) -> Iterator["VideoFrame"]:
    """All frames, each with the number of its packet as its time. Raises VideoError."""
    with libav.open_container(path) as container:
        stream, count = libav.video_stream(container, path, threads=1), 0
        try:
            for number, packet in enumerate(container.demux(stream)):
                if packet.dts is not None or packet.size:
                    packet.pts = number
                for frame in packet.decode():
                    yield frame
                    count += 1
        except (FFmpegError, ValueError) as error:
            raise VideoError(path, f"{libav.after(count, stream)}: {libav.explain(error)}") from None
        if count == 0:
            raise VideoError(path, libav.after(0, stream))


def _layout(packets: Packets, first: "VideoFrame", order: np.ndarray) -> Layout:
    return Layout(
        num_frames=len(order),
        fps=packets.fps,
        coded_height=first.height,
        coded_width=first.width,
        upright=libav.upright_of(first),
        order=order,
        stored=_proven_store(packets),
    )


def _proven_store(packets: Packets) -> Stored | None:
    """The packets in the file, if a decoder without the container makes the same picture of the first of them."""
    stored = packets.stored()
    if stored is None or packets.first is None:
        return None
    alone = decode_alone(make_decoder(stored, threads=1), packets.first_payload)
    rgb = ToRgb(libav.Upright())
    return stored if alone is not None and np.array_equal(rgb.convert(alone), rgb.convert(packets.first)) else None


def _entries(shown: Shown, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(packets at which decoding may start, the first frame that each of them is good for), both rising."""
    frames_before = dict(zip(shown.order.tolist(), (np.cumsum(kept) - kept).tolist(), strict=True))
    entries, entry_frames = [0], [0]
    for packet in shown.entries:
        if frames_before[packet] > entry_frames[-1]:
            entries.append(packet)
            entry_frames.append(frames_before[packet])
    return np.asarray(entries, np.int32), np.asarray(entry_frames, np.int32)
