"""Every index gives the frame that decoding from the start gives, in every kind of file."""

import pickle
import sys
from types import SimpleNamespace

import av
import numpy as np
import painting
import pytest
import torch

from pyvideoai.errors import UserError
from pyvideoai.video import VideoError, open_video

pytestmark = pytest.mark.long


def sequential(path) -> np.ndarray:
    """The truth: uint8 (T, H, W, 3)."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def test_every_frame_carries_its_number(kind):
    with open_video(kind) as video:
        numbers = [painting.read_number(frame) for frame in video.frames(range(video.num_frames))]
    assert numbers == list(range(len(sequential(kind)))) and len(numbers) > 0


@pytest.mark.parametrize("seed", range(4))
def test_random_indices_are_bit_exact(kind, seed):
    truth, rng = sequential(kind), np.random.default_rng(seed)
    with open_video(kind) as video:
        assert (video.num_frames, video.height, video.width, 3) == truth.shape
        for count in (1, 3, 8):
            indices = rng.integers(video.num_frames, size=count)
            assert np.array_equal(video.frames(indices), truth[indices])


def test_strided_clips_are_bit_exact(kind):
    truth = sequential(kind)
    for stride in (2, 5, 8):
        with open_video(kind) as video:
            indices = np.arange(len(truth) // 3, len(truth), stride)
            assert np.array_equal(video.frames(indices), truth[indices])


def test_a_crop_is_the_part_of_the_whole_frame(kind):
    with open_video(kind) as video:
        whole = video.frames([0, video.num_frames - 1])
        for top, left, height, width in ((0, 0, 10, 12), (7, 3, 30, 21), (video.height - 9, video.width - 5, 9, 5)):
            cropped = video.frames([0, video.num_frames - 1], crop=(top, left, height, width))
            assert np.array_equal(cropped, whole[:, top : top + height, left : left + width])


def test_order_and_repeats_are_kept(painted_video):
    with open_video(painted_video(bframes=2)) as video:
        wanted = [7, 3, 3, 29, 0, 7]
        assert [painting.read_number(frame) for frame in video.frames(wanted)] == wanted
        assert video.frames([]).shape == (0, 64, 64, 3)


@pytest.mark.parametrize("indices", [[-1], [30], [0, 31]])
def test_an_index_outside_is_an_error(painted_video, indices):
    with open_video(painted_video()) as video, pytest.raises(IndexError, match=r"has frames 0 \.\.\. 29"):
        video.frames(indices)


@pytest.mark.parametrize("crop", [(-1, 0, 4, 4), (0, 0, 65, 4), (60, 0, 5, 4), (0, 0, 0, 4)])
def test_a_crop_outside_is_an_error(painted_video, crop):
    with open_video(painted_video()) as video, pytest.raises(IndexError, match="64 x 64; no crop"):
        video.frames([0], crop=crop)


def test_fps_is_the_mean(painted_video):
    with open_video(painted_video(fps=30)) as video:
        assert video.fps == 30
    with open_video(painted_video("vfr.mp4", frames=4, fps=10, times=[0, 10, 20, 30])) as video:
        assert video.fps == pytest.approx(1, rel=0.3)


def test_a_changed_file_is_read_anew(painted_video):
    path = painted_video(frames=30)
    with open_video(path) as video:
        assert video.num_frames == 30
    path.write_bytes(painted_video("b.mp4", frames=20).read_bytes())
    with open_video(path) as video:
        assert video.num_frames == 20


@pytest.mark.parametrize("bframes", [0, 2])
def test_frames_are_found_by_the_time_at_which_they_are_shown(painted_video, bframes):
    times = [0, 1, 2, 10, 11, 12, 40, 41, 80, 100]
    with open_video(painted_video("vfr.mp4", frames=10, fps=10, bframes=bframes, times=times)) as video:
        assert np.allclose(video.times, np.array(times) / 10, atol=1e-5)
        assert [video.frame_at(second) for second in (0, 0.05, 0.2, 1.0, 1.01, 4.0, 10, 99)] == [
            0,
            1,
            2,
            3,
            4,
            6,
            9,
            10,
        ]
    with open_video(painted_video("even.mp4", frames=10, fps=10, bframes=bframes)) as video:
        assert video.times is None and [video.frame_at(second) for second in (0, 0.05, 0.3)] == [0, 1, 3]


def test_an_unknown_reader_is_named(painted_video):
    with pytest.raises(UserError, match="reader 'decrod': did you mean 'decord'"):
        open_video(painted_video(), reader="decrod")


@pytest.mark.parametrize("reader", ["decord", "torchcodec"])
def test_other_readers_read_too(painted_video, reader):
    pytest.importorskip(reader)
    with open_video(painted_video(bframes=2), reader=reader) as video:
        assert (video.num_frames, video.height, video.width, video.fps) == (30, 64, 64, 25)
        assert [painting.read_number(frame) for frame in video.frames([5, 29, 0])] == [5, 29, 0]
        whole = video.frames([4])
        assert np.array_equal(video.frames([4], crop=(3, 5, 20, 30)), whole[:, 3:23, 5:35])


@pytest.mark.parametrize(("reader", "module"), [("decord", "decord"), ("torchcodec", "torchcodec.decoders")])
def test_a_reader_that_is_not_installed_is_explained(painted_video, monkeypatch, reader, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UserError, match=f"reader = '{reader}', but .*use reader = 'auto'"):
        open_video(painted_video(), reader=reader)


def test_a_gpu_that_is_not_there_is_explained(painted_video, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(UserError, match="reader = 'torchcodec_cuda', but there is no CUDA device; use reader = 'auto'"):
        open_video(painted_video(), reader="torchcodec_cuda")


def test_a_gpu_s_reader_takes_the_process_s_own_gpu(painted_video, monkeypatch):
    asked = []

    class Decoder:
        metadata = SimpleNamespace(average_fps=25)

        def __init__(self, path, **options):
            asked.append(options["device"])

        def __len__(self):
            return 30

        def __getitem__(self, number):
            return np.zeros((64, 64, 3))

    monkeypatch.setitem(sys.modules, "torchcodec.decoders", SimpleNamespace(VideoDecoder=Decoder))
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.current_device", lambda: 1)
    with open_video(painted_video(), reader="torchcodec_cuda") as video:
        assert (video.num_frames, video.height, asked) == (30, 64, ["cuda:1"])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_s_reader_gives_the_frames(painted_video):
    pytest.importorskip("torchcodec")
    with open_video(painted_video(), reader="torchcodec_cuda") as video:
        assert [painting.read_number(frame) for frame in video.frames([5, 29, 0])] == [5, 29, 0]


@pytest.mark.parametrize("reader", ["decord", "torchcodec"])
def test_other_readers_refuse_in_one_line(tmp_path, reader):
    pytest.importorskip(reader)
    (tmp_path / "a.mp4").write_bytes(b"no video")
    for path in (tmp_path / "a.mp4", tmp_path / "none.mp4"):
        with pytest.raises(VideoError) as caught:
            open_video(path, reader=reader)
        assert "\n" not in caught.value.reason


@pytest.mark.parametrize("threads", [0, 2])
def test_threads_change_nothing(kind, threads):
    truth = sequential(kind)
    with open_video(kind, threads=threads) as video:
        for indices in ([len(truth) - 1], range(0, len(truth), 7), range(len(truth))):
            assert np.array_equal(video.frames(indices), truth[np.asarray(indices)])


def test_an_error_survives_pickling():
    error = pickle.loads(pickle.dumps(VideoError("a.mp4", "broken\nbadly")))
    assert (error.path, error.reason, str(error)) == ("a.mp4", "broken badly", "a.mp4: broken badly")
