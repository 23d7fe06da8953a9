"""Download a file: show progress, continue an earlier try, and put the file in place only when it is complete."""

import fcntl
import hashlib
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from tqdm import tqdm

from pyvideoai.errors import UserError

_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30  # for the connection and for each read, not for the whole file


def download(url: str, path: Path) -> None:
    """Download `url` to `path`, unless another process has done so meanwhile.

    After a failure the part that arrived stays beside `path` (`.part`), and the next try continues there. Raises
    UserError, one line.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path):
            if not path.exists():
                _fetch(url, path)
    except (OSError, HTTPException, ValueError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise UserError(f"could not fetch {url} ({reason}): try again, or put it at {path} yourself") from None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time work on a file. The lock disappears with its process, however that ends."""
    with path.with_name(f".{path.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow redirects, and keep the SHA-256 that the Hugging Face hub names where it sends us on to its storage."""

    sha256 = ""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        named = headers.get("X-Linked-Etag", "").strip('"')
        if re.fullmatch("[0-9a-f]{64}", named):
            self.sha256 = named
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(url: str, path: Path) -> None:
    part, redirects = path.with_name(f"{path.name}.part"), _Redirects()
    with _ask(url, part, redirects) as answer:
        _receive(answer, part, path.name)
    if redirects.sha256:
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != redirects.sha256:
            part.unlink()
            raise ValueError(f"its SHA-256 begins {digest[:8]}, and the hub names {redirects.sha256[:8]}")
    part.replace(path)


def _ask(url: str, part: Path, redirects: _Redirects) -> HTTPResponse:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "PyVideoAI"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer: HTTPResponse = urllib.request.build_opener(redirects).open(request, timeout=_TIMEOUT_S)
        return answer
    except urllib.error.HTTPError as error:
        if error.code != 416:  # range not satisfiable: our part isn't the beginning of this file
            raise
        part.unlink()
        return _ask(url, part, redirects)


def _receive(answer: HTTPResponse, part: Path, name: str) -> None:
    # 206 is partial content. A server that ignores Range answers 200 with the whole file, and we start again.
    resumed = answer.status == 206
    have = part.stat().st_size if resumed else 0
    length = answer.headers.get("Content-Length")
    total = have + int(length) if length else None
    with (
        part.open("ab" if resumed else "wb") as file,
        # disable=None: no progress bar where stderr is not a terminal.
        tqdm(desc=name, total=total, initial=have, unit="B", unit_scale=True, disable=None) as progress,
    ):
        while chunk := answer.read(_CHUNK_BYTES):
            file.write(chunk)
            progress.update(len(chunk))
        received = file.tell()
    if total is not None and received != total:
        raise ValueError(f"{received} of {total} bytes arrived")
