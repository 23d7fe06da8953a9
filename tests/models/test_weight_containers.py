"""Every container, told by content; and no file runs anything."""

import gzip
import io
import os
import pickle
import sys
import tarfile
import types
import zipfile
from collections import OrderedDict
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from pyvideoai.models.weights import safetensors
from pyvideoai.models.weights.containers import WeightsError, read

VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)
TENSORS = {"conv1_w": torch.from_numpy(VALUES)}


def saved(content: object, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def put(folder: Path, content: bytes) -> Path:
    """A file whose name says nothing."""
    path = folder / "weights.bin"
    path.write_bytes(content)
    return path


def python2_pickle(name: bytes, values: np.ndarray) -> bytes:
    """{'blobs': {name: values}} as Python 2 wrote it: byte strings for text and for the array's data."""
    data = values.tobytes()
    return b"".join([
        b"\x80\x02}q\x01U\x05blobsq\x02}q\x03U", bytes([len(name)]), name,
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R",
        b"(K\x01K", bytes([values.shape[0]]), b"K", bytes([values.shape[1]]), b"\x86",
        b"cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb",
        b"\x89T", len(data).to_bytes(4, "little"), data, b"tbss.",
    ])  # fmt: skip


CONTAINERS = {
    **{f"pickle {number}": pickle.dumps({"blobs": {"conv1_w": VALUES}}, protocol=number) for number in range(6)},
    "flat pickle": pickle.dumps({"conv1_w": VALUES, "lr": np.float32(0.1), "model_iter": 3}, protocol=2),
    "Fortran order": pickle.dumps({"conv1_w": np.asfortranarray(VALUES)}, protocol=2),
    "big-endian": pickle.dumps({"conv1_w": VALUES.astype(">f4")}, protocol=2),
    "Python 2": python2_pickle(b"conv1_w", VALUES),
    "PySlowFast": saved({"epoch": 3, "model_state": OrderedDict(TENSORS), "optimizer_state": {}, "cfg": "a: 1"}),
    "MMAction2": saved({"meta": {"epoch": 1}, "state_dict": OrderedDict(TENSORS)}),
    "our own": saved({"model": TENSORS, "epoch": 2}),
    "a plain state dict": saved(OrderedDict(TENSORS)),
    "parameters": saved({"conv1_w": torch.nn.Parameter(TENSORS["conv1_w"])}),
    "PyTorch before 1.6": saved({"model_state": TENSORS}, _use_new_zipfile_serialization=False),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_containers(tmp_path: Path, kind: str):
    tensors = read(put(tmp_path, CONTAINERS[kind])).tensors
    assert torch.equal(tensors["conv1_w"].detach(), TENSORS["conv1_w"])
    assert tensors["conv1_w"].dtype == torch.float32


def test_safetensors_there_and_back(tmp_path: Path):
    tensors = {
        "a": torch.randn(2, 3), "half": torch.randn(3).half(), "brain": torch.randn(3).bfloat16(),
        "count": torch.tensor(7), "none": torch.empty(0, 4), "transposed": torch.randn(2, 3).T,
    }  # fmt: skip
    path = tmp_path / "weights.pkl"
    safetensors.write(path, tensors, {"source": "test"})
    content = read(path)
    assert content.container == "safetensors"
    assert content.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert content.tensors[name].dtype == tensor.dtype
        assert torch.equal(content.tensors[name], tensor)


@pytest.fixture
def mmengine_log(monkeypatch):
    """What MMAction2 keeps beside the weights: an object of mmengine, and a method of it, both asked for by name."""
    place = "mmengine.logging.history_buffer"
    for name in ("mmengine", "mmengine.logging", place):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    history = type("HistoryBuffer", (), {"__module__": place, "mean": lambda self: 0.0})
    sys.modules[place].HistoryBuffer = history
    log = history()
    log.history, log.best, log.methods = np.arange(3.0), np.float64(0.5), {"mean": log.mean}
    return log


@pytest.mark.parametrize("zipped", [True, False])
def test_metadata_that_torch_refuses(tmp_path: Path, mmengine_log, zipped: bool):
    content = {
        "meta": {"log": mmengine_log, "best": np.float64(0.5), "where": Path("work_dirs"), "names": {"a", "b"}},
        "state_dict": OrderedDict(TENSORS),
    }
    path = put(tmp_path, saved(content, _use_new_zipfile_serialization=zipped))
    with pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=True)
    assert torch.equal(read(path).tensors["conv1_w"], TENSORS["conv1_w"])


class Trap:
    """Unpickled in the usual way, it calls `function`."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


WRITERS = {
    **{f"pickle {number}": partial(pickle.dumps, protocol=number) for number in range(6)},
    "PyTorch": saved,
    "PyTorch before 1.6": lambda content: saved(content, _use_new_zipfile_serialization=False),
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("place", ["beside", "inside", "instead"])
def test_a_file_that_would_run_something(tmp_path: Path, kind: str, place: str):
    marker = tmp_path / "it ran"
    trap = Trap(os.system, f"touch '{marker}'")
    blobs = {"conv1_w": VALUES}
    content = {"beside": {"blobs": blobs, "meta": trap}, "inside": {"blobs": {**blobs, "x": trap}}, "instead": trap}
    path = put(tmp_path, WRITERS[kind](content[place]))
    with pytest.raises(WeightsError, match=r"it asks for (posix|nt)\.system, which arrays do not need"):
        read(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "function", [eval, exec, __import__, open, np.load, np.frompyfunc, torch.load, torch.hub.load, os.getcwd]
)
@pytest.mark.parametrize("kind", ["pickle 0", "pickle 2", "PyTorch", "PyTorch before 1.6"])
def test_names_that_arrays_do_not_need(tmp_path: Path, kind: str, function):
    path = put(tmp_path, WRITERS[kind]({"meta": Trap(function, "1"), **TENSORS}))
    with pytest.raises(WeightsError, match=f"asks for .*{function.__name__}"):
        read(path)


def test_a_whole_network_is_refused_by_name(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"it asks for torch\.nn\.modules\.linear\.Linear"):
        read(put(tmp_path, saved(torch.nn.Linear(2, 2))))


def test_a_pickle_can_not_change_what_arrays_are_made_of(tmp_path: Path):
    harm = b"\x80\x02cnumpy\ndtype\nU\x02f4K\x00K\x00\x87R(K\x03U\x01>NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb."
    with pytest.raises(WeightsError):
        read(put(tmp_path, harm))
    assert np.dtype("f4").isnative


def test_arrays_of_objects_are_refused(tmp_path: Path):
    objects = np.array([None, "text"], dtype=object)
    with pytest.raises(WeightsError, match="not of numbers"):
        read(put(tmp_path, pickle.dumps({"blobs": {"conv1_w": objects}}, protocol=2)))


def tar(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo("model.pkl")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"content")
    return buffer.getvalue()


WRONG = {
    "empty": (b"", "empty; the download failed"),
    "gzip": (gzip.compress(CONTAINERS["pickle 2"]), "gzip archive; unpack it first"),
    "tar": (tar(CONTAINERS["pickle 2"]), "tar archive; unpack it first"),
    "tar.gz": (gzip.compress(tar(CONTAINERS["pickle 2"])), "gzip archive; unpack it first"),
    "web page": (b"\n<!DOCTYPE html><html>404</html>", "a web page, not weights"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS pointer"),
    "text": (b"class Model: pass\n", "no file of weights"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(64), "no file of weights"),
    "other zip": (zipped("readme.txt"), "without a PyTorch checkpoint"),
    "TorchScript": (zipped("model/constants.pkl"), "TorchScript program"),
    "no tensors": (saved({"model_state": {}}), "holds no tensors"),
    "a list": (pickle.dumps([1, 2]), "a list, not tensors by name"),
    "cut-short pickle": (CONTAINERS["pickle 2"][:-20], "damaged or cut short"),
    "cut-short zip": (CONTAINERS["PySlowFast"][:-200], "damaged or cut short"),
    "cut-short old file": (CONTAINERS["PyTorch before 1.6"][:-10], "damaged or cut short"),
    "bent safetensors": ((8).to_bytes(8, "little") + b"{not so}", "damaged or cut short"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_files_that_hold_no_weights(tmp_path: Path, kind: str):
    content, reason = WRONG[kind]
    path = put(tmp_path, content)
    with pytest.raises(WeightsError) as raised:
        read(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert reason in message
    assert "\n" not in message


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_truncation_is_one_line(tmp_path: Path, kind: str):
    whole = CONTAINERS[kind]
    for length in range(1, len(whole) - 1, max(1, len(whole) // 40)):
        with pytest.raises(WeightsError) as raised:
            read(put(tmp_path, whole[:length]))
        assert "\n" not in str(raised.value)
