"""Compare class names as people write them, and show them safely."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from pyvideoai.errors import printable

SHOWN = 5
HYPHEN = re.compile(r"(?<=[^\W\d])[-\u2010-\u2015](?=[^\W\d])")  # between letters: "1-2" and "12" are not alike
SEPARATOR = ";"  # between the classes of a multi-label cell


def composed(name: str) -> str:
    """Return the name in Unicode's composed form (NFC): Macs write folder names decomposed, other systems composed."""
    return unicodedata.normalize("NFC", name)


def alike(names: Iterable[str]) -> list[list[str]]:
    """Return groups of two or more names that differ only by case, blanks, underscores, hyphens or Unicode form."""
    groups = defaultdict(list)
    for name in dict.fromkeys(names):
        groups[folded(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def remark_on_alike(names: Iterable[str]) -> str | None:
    """Return a console line about class names that differ only in their spelling; None if all differ clearly."""
    groups = [" and ".join(_told_apart(group)) for group in alike(names)]
    if not groups:
        return None
    return (
        "class names that differ only by case, blanks, underscores, hyphens or Unicode form: "
        f"{some(groups, separator='; ')}. "
        "Each is a class of its own: give them one name if they are one class"
    )


def some(names: Sequence[str], shown: int = SHOWN, separator: str = ", ") -> str:
    """Return the first few names and how many more there are: "a, b and 3 more"."""
    more = len(names) - shown
    return separator.join(map(in_one_line, names[:shown])) + (f" and {more} more" if more > 0 else "")


def in_one_line(text: str) -> str:
    """Return the text with everything escaped that would break a line: control characters, also line ends."""
    return printable(text).replace("\n", "\\n")


def folded(name: str) -> str:
    """Return a name without blanks, underscores, invisible characters and hyphens between letters, with case and
    Unicode form folded.
    """
    # NFKC twice: folding case can give characters that have a composed form again.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    folded = HYPHEN.sub("", folded)
    kept = (each for each in folded if not each.isspace() and each != "_" and unicodedata.category(each) != "Cf")
    return "".join(kept)


def letters_of(name: str) -> str:
    """Return the ASCII letters and digits of a name in lower case.

    So "shooting goal (soccer)" and "shooting_goal_soccer" are the same.
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _told_apart(names: list[str]) -> list[str]:
    """Return the names in quotes; names that look the same on a screen are spelt out by character numbers."""
    forms = [composed(name) for name in names]
    return [ascii(name) if forms.count(composed(name)) > 1 else repr(name) for name in names]
