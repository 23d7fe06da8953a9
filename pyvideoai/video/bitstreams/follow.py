"""Choose the follower of a stream."""

from pyvideoai.video.bitstreams import one_by_one
from pyvideoai.video.bitstreams.h264 import H264
from pyvideoai.video.bitstreams.hevc import Hevc
from pyvideoai.video.bitstreams.mpeg4 import Mpeg4
from pyvideoai.video.bitstreams.one_by_one import INTRA_ONLY, OneByOne
from pyvideoai.video.bitstreams.shown import Follower, Unproven


def follower(codec: str, extradata: bytes | None) -> Follower:
    """Return the follower for streams of libavcodec's decoder `codec`. Raises Unproven for any other codec."""
    if codec in INTRA_ONLY:
        return OneByOne(one_by_one.always, droppable=False)
    match codec:
        case "h264":
            return H264(extradata or b"")
        case "hevc":
            return Hevc(extradata or b"")
        case "mpeg4":
            return Mpeg4(extradata)
        case "vp8":
            return OneByOne(one_by_one.vp8, droppable=False)  # what it says of segments holds for later frames
        case "vp9":
            return OneByOne(one_by_one.vp9, droppable=False)
        case "libdav1d" | "av1" | "libaom-av1":
            return OneByOne(one_by_one.av1, droppable=False)
    raise Unproven(f"no rules for {codec}")
