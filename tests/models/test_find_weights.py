"""Where weights come from: the table, the folder of pretrained weights, a server, a file, an experiment."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from pyvideoai.errors import UserError
from pyvideoai.models.weights.find import find
from pyvideoai.models.weights.table import Weights

CONTENT = bytes(range(256)) * 4096
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT: whole, from an offset, cut short, or not at all."""

    asked: ClassVar[list[str | None]] = []

    def do_GET(self):
        self.asked.append(self.headers["Range"])
        if self.path.startswith("/missing"):
            return self.send_error(404)
        if self.path.startswith("/hub/"):
            self.send_response(302)
            self.send_header("X-Linked-Etag", f'"{self.path.split("/")[2]}"')
            self.send_header("Location", "/net.pth")
            return self.end_headers()
        start = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if start >= len(CONTENT):
            return self.send_error(416)
        self.send_response(206 if start and not self.path.startswith("/stubborn") else 200)
        body = CONTENT[0 if self.path.startswith("/stubborn") else start :]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.path.startswith("/short") else body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    Handler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


def fetch(url: str, folder: Path, digest: str = DIGEST[:8], offline: bool = False) -> Path:
    table = {"kinetics400": Weights(url, licence="MIT", sha256=digest)}
    return find("kinetics400", table, folder=folder, offline=offline).path


def test_a_name_is_fetched_once(server: str, tmp_path: Path):
    folder = tmp_path / "data" / "pretrained"
    path = fetch(f"{server}/a%20net.pth?download=1", folder)
    assert path == folder / "a net.pth"
    assert path.read_bytes() == CONTENT
    fetch(f"{server}/a%20net.pth?download=1", folder)
    assert Handler.asked == [None]
    assert [each.name for each in folder.iterdir() if not each.name.startswith(".")] == ["a net.pth"]


def test_processes_that_start_at_once_fetch_once(server: str, tmp_path: Path):
    with ThreadPoolExecutor(4) as pool:
        paths = list(pool.map(lambda _: fetch(f"{server}/net.pth", tmp_path), range(4)))
    assert Handler.asked == [None]
    assert paths[0].read_bytes() == CONTENT


def test_a_fetch_goes_on_where_it_stopped(server: str, tmp_path: Path):
    with pytest.raises(UserError, match="could not fetch"):
        fetch(f"{server}/short/net.pth", tmp_path)
    assert (tmp_path / "net.pth.part").stat().st_size == len(CONTENT) // 2
    assert fetch(f"{server}/net.pth", tmp_path).read_bytes() == CONTENT
    assert Handler.asked == [None, f"bytes={len(CONTENT) // 2}-"]


def test_a_server_that_can_not_go_on_starts_anew(server: str, tmp_path: Path):
    (tmp_path / "net.pth.part").write_bytes(CONTENT[:1000])
    assert fetch(f"{server}/stubborn/net.pth", tmp_path).read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_thrown_away(server: str, tmp_path: Path):
    (tmp_path / "net.pth.part").write_bytes(CONTENT + b"more")
    assert fetch(f"{server}/net.pth", tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("path", ["missing/net.pth", "short/net.pth"])
def test_failure_is_one_line_with_both_ends(server: str, tmp_path: Path, path: str):
    with pytest.raises(UserError) as raised:
        fetch(f"{server}/{path}", tmp_path)
    message = str(raised.value)
    assert f"{server}/{path}" in message and str(tmp_path / "net.pth") in message and "\n" not in message
    assert not (tmp_path / "net.pth").exists()


def test_an_unreachable_server(tmp_path: Path):
    with pytest.raises(UserError, match=r"could not fetch http://127.0.0.1:9/net.pth \(.*\): try again, or put it at"):
        fetch("http://127.0.0.1:9/net.pth", tmp_path)


def test_a_wrong_hash_is_named(server: str, tmp_path: Path):
    with pytest.raises(UserError, match=rf"its SHA-256 begins {DIGEST[:8]}, not 0badc0de; delete it to fetch it again"):
        fetch(f"{server}/net.pth", tmp_path, digest="0badc0de")


def test_what_the_hub_sends_is_held_against_the_hash_that_it_names(server: str, tmp_path: Path):
    assert fetch(f"{server}/hub/{DIGEST}/net.pth", tmp_path / "right", digest="").read_bytes() == CONTENT
    assert fetch(f"{server}/hub/an-etag-of-git/net.pth", tmp_path / "other", digest="").read_bytes() == CONTENT
    with pytest.raises(UserError, match=rf"SHA-256 begins {DIGEST[:8]}, and the hub names 00000000\): try again"):
        fetch(f"{server}/hub/{'0' * 64}/net.pth", tmp_path / "wrong", digest="")
    assert [each.name for each in (tmp_path / "wrong").iterdir()] == [".net.pth.lock"]


def test_offline_never_asks(server: str, tmp_path: Path):
    with pytest.raises(UserError, match=rf"we are offline: put {server}/net.pth at {tmp_path}/net.pth"):
        fetch(f"{server}/net.pth", tmp_path, offline=True)
    assert Handler.asked == []


def test_offline_takes_what_is_there(tmp_path: Path):
    (tmp_path / "net.pth").write_bytes(CONTENT)
    assert fetch("http://127.0.0.1:9/net.pth", tmp_path, offline=True).name == "net.pth"


def test_a_misspelt_name(tmp_path: Path):
    table = {"kinetics400": Weights("http://127.0.0.1:9/net.pth", licence="MIT")}
    with pytest.raises(UserError, match=r"no weights named 'kinetics40', .*; did you mean 'kinetics400'\?"):
        find("kinetics40", table, folder=tmp_path)


def test_an_experiment_without_weights_names_its_versions(tmp_path: Path):
    (tmp_path / "version_000").mkdir()
    (tmp_path / "version_001").mkdir()
    with pytest.raises(UserError, match="in it; name one of its versions: version_000, version_001"):
        find(tmp_path, {})
