"""Read video files as frames: exact, upright, RGB. Knows nothing of training.

Imports only ground modules, such as errors and files.
"""

from pyvideoai.video.errors import PromiseBrokenError, VideoError
from pyvideoai.video.opening import READERS, open_in_order, open_video
from pyvideoai.video.video import Video

__all__ = ["READERS", "PromiseBrokenError", "Video", "VideoError", "open_in_order", "open_video"]
