"""The torchcodec readers, an optional extra, on the CPU and on a GPU. Not exact on every file: see `open_video`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pyvideoai import tarred
from pyvideoai.errors import UserError
from pyvideoai.video import libav
from pyvideoai.video.errors import VideoError
from pyvideoai.video.layouts.pace import FPS_UNKNOWN
from pyvideoai.video.video import Video


class TorchCodecVideo(Video):
    """Read a file with torchcodec in its exact mode, with torchcodec's own frame count."""

    device = "cpu"

    def __init__(self, path: Path, threads: int = 1) -> None:
        decoder = _decoder()
        libav.open_container(path).close()  # the library itself would follow a playlist to other files
        self.path, found = path, tarred.find(path)
        try:
            self.decoder = decoder(
                str(path.absolute()) if found is None else found.open(str(path)),
                dimension_order="NHWC",
                num_ffmpeg_threads=threads,
                device=self.device,
            )
            self.num_frames, self.fps = len(self.decoder), float(self.decoder.metadata.average_fps or FPS_UNKNOWN)
            self.height, self.width = self.decoder[0].shape[:2]
        except (RuntimeError, ValueError, IndexError) as error:
            raise VideoError(path, f"torchcodec can't open it: {_last_words(error)}") from None

    def _decode(self, wanted: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        try:
            yield from enumerate(self.decoder.get_frames_at(wanted.tolist()).data.cpu().numpy())
        except (RuntimeError, ValueError, IndexError) as error:
            raise VideoError(self.path, f"torchcodec can't decode it: {_last_words(error)}") from None

    def close(self) -> None:
        self.decoder = None


class TorchCodecCudaVideo(TorchCodecVideo):
    """Read a file with the decoder of the process's own GPU, if that knows the codec; frames are copied back to the
    CPU.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        import torch

        if not torch.cuda.is_available():
            raise UserError("reader = 'torchcodec_cuda', but there is no CUDA device; use reader = 'auto'")
        # "cuda" alone is the first GPU in every process.
        self.device = f"cuda:{torch.cuda.current_device()}"
        super().__init__(path, threads)


def _decoder():
    try:
        from torchcodec.decoders import VideoDecoder
    except (ImportError, OSError, RuntimeError) as error:
        raise UserError(
            "reader = 'torchcodec', but torchcodec can't be used here: `pip install torchcodec` and FFmpeg's libraries "
            f"or use reader = 'auto' ({' '.join(str(error).split())[:80]})"
        ) from None
    return VideoDecoder


def _last_words(error: Exception) -> str:
    """Return the end of torchcodec's message, which begins with its place in torchcodec's C++ source."""
    return str(error).strip().splitlines()[0].rsplit(", ", 1)[-1] if str(error).strip() else type(error).__name__
