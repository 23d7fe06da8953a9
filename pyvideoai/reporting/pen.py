"""Measure text, write it into pictures, and put pictures side by side on a sheet, all in whole pixels.

Matplotlib's own layout tries positions by drawing: with hundreds of names that takes seconds, and what doesn't fit is
cut off. Pictures are uint8 (H, W, 3), RGB, or (H, W, 4), RGB and opacity.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pyvideoai.files import replacing
from pyvideoai.reporting.lettering import quiet_fonts, text_style

if TYPE_CHECKING:
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

CAPITAL = 0.73  # the height of a capital letter in font sizes
COMPRESSION = 2  # zlib's usual level, 6, takes twice as long for a tenth of the size


class Pen:
    """Write with one font. size: in points. dpi: pixels per inch. Widths and spacings are in pixels."""

    def __init__(self, size: float, dpi: float, *, colour: str = "black", weight: str = "normal") -> None:
        self.size, self.dpi, self.colour, self.weight = size, dpi, colour, weight
        self.em = size * dpi / 72  # 72 points are an inch
        self._advances: dict[str, float] = {}

    def width(self, text: str) -> float:
        """Return the width of one line: the sum of its characters' widths, up to a pixel or two for kerning."""
        return sum(map(self._advance, text))

    def widest(self, texts: Sequence[str]) -> float:
        """Return the width of the widest line, 0 without lines."""
        return max(map(self.width, texts), default=0.0)

    def shorten(self, text: str, width: float) -> str:
        """Return the text, cut off with an ellipsis if it is wider than `width`."""
        if self.width(text) <= width:
            return text
        ends = np.cumsum([self._advance(each) for each in text]) + self._advance("…")
        return f"{text[: max(int((ends <= width).sum()), 1)].rstrip()}…"

    def wrap(self, text: str, width: float) -> list[str]:
        """Break text into lines at blanks; a word that is wider than `width` stays whole."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".lstrip()
            if lines[-1] and self.width(longer) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def written(self, lines: Sequence[str], spacing: float, *, align: Literal["left", "right"] = "left") -> np.ndarray:
        """Return a transparent picture of the lines; line i is in the middle between i and i + 1 times `spacing`."""
        from matplotlib.backend_bases import GraphicsContextBase
        from matplotlib.backends.backend_agg import RendererAgg

        width = int(self.widest(lines)) + 4
        renderer = RendererAgg(width, max(round(spacing * len(lines)), 1), self.dpi)
        context, font = GraphicsContextBase(), self._font("".join(lines))
        context.set_foreground(self.colour)
        with quiet_fonts():
            for number, line in enumerate(lines):
                left = 1 if align == "left" else width - 3 - self.width(line)
                baseline = (number + 0.5) * spacing + CAPITAL / 2 * self.em
                renderer.draw_text(context, left, baseline, line, font, 0)
        return np.asarray(renderer.buffer_rgba())

    def _advance(self, character: str) -> float:
        """Return how far the next character stands from this one: what it adds between two bars."""
        if character not in self._advances:
            self._advances[character] = self._measured(f"|{character}|") - self._measured("||")
        return self._advances[character]

    def _measured(self, text: str) -> float:
        with quiet_fonts():
            return float(self._renderer.get_text_width_height_descent(text, self._font(text), ismath=False)[0])

    def _font(self, text: str) -> "FontProperties":
        from matplotlib.font_manager import FontProperties

        return FontProperties(family=text_style([text])["fontfamily"], size=self.size, weight=self.weight)

    @cached_property
    def _renderer(self) -> "RendererAgg":
        from matplotlib.backends.backend_agg import RendererAgg

        return RendererAgg(1, 1, self.dpi)


class Sheet:
    """Hold pictures at their places, in pixels to the right of and below some origin."""

    def __init__(self) -> None:
        self._pictures: list[tuple[np.ndarray, int, int]] = []

    def place(self, picture: np.ndarray, left: float, top: float) -> None:
        """Put a picture on the sheet, over those that are there."""
        self._pictures.append((picture, round(left), round(top)))

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of all pictures together."""
        sides = [(x, y, x + picture.shape[1], y + picture.shape[0]) for picture, x, y in self._pictures]
        lefts, tops, rights, bottoms = zip(*sides, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def pixels(self, margin: int) -> np.ndarray:
        """Return everything on white with a margin around it, uint8 (H, W, 3)."""
        left, top, right, bottom = self.box
        sheet = np.full((bottom - top + 2 * margin, right - left + 2 * margin, 3), 255, np.uint8)
        for picture, x, y in self._pictures:
            height, width = picture.shape[:2]
            under = sheet[y - top + margin :, x - left + margin :][:height, :width]
            if picture.shape[2] == 3:
                under[:] = picture
            else:
                # uint16 holds 255 * 255; + 127 rounds.
                opacity = picture[..., 3:].astype(np.uint16)
                under[:] = (picture[..., :3] * opacity + under * (255 - opacity) + 127) // 255
        return sheet


def filled(colour: str, width: int, height: int) -> np.ndarray:
    """Return a picture of one colour."""
    from matplotlib.colors import to_rgb

    return np.full((height, width, 3), np.round(np.array(to_rgb(colour)) * 255), np.uint8)


def save_picture(path: Path, pixels: np.ndarray) -> Path:
    """Write uint8 (H, W, 3) as PNG, whole or not at all."""
    from PIL import Image

    with replacing(path) as temporary:
        Image.fromarray(pixels).save(temporary, format="png", compress_level=COMPRESSION)
    return path


def read_picture(path: Path) -> np.ndarray:
    """Return a PNG's pixels, uint8 (H, W, 3)."""
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
