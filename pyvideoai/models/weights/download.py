"""Fetching a file: with progress, going on where an earlier try stopped, and in place only when it is whole."""

import urllib.error
import urllib.request
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from tqdm import tqdm

from pyvideoai.errors import UserError

_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30


def download(url: str, path: Path) -> None:
    """Fetch `url` to `path`. What arrived before a failure stays beside it (`.part`); the next try goes on there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with _ask(url, part) as answer:
            _receive(answer, part, path.name)
    except (OSError, HTTPException, ValueError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise UserError(f"could not fetch {url} ({reason}): try again, or put it at {path} yourself") from None
    part.replace(path)


def _ask(url: str, part: Path) -> HTTPResponse:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": "PyVideoAI"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        return urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != 416:  # what we have is no beginning of what is there
            raise
        part.unlink()
        return _ask(url, part)


def _receive(answer: HTTPResponse, part: Path, name: str) -> None:
    resumed = answer.status == 206
    have = part.stat().st_size if resumed else 0
    length = answer.headers.get("Content-Length")
    total = have + int(length) if length else None
    with (
        part.open("ab" if resumed else "wb") as file,
        tqdm(desc=name, total=total, initial=have, unit="B", unit_scale=True, disable=None) as progress,
    ):
        while chunk := answer.read(_CHUNK_BYTES):
            file.write(chunk)
            progress.update(len(chunk))
        received = file.tell()
    if total is not None and received != total:
        raise ValueError(f"{received} of {total} bytes arrived")
