"""Which file a name on the command line, or in `inherit`, means; and the text of every file that was read."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pyvideoai.config.errors import ConfigError
from pyvideoai.errors import nearest

FOLDERS = {"dataset": "dataset_configs", "model": "model_configs", "experiment": "exp_configs"}
FLAGS = {"dataset": "-D", "model": "-M", "experiment": "-E"}


@dataclass(frozen=True)
class Names:
    """The three names that choose a run."""

    dataset: str
    model: str
    experiment: str

    def __getitem__(self, layer: str) -> str:
        return getattr(self, layer)


def default_roots() -> tuple[Path, ...]:
    """Where `*_configs` folders are looked for: the current directory, then the repository (beside the package)."""
    return tuple(dict.fromkeys([Path.cwd().resolve(), Path(__file__).resolve().parents[2]]))


class Library:
    """The config files under some roots. Every file is read once; `texts` keeps what was read.

    Given `texts`, only these files exist, whatever is on disk: a worker process executes the very text its parent did.
    """

    def __init__(self, roots: Iterable[Path], texts: dict[Path, str] | None = None) -> None:
        self.roots = tuple(Path(root).resolve() for root in roots)
        self.texts = {} if texts is None else texts
        self._frozen = texts is not None

    def find(self, layer: str, name: str, names: Names, skip: Collection[Path] = ()) -> Path | None:
        """The file of `name`: in each root the one for this dataset and model, then the one for all; none in `skip`."""
        for path in self._candidates(layer, name, names):
            if path not in skip and self._exists(path):
                return path
        return None

    def chosen(self, layer: str, names: Names) -> Path:
        """The file that the command line chose; raises ConfigError with the near names."""
        path = self.find(layer, names[layer], names)
        if path is None:
            raise ConfigError(f"{FLAGS[layer]} {names[layer]}: {self.missing(layer, names[layer], names)}")
        return path

    def text(self, path: Path) -> str:
        """The file's text, as it was when it was first read."""
        if path not in self.texts:
            try:
                self.texts[path] = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"{self.label(path)}: cannot be read: {error}") from None
        return self.texts[path]

    def label(self, path: Path) -> str:
        """The file as messages call it: relative to its root; in full where an earlier root has one of that name."""
        root, relative = self.place(path)
        hidden = any(self._exists(earlier / relative) for earlier in self.roots[: self.roots.index(root)])
        return str(path) if hidden else relative.as_posix()

    def place(self, path: Path) -> tuple[Path, Path]:
        """The root that the file is under, and its path from there."""
        root = next(
            root
            for root in self.roots
            if path.is_relative_to(root) and path.relative_to(root).parts[0] in FOLDERS.values()
        )
        return root, path.relative_to(root)

    def missing(self, layer: str, name: str, names: Names) -> str:
        """What to say of a name that no file has."""
        known = self.known(layer, names)
        if not known:
            return f"there is no {FOLDERS[layer]}/ with configs in {' or '.join(map(str, self.roots))}"
        near = nearest(Path(name).stem, known)
        ending = f"did you mean {' or '.join(map(repr, near))}?" if near else f"there are: {', '.join(sorted(known))}"
        return f"no {FOLDERS[layer]}/{name}.py{self._elsewhere(layer, name)}; {ending}"

    def known(self, layer: str, names: Names) -> list[str]:
        """Every name that could be given for this layer, with these other names."""
        folders = [root / FOLDERS[layer] for root in self.roots]
        found = [path.stem for folder in folders for path in folder.glob("*.py") if not path.name.startswith("_")]
        pair = f"{names.model}-"
        if layer == "experiment":
            found += [
                path.stem.removeprefix(pair)
                for folder in folders
                for path in (folder / names.dataset).glob(f"{pair}*.py")
            ]
        return list(dict.fromkeys(found))

    def _elsewhere(self, layer: str, name: str) -> str:
        """Where an experiment of that name is, when it is another dataset's or model's."""
        if layer != "experiment":
            return ""
        found = [
            path
            for root in self.roots
            for path in (root / FOLDERS[layer]).glob("*/*.py")
            if path.stem.endswith(f"-{name}")
        ]
        return "".join(
            f" (-D {path.parent.name} -M {path.stem.removesuffix(f'-{name}')} has one)" for path in sorted(found)[:1]
        )

    def _candidates(self, layer: str, name: str, names: Names) -> Iterator[Path]:
        for root in self.roots:
            folder = root / FOLDERS[layer]
            if layer == "experiment":
                yield folder / names.dataset / f"{names.model}-{name}.py"
            yield folder / f"{name}.py"

    def _exists(self, path: Path) -> bool:
        if ".." in path.parts:
            return False
        return path in self.texts if self._frozen else path.is_file()
