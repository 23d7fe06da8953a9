"""What a test video is for a network of the zoo: how many views of how many frames, by its docstring's Protocol."""

import re
from typing import NamedTuple

from pyvideoai.errors import UserError

# "10 clips x 3 crops of 256, fully convolutional"; "2 x 8 segments x 3 crops of 256"; "5 clips x 1 centre crop of 224
# from 256"
PROTOCOL = re.compile(r"(?:(\d+) x )?(\d+) (clips?|segments) x (\d+) (?:centre )?crops? of (\d+)\b")
NONE = "none"  # of a config that publishes no scores


class VideoInput(NamedTuple):
    """Say what one test video gives to the network: `views` clips of `frames` frames of `size` x `size` pixels."""

    views: int
    frames: int
    size: int


def video_of(protocol: str, frames: int, size: int) -> VideoInput:
    """Return what a protocol makes of a video. frames, size: of the config, for what the protocol doesn't say.

    Without a protocol it is one view. Raises UserError for a protocol that is written in another way.
    """
    if protocol == NONE:
        return VideoInput(1, frames, size)
    match = PROTOCOL.match(protocol)
    if match is None:
        raise UserError(f"Protocol: {protocol}: write it as '10 clips x 3 crops of 256', or '{NONE}'")
    times, count, kind, crops, side = match.groups()
    if kind == "segments":  # one frame of each is one clip, drawn once or twice
        return VideoInput(int(times or 1) * int(crops), int(count), int(side))
    return VideoInput(int(count) * int(crops), frames, int(side))
