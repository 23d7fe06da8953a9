"""Draw text in figures with installed fonts that have its characters, and never as a formula.

Matplotlib comes with DejaVu Sans, which has Latin, Greek, Cyrillic, Arabic and more, but no Chinese, Japanese, Korean,
Thai or Devanagari. For these the system's fonts are searched; a character that none of them has is written as an
escape.
"""

import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from pyvideoai.annotations.names import in_one_line

OWN = "DejaVu Sans"
LIKED = (  # where several fonts have the characters; the widest first
    "Noto Sans CJK KR", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans", "Malgun Gothic", "Microsoft YaHei",
    "Hiragino Sans", "Apple SD Gothic Neo", "WenQuanYi Zen Hei", "Arial Unicode MS",
)  # fmt: skip
NEVER = "last resort"  # has a box for every character


def text_style(texts: Iterable[str]) -> dict[str, Any]:
    """Return Matplotlib's options for drawing `texts`: fonts, and no parsing of `$...$` as a formula."""
    return {"fontfamily": list(_fonts("".join(texts))[0]), "parse_math": False}


@contextmanager
def quiet_fonts() -> Iterator[None]:
    """Silence Matplotlib about a character that a font lacks, in bold, say, and a family without the usual weight."""
    log = logging.getLogger("matplotlib.font_manager")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            yield
    finally:
        log.setLevel(before)


def drawable(text: str) -> str:
    r"""Return `text` with each character that no installed font has written as an escape, such as `\u8d70`."""
    absent = _fonts(text)[1]
    return "".join(each.encode("unicode_escape").decode() if each in absent else each for each in text)


def font_file(text: str) -> str:
    """Return the file of the installed font that draws most of `text`, for what takes one font and not several."""
    from matplotlib.font_manager import findfont

    # The last family has what the ones before it lack.
    return findfont(_fonts(text)[0][-1])


def class_labels(classes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what figures call each class, and the names that can't be drawn, whose classes figures call "class 3"."""
    names = [in_one_line(name) for name in classes]
    absent = _fonts("".join(names))[1]
    hidden = [name for name in names if absent.intersection(name)]
    return [f"class {number}" if name in hidden else name for number, name in enumerate(names)], hidden


def legend(classes: Sequence[str]) -> str:
    """Return the text that explains the numbers of `class_labels`: a line "class 3, tab, name" for each class."""
    return "".join(f"class {number}\t{in_one_line(name)}\n" for number, name in enumerate(classes))


def _fonts(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    # Control characters (C) and blanks (Z) need no letter of a font.
    return _fonts_for(frozenset(each for each in text if unicodedata.category(each)[0] not in "CZ"))


@lru_cache(maxsize=64)
def _fonts_for(wanted: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return font families that together have the characters, and the characters that none has.

    A single family that has all of them is preferred to several.
    """
    from matplotlib.font_manager import findfont

    families, left = [OWN], wanted - _characters(findfont(OWN))
    if left:
        found = {}
        for family, path in _installed():
            found[family] = left & _characters(path)
            if found[family] == left:
                return (OWN, family), frozenset()
        while left and (family := max(found, key=lambda each: len(found[each] & left), default=None)):
            if not found[family] & left:
                break
            families.append(family)
            left = left - found[family]
    return tuple(families), left


def _installed() -> Iterator[tuple[str, str]]:
    """Return (family, file) of the upright fonts of normal weight, those in `LIKED` first."""
    from matplotlib.font_manager import fontManager

    # WenQuanYi Zen Hei calls its only weight medium, 500; of families that have both, 400 is taken
    usual = [font for font in fontManager.ttflist if font.style == "normal" and font.weight in (400, 500)]
    upright = {font.name: font.fname for font in sorted(usual, key=lambda font: -font.weight)}
    order = sorted(upright, key=lambda name: (LIKED.index(name) if name in LIKED else len(LIKED), name))
    return ((name, upright[name]) for name in order if NEVER not in name.lower())


@lru_cache(maxsize=1024)
def _characters(path: str) -> frozenset[str]:
    """Return the characters of a font; none if it can't be read, or is a bitmap font, which figures can't scale."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):
        return frozenset()
    return frozenset(map(chr, font.get_charmap())) if font.scalable else frozenset()
