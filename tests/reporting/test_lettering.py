"""Names in any script in figures: a font that has them where one is installed, else numbers, a legend and a line."""

import warnings
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import FontEntry, fontManager

from pyvideoai.reporting import lettering
from pyvideoai.reporting.confusion import draw_confusion
from pyvideoai.reporting.lettering import class_labels, drawable, text_style
from pyvideoai.reporting.reporter import Reporter
from pyvideoai.tasks import Confusion

FIGURE = Confusion(np.eye(3, dtype=int))
HINDI, JAPANESE, THAI = "दौड़", "走る", "วิ่ง"


def write_font(folder: Path, family: str, characters: str) -> tuple[str, str]:
    """A font that has these characters: bars, the next one always longer."""
    names = [".notdef", *(f"uni{ord(each):04X}" for each in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(each): name for each, name in zip(characters, names[1:], strict=True)})
    builder.setupGlyf({name: _bar(100 + 150 * number) for number, name in enumerate(names)})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (900, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(folder / f"{family}.ttf")
    return family, str(folder / f"{family}.ttf")


def _bar(length: int):
    pen = TTGlyphPen(None)
    for place, point in enumerate([(50, 0), (50, 300), (50 + length, 300), (50 + length, 0)]):
        (pen.lineTo if place else pen.moveTo)(point)
    pen.closePath()
    return pen.glyph()


def test_a_family_that_only_has_a_medium_weight_is_found(monkeypatch):
    fonts = [
        FontEntry(fname=f"{name}-{weight}.ttf", name=name, weight=weight, style=style)
        for name, weight, style in (("Zen", 500, "normal"), ("Two", 400, "normal"), ("Two", 500, "normal"),
                                    ("Bold", 700, "normal"), ("Slanted", 400, "italic"))
    ]  # fmt: skip
    monkeypatch.setattr(fontManager, "ttflist", fonts)
    assert list(lettering._installed()) == [("Two", "Two-400.ttf"), ("Zen", "Zen-500.ttf")]


@pytest.fixture
def install(tmp_path, monkeypatch):
    """install("Name", "characters"): make these the fonts of this machine, beside Matplotlib's own."""
    installed: list[tuple[str, str]] = []
    monkeypatch.setattr(lettering, "_installed", lambda: iter(installed))
    monkeypatch.setattr(fontManager, "ttflist", list(fontManager.ttflist))

    def add(family: str, characters: str) -> None:
        installed.append(write_font(tmp_path, family, "".join(sorted(set(characters)))))
        fontManager.addfont(installed[-1][1])
        lettering._fonts_for.cache_clear()

    lettering._fonts_for.cache_clear()
    yield add
    lettering._fonts_for.cache_clear()


def test_a_font_that_has_all_is_taken_before_several_that_have_them_between_them(install):
    install("One", HINDI)
    install("Two", JAPANESE)
    install("Three", HINDI + JAPANESE)
    assert text_style(["left", "Zürich", "левый"])["fontfamily"] == ["DejaVu Sans"]
    assert text_style([HINDI, JAPANESE, "a"])["fontfamily"] == ["DejaVu Sans", "Three"]
    assert text_style([JAPANESE])["fontfamily"] == ["DejaVu Sans", "Two"]


def test_several_fonts_together_where_none_has_all(install):
    install("One", HINDI)
    install("Two", JAPANESE)
    assert text_style([HINDI, JAPANESE])["fontfamily"] == ["DejaVu Sans", "One", "Two"]
    assert class_labels([HINDI, JAPANESE, "a"]) == ([HINDI, JAPANESE, "a"], [])


def test_names_that_no_font_has_go_by_their_number(install):
    install("One", HINDI)
    assert class_labels([HINDI, JAPANESE, "a", "b" + THAI]) == (
        [HINDI, "class 1", "a", "class 3"],
        [JAPANESE, "b" + THAI],
    )
    assert drawable(f"val {JAPANESE[0]}: {HINDI}") == rf"val \u8d70: {HINDI}"


def test_control_characters_and_dollars_are_no_names_to_obey(install):
    assert class_labels(["a\nb", "\x1b[31mred", "$x_{", "\u202eevil"])[0] == [
        r"a\nb", r"\x1b[31mred", "$x_{", r"\u202eevil",
    ]  # fmt: skip


def pixels(path: Path, names: list[str]) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return matplotlib.image.imread(draw_confusion(path, np.eye(2, dtype=int), names, "test"))


def test_two_names_in_an_installed_font_look_different(install, tmp_path):
    install("Runs", JAPANESE)
    one, other = (pixels(tmp_path / "a.png", [name * 2, "a"]) for name in JAPANESE)
    assert one.shape == other.shape and not np.array_equal(one, other)


def test_a_run_with_names_that_can_t_be_drawn_says_so_once_and_has_a_legend(install, folder, capsys):
    reporter = Reporter(folder)
    seen = []
    clip = np.zeros((2, 8, 8, 3), np.uint8)
    reporter.first_batch(lambda names: seen.extend(names) or [(names[2], clip)], ["left", "a\tb", JAPANESE])
    for which in ("best", "last"):
        reporter.test(which, 1, {"test/top1": 66.7}, FIGURE, ["left", "a\tb", JAPANESE])
    reporter.close()
    assert seen == ["left", r"a\tb", "class 2"]
    legend = folder.plots / "classes.txt"
    assert legend.read_text() == f"class 0\tleft\nclass 1\ta\\tb\nclass 2\t{JAPANESE}\n"
    line = f"no installed font has all characters of 1 of 3 class names, such as {JAPANESE}: figures show their numbers"
    assert [each for each in capsys.readouterr().out.splitlines() if "font" in each] == [f"{line}, see {legend}"]


def test_no_legend_where_all_names_can_be_drawn(folder):
    reporter = Reporter(folder)
    reporter.test("best", 1, {"test/top1": 66.7}, FIGURE, ["left", "Zürich", "сидеть"])
    reporter.close()
    assert not (folder.plots / "classes.txt").exists()
