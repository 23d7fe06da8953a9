"""Use libav through PyAV: open a file's video stream, decode it, and say in one line what is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.error import ArgumentError, FFmpegError, InvalidDataError
from av.sidedata.sidedata import Type as FrameSideData
from av.stream import Disposition

from pyvideoai import tarred
from pyvideoai.errors import counted
from pyvideoai.files import not_downloaded
from pyvideoai.video.errors import VideoError
from pyvideoai.video.pulse import beat
from pyvideoai.video.upright import Upright, from_display_matrix

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from pyvideoai.tarred.shard import TarredContent

# Containers and raw streams of video, by libav's names. What opens other files (concat, hls, dash, imf, image2) is not
# among them, nor what shows a single picture (png_pipe, tiff_pipe): a name and an ending say nothing of the content.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2 matroska,webm avi mpegts mpeg flv live_flv kux asf asf_o ogg mxf nut gif apng ivf dv "
    "h261 h263 h264 hevc vvc evc apv av1 obu m4v mpegvideo mpjpeg mjpeg mjpeg_2000 ingenient vc1 vc1test dirac "
    "dnxhd cavsvideo avs2 avs3 rawvideo yuv4mpegpipe bitpacked v210 v210x gxf lxf nuv nsv rm ivr r3d cine wtv ty "
    "pva pmp dhav ifv ser smjpeg mtv mlv mgsts jpegxl_anim ipu pdv swf vivo flic roq bink smk 4xm thp wc3movie "
    "rl2 rpl film_cpk filmstrip xmv usm moflex psxstr iv8 lvf lmlm4 mxg nc paf siff tmv txd vmd yop amv anm avs "
    "bethsoftvid bfi bmv c93 cdxl dsicin dxa ea ea_cdata gdv hnm idcin iff ipmovie jv mm mv mvi sga smush "
    "tiertexseq vpk frm 3dostr argo_brp"
)
ONLY_VIDEOS = {"format_whitelist": FORMATS.replace(" ", ","), "protocol_whitelist": "file"}


def check_file(path: Path) -> None:
    """Raise VideoError unless `path` is a file, by itself or in a shard, that is not empty."""
    if not tarred.is_file(path):
        raise VideoError(path, "is not a file" if path.exists() else "no such file")
    if tarred.status_of(path).st_size == 0:
        raise VideoError(path, "the file is empty (0 bytes)")


def open_container(path: Path) -> "InputContainer":
    """Open the file for demuxing. No other file is opened, whatever the content names. Raises VideoError."""
    check_file(path)
    with translated(path, "can't be opened as a video"):
        try:
            return av.open(_source(path), container_options=ONLY_VIDEOS, metadata_errors="replace")
        except (ArgumentError, InvalidDataError) as error:
            if told := _in_place(path):
                raise ValueError(f"it is {told}") from None
            if isinstance(error, InvalidDataError):
                raise
            # what a format that isn't among them gives
            raise ValueError("it is a playlist, an image, sound or text, or its header is damaged") from None


def _in_place(path: Path) -> str | None:
    """Return what lies in the place of a video that was not downloaded; None for anything else, or in a shard."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return not_downloaded(file.read(100))


def _source(path: Path) -> "str | TarredContent":
    """Return what libav opens: the path, or a part of a shard, which has the path as its name."""
    found = tarred.find(path)
    return str(path.absolute()) if found is None else found.open(str(path.absolute()))


def video_stream(container: "InputContainer", path: Path, threads: int) -> "VideoStream":
    """Return the stream that ffmpeg would choose, its decoder limited to `threads` (0: one per core).

    Raises VideoError.
    """
    stream = container.streams.best("video")
    if stream is None or stream.disposition & Disposition.attached_pic:  # the cover picture of a sound file
        found = sorted({each.type for each in container.streams})
        raise VideoError(path, f"no video stream, only {' and '.join(found) or 'an empty container'}")
    if stream.codec_context is None:
        raise VideoError(path, "its header is damaged or its video codec unknown")
    stream.codec_context.thread_count = threads
    return stream


def decode_all(container: "InputContainer", stream: "VideoStream", path: Path) -> Iterator["VideoFrame"]:
    """Yield the frames of a container just opened; the time (`pts`) of each is replaced by the number of its packet.

    These frames are the truth that readers are compared with. A last packet that is cut off ends the video, and the
    frames before it count. Raises VideoError if decoding fails.
    """
    count, packet, packets = 0, None, container.demux(stream)
    try:
        for number, packet in enumerate(packets):
            # the last packet is an empty one that flushes the decoder; it has no number, and gives delayed frames
            if packet.dts is not None or packet.size:
                packet.pts = number
            for frame in packet.decode():
                beat()
                yield frame
                count += 1
    except (FFmpegError, ValueError) as error:
        cut_off = packet is not None and packet.is_corrupt and not any(each.size for each in packets)
        if count == 0 or not cut_off:
            raise VideoError(path, f"{after(count, stream)}: {explain(error)}") from None
        yield from stream.codec_context.decode(None)


def after(count: int, stream: "VideoStream") -> str:
    """Say where decoding failed."""
    if count == 0:
        encrypted = " (it is encrypted)" if "enc_key_id" in stream.metadata else ""
        return f"no frame of its {stream.codec_context.name} stream can be decoded{encrypted}"
    return f"corrupt: decoding fails after {counted(count, 'frame')}"


@contextmanager
def translated(path: Path, doing: str) -> Iterator[None]:
    """Turn libav's errors into a VideoError."""
    try:
        yield
    except (FFmpegError, OSError, ValueError) as error:
        raise VideoError(path, f"{doing}: {explain(error)}") from None


def explain(error: Exception) -> str:
    """Return libav's own words, without its numbers and function names."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def upright_of(frame: "VideoFrame") -> Upright:
    """Return how to turn the frames of this frame's video upright."""
    matrix = next((each for each in frame.side_data if each.type == FrameSideData.DISPLAYMATRIX), None)
    return Upright() if matrix is None else from_display_matrix(bytes(matrix))


def side_data_of(packet: "Packet") -> set[str]:
    """Return the kinds of a packet's side data; "unknown" for kinds that PyAV has no name for."""
    return {_kind(each) for each in packet.iter_sidedata()}


def _kind(side_data: object) -> str:
    try:
        return side_data.data_type
    except IndexError:
        return "unknown"


def _unnamed(kind: type[FrameSideData], value: object) -> FrameSideData:
    """Make a member of PyAV's enumeration for a value that it lacks."""
    member = object.__new__(kind)
    member._name_, member._value_ = f"UNNAMED_{value}", value
    return member


# libav knows more kinds of frame side data than PyAV 18 (EXIF of cameras' MJPEG, spatial video), which can't list any
# of a frame's when one of them has no name; among them is the display matrix
FrameSideData._missing_ = classmethod(_unnamed)
