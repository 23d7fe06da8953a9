"""tools/run_predict.py --live: a stream over HTTP is watched; addresses are opened there and nowhere else."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest
from workplaces import COLOURS

import pyvideoai
from pyvideoai.commands import predict as predict_command
from pyvideoai.errors import UserError
from pyvideoai.predicting import live
from pyvideoai.predicting.scorer import Scorer
from pyvideoai.video import VideoError, open_video
from pyvideoai.video.live import LiveStream

FRAMES, FPS = 100, 25


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="session")
def served(tmp_path_factory) -> Iterator[tuple[Path, str]]:
    """A folder that holds stream.ts, and its address."""
    folder = tmp_path_factory.mktemp("served")
    random = np.random.default_rng(0)
    with av.open(str(folder / "stream.ts"), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 48, 40, "yuv420p"
        for number in range(FRAMES):
            colour = np.array(COLOURS["red" if number < 50 else "blue"])
            pixels = np.clip(colour + random.normal(0, 20, (40, 48, 3)), 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:9", "#EXTINF:4,", "NAME", "#EXT-X-ENDLIST"]
    for name, target in (("list.m3u8", "stream.ts"), ("theft.m3u8", f"file://{folder}/stream.ts")):
        (folder / name).write_text("\n".join(lines).replace("NAME", target) + "\n")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_a_stream_has_the_frames_of_the_file(served):
    folder, address = served
    with LiveStream(f"{address}/stream.ts") as stream, open_video(folder / "stream.ts") as video:
        found = [(second, picture.copy()) for second, picture in stream.pictures()]
        assert np.array_equal([picture for _, picture in found], video.frames(range(FRAMES)))
    assert [second for second, _ in found] == pytest.approx([number / FPS for number in range(FRAMES)], abs=1e-4)


def test_windows_are_those_of_a_scan(trained, served, monkeypatch):
    folder, address = served
    model = pyvideoai.load(trained)
    watch = live.Watch(Scorer(model.trained), f"{address}/stream.ts", every_s=0.5, window_s=1)
    monkeypatch.setattr(watch, "_ready", live.Queue(100))  # nothing is dropped
    scanned = {moment.start_s: moment.probabilities for moment in model.scan(folder / "stream.ts", every_s=0.5)}
    moments = list(watch.moments())
    assert [moment.start_s for moment in moments] == [0.5 * number for number in range(6)] and not watch.dropped
    for moment in moments:
        assert np.allclose(moment.probabilities, scanned[moment.start_s], atol=1e-6)


def test_what_comes_too_fast_is_dropped_and_said(trained, served, capsys):
    address = f"{served[1].replace('//', '//me:secret@')}/stream.ts"
    options = ["--live", "--every", "0.1", "--output", "out.jsonl"]
    assert predict_command.main([str(trained), address, *options]) == 0
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    said = capsys.readouterr().out
    dropped = int(said.rpartition(" dropped: ")[0].rpartition("; ")[2])
    assert dropped > 0 and len(rows) + dropped == 38  # 0-0.2 s, ... 3.7-3.9 s
    assert "secret" not in said and "secret" not in Path("out.jsonl").read_text()


def test_a_playlist_is_followed_to_addresses_and_never_to_a_file(served):
    with LiveStream(f"{served[1]}/list.m3u8") as stream:
        assert sum(1 for _ in stream.pictures()) == FRAMES
    with pytest.raises(VideoError), LiveStream(f"{served[1]}/theft.m3u8") as stream:
        list(stream.pictures())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["clips/test_red_0.mp4"], "--live 'clips/test_red_0.mp4': it reads an address of rtsp://, rtsps://, http://"),
        (["file:///etc/passwd"], "--live 'file:///etc/passwd': it reads an address of"),
        (["http://a/1", "http://a/2"], "--live watches one address, and there are 2"),
        (["http://127.0.0.1:9/none"], "http://127.0.0.1:9/none: can't be opened as a stream: Connection refused"),
        (["http://a/1", "--plot", "p.png"], "--plot needs a file"),
    ],
)
def test_what_cannot_be_watched_is_one_line(trained, given, message):
    with pytest.raises(UserError) as error:
        predict_command.main([str(trained), *given, "--live"])
    assert str(error.value).startswith(message) and "\n" not in str(error.value)
