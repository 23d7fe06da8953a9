"""Find the file that a name on the command line, or in `inherit`, means; keep the text of every file that was read."""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pyvideoai.config.errors import ConfigError, meant
from pyvideoai.program import shipped_configs

FOLDERS = {"dataset": "dataset_configs", "model": "model_configs", "experiment": "exp_configs"}
FLAGS = {"dataset": "-D", "model": "-M", "experiment": "-E"}


class Names(NamedTuple):
    """Hold the three names that choose a run."""

    dataset: str
    model: str
    experiment: str


def default_roots() -> tuple[Path, ...]:
    """Return where `*_configs` folders are searched: the current directory, then the configs that are shipped."""
    # In a checkout both are often the same folder.
    return tuple(dict.fromkeys([Path.cwd().resolve(), shipped_configs()]))


class Library:
    """Read the config files under some roots, each once; `texts` keeps what was read.

    If `texts` is given, only these files exist, whatever is on disk: a worker process must run the same text as its
    parent.
    """

    def __init__(self, roots: Iterable[Path], names: Names, texts: dict[Path, str] | None = None) -> None:
        self.roots = tuple(Path(root).resolve() for root in roots)
        self.names = names
        self.texts = {} if texts is None else texts
        self._frozen = texts is not None

    def find(self, layer: str, name: str, skip: Collection[Path] = ()) -> Path | None:
        """Return the file of `name`, or None if no folder has it; files in `skip` are passed over.

        Each root is searched for the file of this dataset and model first, then for the one that serves all.
        """
        # A name must not lead out of the roots: the snapshot could not keep such a file.
        if Path(name).is_absolute() or ".." in Path(name).parts:
            return None
        for path in self._candidates(layer, name):
            if path not in skip and self._exists(path):
                return path
        return None

    def chosen(self, layer: str) -> Path:
        """Return the file that the command line chose; raise ConfigError with the nearest names if there is none."""
        name = getattr(self.names, layer)
        path = self.find(layer, name)
        if path is None:
            raise ConfigError(f"{FLAGS[layer]} {name}: {self.missing(layer, name)}")
        return path

    def text(self, path: Path) -> str:
        """Return the file's text, as it was when it was first read."""
        if path not in self.texts:
            try:
                # -sig leaves out the byte order mark with which some editors begin a file.
                self.texts[path] = path.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"{self.label(path)}: cannot be read: {error}") from None
        return self.texts[path]

    def label(self, path: Path) -> str:
        """Return what messages call the file: its path from its root.

        It is the full path if an earlier root has a file of the same path, which would be read first.
        """
        root, relative = self.place(path)
        hidden = any(self._exists(earlier / relative) for earlier in self.roots[: self.roots.index(root)])
        return str(path) if hidden else relative.as_posix()

    def place(self, path: Path) -> tuple[Path, Path]:
        """Return the root that the file is under, and its path from there."""
        layers = FOLDERS.values()
        # One root may lie inside another; from its own, a file's path begins with a layer's folder.
        under = [(root, path.relative_to(root)) for root in self.roots if path.is_relative_to(root)]
        return next((root, relative) for root, relative in under if relative.parts[0] in layers)

    def missing(self, layer: str, name: str) -> str:
        """Return the message for a name that no file has."""
        known = self.known(layer)
        if not known:
            return f"there is no {FOLDERS[layer]}/ with configs in {' or '.join(map(str, self.roots))}"
        ending = meant(Path(name).stem, known) or f"there are: {', '.join(sorted(known))}"
        return f"no {FOLDERS[layer]}/{name}.py{self._elsewhere(layer, name)}; {ending}"

    def known(self, layer: str) -> list[str]:
        """Return every name that could be given for this layer, with the other layers' names as they are."""
        general = [path.stem for path in self._files(layer, "*.py") if not path.name.startswith("_")]
        if layer != "experiment":
            return general
        pair = f"{self.names.model}-"
        return general + [
            path.stem.removeprefix(pair) for path in self._files(layer, f"{self.names.dataset}/{pair}*.py")
        ]

    def _elsewhere(self, layer: str, name: str) -> str:
        """Name the dataset and model that have an experiment of that name, if any do."""
        for path in self._files(layer, f"*/*-{name}.py") if layer == "experiment" else ():
            return f" (-D {path.parent.name} -M {path.stem.removesuffix(f'-{name}')} has one)"
        return ""

    def _files(self, layer: str, pattern: str) -> list[Path]:
        return [path for root in self.roots for path in sorted((root / FOLDERS[layer]).glob(pattern))]

    def _candidates(self, layer: str, name: str) -> Iterator[Path]:
        for root in self.roots:
            folder = root / FOLDERS[layer]
            if layer == "experiment":
                yield folder / self.names.dataset / f"{self.names.model}-{name}.py"
            yield folder / f"{name}.py"

    def _exists(self, path: Path) -> bool:
        return path in self.texts if self._frozen else path.is_file()
