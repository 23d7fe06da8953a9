"""A browser opens the TensorBoard that tools/run_tensorboard.py starts on a run, and finds what the run wrote."""

import html
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from workplaces import CHOICE

from pyvideoai.commands import train as train_command

REPOSITORY = Path(__file__).parents[2]
READY_S = 90
# A page of the same origin may look into TensorBoard's, whose elements hide theirs in shadow roots.
LOOK = """<!doctype html><body><iframe style="width:1400px;height:1200px" src="/?darkMode=false#TAB"></iframe><script>
const walk = (node, seen) => {
  const isText = node.nodeType === 3 && !["STYLE", "SCRIPT"].includes(node.parentNode.nodeName);
  if (isText) seen.text += " " + node.data.trim();
  if (node.nodeName === "IMG" && node.naturalWidth > 50) seen.images++;
  for (const child of [...(node.shadowRoot ? node.shadowRoot.childNodes : []), ...node.childNodes]) walk(child, seen);
};
setInterval(() => {
  const seen = {text: "", images: 0};
  const root = document.querySelector("iframe").contentDocument.documentElement;
  if (root) walk(root, seen);
  document.body.dataset.seen = JSON.stringify(seen);
}, 300);
</script></body>"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def browser() -> str:
    found = next((path for name in ("chromium", "google-chrome", "chrome") if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("needs a browser")
    return found


@pytest.fixture
def board() -> Iterator[Callable[[Path], int]]:
    """board(folder): start the tool on the runs in a folder; return the port on which it answers."""
    processes = []

    def start(folder: Path) -> int:
        port = free_port()
        command = [sys.executable, REPOSITORY / "tools" / "run_tensorboard.py", folder, "--port", str(port)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True))
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                return port
            except OSError:
                assert processes[-1].poll() is None, "the tool has ended"
                time.sleep(0.3)
        pytest.fail(f"TensorBoard did not answer in {READY_S} s")

    yield start
    for process in processes:
        process.terminate()
        process.wait(30)


@pytest.fixture
def look(tmp_path: Path, browser: str) -> Iterator[Callable[[int, str], dict]]:
    """look(port, tab): the text and the number of pictures that a browser shows in a tab of TensorBoard."""
    asked: dict[str, int] = {}

    class Beside(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/look/"):
                self._answer(200, "text/html", LOOK.replace("TAB", self.path.rpartition("/")[2]).encode())
            else:
                self._pass_on()

        def do_POST(self) -> None:
            self._pass_on(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _pass_on(self, body: bytes | None = None) -> None:
            headers = {name: self.headers[name] for name in ("Content-Type",) if name in self.headers}
            request = urllib.request.Request(f"http://127.0.0.1:{asked['port']}{self.path}", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    self._answer(answer.status, answer.headers["Content-Type"], answer.read())
            except urllib.error.HTTPError as error:
                self._answer(error.code, "text/plain", error.read())

        def _answer(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Beside)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def shown(port: int, tab: str) -> dict:
        asked["port"] = port
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom"]
        page = f"http://127.0.0.1:{server.server_port}/look/{tab}"
        command = [browser, *options, f"--user-data-dir={tmp_path / tab}", page]
        text = subprocess.run(command, capture_output=True, text=True, timeout=240).stdout
        found = re.search(r'data-seen="([^"]*)"', text)
        assert found, text[:500]
        return json.loads(html.unescape(found[1]))

    yield shown
    server.shutdown()


@pytest.mark.slow
def test_scalars_pictures_settings_and_text_of_a_run_are_shown(workplace, figures, board, look):
    train_command.main([*CHOICE, "-e", "2"])
    port = board(Path("data"))
    scalars = look(port, "scalars")["text"]
    assert all(tag in scalars for tag in ("epoch/loss", "epoch/top1", "epoch/learning_rate", "final/test/")), scalars
    pictures = look(port, "images")
    assert pictures["images"], pictures
    assert all(tag in pictures["text"] for tag in ("confusion_last", "first_batch", "val_samples")), pictures
    settings = look(port, "hparams")["text"]
    assert all(name in settings for name in ("learning_rate", "global_batch", "dataset.root", "top1")), settings
    text = look(port, "text")["text"]
    assert all(told in text for told in ("command", " ".join(CHOICE[:2]), "configuration", "global_batch")), text
