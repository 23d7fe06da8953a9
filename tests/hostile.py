"""Three hundred files of people who mean harm, or of broken disks: made from a seed, sixty of each kind."""

import io
import json
import os
import pickle
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from painting import write_painted

KINDS = ("checkpoint", "table", "labels", "video", "run")
EACH = 60
ODD = [
    "\0",
    "\x1b[2J",
    "\u202e",
    "\ud7ff",
    '"',
    "'",
    ",",
    ";",
    "\n",
    "\r",
    "=cmd|'/c x'!A0",
    "../",
    "/",
    "%s",
    "{0}",
    "9" * 400,
]
TEXTS = (
    "ffconcat version 1.0\nfile '/etc/passwd'\n",
    "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n",
    "#EXTM3U\n#EXTINF:9,\nconcat:/etc/passwd|/dev/zero\n",
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>/etc/passwd</BaseURL></Period></MPD>',
    "%05d.png\n",
    "RIFF\xff\xff\xff\xffAVI LIST",
    "\x00\x00\x00\x01ftyp\xff\xff\xff\xff\xff\xff\xff\xff",
    "YUV4MPEG2 W99999999 H99999999 F25:1 C420\nFRAME\n",
    "GIF89a\xff\xff\xff\xff\xf7\x00\x00",
    "\x1aE\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff",
    "FWS\x08" + "\xff" * 60,
)


class Harm:
    """Unpickled in the usual way, it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple:
        return os.system, (f"touch '{self.marker}'",)


def damaged(whole: bytes, draw: random.Random) -> bytes:
    """Bytes changed, cut out, doubled or cut off."""
    content = bytearray(whole)
    for _ in range(draw.choice([1, 3, 30])):
        at, length = draw.randrange(len(content) + 1), draw.choice([1, 4, 64])
        how = draw.randrange(4)
        if how == 0:
            content[at : at + length] = draw.randbytes(length)
        elif how == 1:
            content[at : at + length] = b"\xff" * length
        elif how == 2:
            del content[at : at + length]
        else:
            content[at:at] = content[at : at + length]
    return bytes(content[: draw.choice([len(content), draw.randrange(len(content) + 1)])])


def cases(kind: str, folder: Path, seed: int, count: int) -> Iterator[Path]:
    """Write `count` files of a kind into a folder, one after another."""
    draw = random.Random(f"{kind} {seed}")
    make = MAKERS[kind](folder, draw)
    for number in range(count):
        path = folder / f"{kind}_{number:03d}{SUFFIXES[kind]}"
        path.write_bytes(make(number))
        yield path


SUFFIXES = {"checkpoint": ".pth", "table": ".csv", "labels": ".txt", "video": ".mp4", "run": ".json"}


def _checkpoint(folder: Path, draw: random.Random) -> Callable[[int], bytes]:
    def saved(content: object, **options: bool) -> bytes:
        memory = io.BytesIO()
        torch.save(content, memory, **options)
        return memory.getvalue()

    whole = {"format": "pyvideoai 1", "epoch": 1, "model": {"a": torch.ones(4, 4)}, "classes": ["x"]}
    harm = {**whole, "more": Harm(folder / "ran")}
    bases = [saved(whole), saved(whole, _use_new_zipfile_serialization=False), pickle.dumps({"blobs": {"a": 1}}, 2)]
    opcodes = (
        b"(.0123FIJKLMNPQRSTUVXabcdeghijlopqrstu}]\x80\x81\x82\x85\x86\x87\x8a\x8b\x8c\x8d\x8f\x90\x91\x93\x94\x95\x96"
    )

    def zipped(content: bytes) -> bytes:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as archive:
            archive.writestr("../../a/data.pkl" if draw.random() < 0.3 else "a/data.pkl", content)
            archive.writestr("a/version", b"3\n")
        return memory.getvalue()

    def make(number: int) -> bytes:
        if number % 4 == 0:
            return saved(harm, _use_new_zipfile_serialization=number % 8 == 0)
        if number % 4 == 1:
            return damaged(draw.choice(bases), draw)
        program = b"\x80\x02" + bytes(draw.choice(opcodes) for _ in range(draw.choice([20, 400]))) + b"."
        return program if number % 4 == 2 else zipped(program)

    return make


def _table(folder: Path, draw: random.Random) -> Callable[[int], bytes]:
    def cell() -> str:
        usual = [f"{draw.randrange(9)}.mp4", "red", "blue", str(draw.randrange(3)), "", "None"]
        return draw.choice([*usual, "".join(draw.choice(ODD) for _ in range(draw.randrange(1, 5)))])

    columns = ["video", "label", "video_id", "start_s", "end_s", "start_frame", "end_frame", "group", "split", "labels"]

    def make(number: int) -> bytes:
        if number % 6 == 0:
            return draw.randbytes(draw.choice([0, 1, 3000]))
        header = ["video", "label", *draw.sample(columns, draw.randrange(4))]
        rows = [header] + [
            [cell() for _ in range(draw.choice([len(header)] * 5 + [1, 30]))] for _ in range(draw.choice([1, 9, 99]))
        ]
        return "\n".join(",".join(row) for row in rows).encode(draw.choice(["utf-8", "utf-16", "utf-8-sig"]), "replace")

    return make


def _labels(folder: Path, draw: random.Random) -> Callable[[int], bytes]:
    def make(number: int) -> bytes:
        if number % 6 == 0:
            return draw.randbytes(draw.choice([0, 1, 3000]))
        names = ["".join(draw.choice([*ODD, "red", "blue", " "]) for _ in range(draw.randrange(6))) for _ in range(20)]
        return "\n".join(names).encode(draw.choice(["utf-8", "utf-16"]), "replace")

    return make


def _video(folder: Path, draw: random.Random) -> Callable[[int], bytes]:
    bases = []
    for suffix, codec in ((".mp4", "libx264"), (".avi", "mpeg4"), (".mkv", "libx264"), (".ts", "mpeg2video")):
        path = write_painted(folder / f"base{suffix}", 8, codec=codec)
        bases.append(path.read_bytes())
        path.unlink()

    def make(number: int) -> bytes:
        if number % 5 == 0:
            return TEXTS[number // 5 % len(TEXTS)].encode("latin-1")
        return draw.randbytes(2000) if number % 5 == 1 else damaged(draw.choice(bases), draw)

    return make


def _run(folder: Path, draw: random.Random) -> Callable[[int], bytes]:
    whole = {"classes": ["red", "blue"], "splits": {"train": {"sha256": "0" * 64}}, "paths": {"root": "clips"}}
    odd = [None, True, -1, 1e308, "x", [], [1], {}, {"x": {}}, "\x1b[2J", "../../etc", ["\0"], "9" * 9999]

    def make(number: int) -> bytes:
        if number % 3 == 0:
            return damaged(json.dumps(whole).encode(), draw)
        if number % 3 == 1:
            return draw.choice([b"[" * 90_000, b'{"a":' * 50_000, b"9" * 90_000, b"\xff\xfe", b"null", b"", b"NaN"])
        return json.dumps({**whole, draw.choice(list(whole)): draw.choice(odd)}).encode()

    return make


MAKERS: dict[str, Callable[[Path, random.Random], Callable[[int], bytes]]] = {
    "checkpoint": _checkpoint,
    "table": _table,
    "labels": _labels,
    "video": _video,
    "run": _run,
}
