"""Pickles that take for ever or fill the memory are refused before anything of them is built."""

import io
import pickle
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from pyvideoai import pickles
from pyvideoai.checkpoint import FORMAT, load_checkpoint
from pyvideoai.errors import UserError
from pyvideoai.models.weights.containers import read
from pyvideoai.pickles import Refused, check_pickle

LONGEST_S = 10


def twice(levels: int) -> bytes:
    """A tuple of itself twice, so many levels deep: 2^levels parts to hash."""
    return b"N" + b"".join(b"2\x86" for _ in range(levels))


def long(number: bytes) -> bytes:
    return b"\x8b" + len(number).to_bytes(4, "little") + number


BOMBS = {
    "a key of 2^60 parts": b"\x80\x02}" + twice(60) + b"Ns.",
    "a set of 2^60 parts": b"\x80\x04\x8f(" + twice(60) + b"\x90.",
    "a frozenset in a set": b"\x80\x04\x8f(" + b"(" + twice(60) + b"\x91" + b"\x90.",
    "a key of 30,000 levels": b"\x80\x02}N" + b"\x85" * 30_000 + b"Ns.",
    "a memo of 2^31 places": b"\x80\x02}r\xff\xff\xff\x7f.",
    "a memo place in decimals": b"}p99999999999\n.",
    "a text of 2^60 bytes": b"\x80\x04\x8d" + (2**60).to_bytes(8, "little") + b"a.",
    "bytes of 2^60": b"\x80\x04\x8e" + (2**60).to_bytes(8, "little") + b"a.",
    "a bytearray of 2^60": b"\x80\x05\x96" + (2**60).to_bytes(8, "little") + b"a.",
    "a frame of 2^62": b"\x80\x04\x95" + (2**62).to_bytes(8, "little") + b"}.",
    "an integer of 8,000,000 bits": b"\x80\x02}" + long(b"\x7f" * 1_000_000) + b"Ns.",
    "an integer of 10^5 digits": b"}L" + b"9" * 100_000 + b"L\nNs.",
    "many keys of one hash": pickle.dumps({(2**61 - 1) * number: 0 for number in range(25_000)}, 2),
    "more popped than pushed": b"\x80\x02}0000.",
    "an unknown memo place": b"\x80\x02h\x05.",
    "nothing": b"",
}


def zipped(content: bytes, compression: int = zipfile.ZIP_STORED, **more: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, part in {"a/data.pkl": content, "a/version": b"3\n", **more}.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def line(call: Callable[[], object], path: Path) -> str:
    started = time.monotonic()
    with pytest.raises(UserError) as error:
        call()
    assert time.monotonic() - started < LONGEST_S
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("kind", BOMBS)
def test_each_is_one_line_in_every_kind_of_file(tmp_path, kind):
    path = tmp_path / "weights.pth"
    path.write_bytes(zipped(BOMBS[kind]))
    line(lambda: load_checkpoint(path), path)
    line(lambda: read(path), path)
    path.write_bytes(BOMBS[kind])
    line(lambda: read(path), path)
    legacy = io.BytesIO()
    torch.save({}, legacy, _use_new_zipfile_serialization=False)
    head = legacy.getvalue()
    at = head.index(b"\x80\x02}q\x00.")  # the content, an empty dict
    path.write_bytes(head[:at] + BOMBS[kind] + head[at + 6 :])
    line(lambda: read(path), path)


@pytest.mark.parametrize(
    "kind", [kind for kind in BOMBS if kind.startswith(("a key", "a memo", "many", "an integer of 8"))]
)
def test_it_is_the_look_that_refuses_them(kind):
    with pytest.raises(Refused):
        check_pickle(io.BytesIO(BOMBS[kind]))


def test_more_instructions_than_any_checkpoint_has_are_refused(monkeypatch):
    monkeypatch.setattr(pickles, "MOST_OPCODES", 1000)
    with pytest.raises(Refused, match="more than 1,000 instructions"):
        check_pickle(io.BytesIO(b"\x80\x02}" + b"N0" * 500 + b"."))


def test_an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path):
    path = tmp_path / "bomb.pth"
    path.write_bytes(zipped(pickle.dumps({}), zipfile.ZIP_DEFLATED, **{"a/data/0": bytes(2**25)}))
    for call in (lambda: load_checkpoint(path), lambda: read(path)):
        assert "that would unpack to 33,554," in line(call, path)


def test_an_archive_of_parts_that_lie_over_each_other_is_refused(tmp_path):
    """Many entries of the directory that point at one part."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a/data/0", bytes(2**18))
        first = archive.infolist()[0]
        for number in range(1, 600):
            again = zipfile.ZipInfo(f"a/data/{number}")
            again.file_size = again.compress_size = 2**18
            again.CRC, again.header_offset = zlib.crc32(bytes(2**18)), first.header_offset
            archive.filelist.append(again)
            archive.NameToInfo[again.filename] = again
        archive.writestr("a/data.pkl", pickle.dumps({}))
    path = tmp_path / "bomb.pth"
    path.write_bytes(buffer.getvalue())
    assert "would unpack to" in line(lambda: load_checkpoint(path), path)


def test_what_people_have_is_let_through(tmp_path):
    path = tmp_path / "a.pth"
    moments = {number: {"step": torch.ones(()), "exp_avg": torch.ones(4)} for number in range(300)}
    optimiser = {"state": moments, "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": list(range(300))}]}
    history = [{"epoch": epoch, **{f"value {name}": 1.5 for name in range(30)}} for epoch in range(300)]
    torch.save({"format": FORMAT, "optimiser": optimiser, "history": history, "sizes": {(1, 2): 3}}, path)
    assert load_checkpoint(path)["history"][-1]["epoch"] == 299
    for protocol in range(6):
        path.write_bytes(pickle.dumps({"blobs": {f"b{number}": np.ones(3) for number in range(500)}}, protocol))
        assert len(read(path).tensors) == 500
    torch.save({f"b{number}": torch.ones(3) for number in range(500)}, path, _use_new_zipfile_serialization=False)
    assert len(read(path).tensors) == 500


def test_memory_that_runs_out_is_no_damage_of_a_checkpoint(tmp_path, monkeypatch):
    torch.save({"format": FORMAT}, tmp_path / "a.pth")

    def full(*arguments: object, **options: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch, "load", full)
    with pytest.raises(torch.OutOfMemoryError):
        load_checkpoint(tmp_path / "a.pth")
