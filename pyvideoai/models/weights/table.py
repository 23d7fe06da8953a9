"""What a model config says about published weights. No torch here: every config check imports this."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class Weights:
    """Published weights: where they are, how to know that they arrived whole, and on which terms they may be used.

    `sha256` is the file's SHA-256 in hexadecimal, or the beginning of it that the publisher puts into the file's name;
    empty where none is published. `licence` is shown whenever the weights are used.
    """

    url: str
    licence: str
    sha256: str = ""
    note: str = ""

    @property
    def file_name(self) -> str:
        """The name under which the file lies in the folder of pretrained weights."""
        return unquote(urlsplit(self.url).path.rsplit("/", 1)[-1])
