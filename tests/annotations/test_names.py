import unicodedata

import pytest

from pyvideoai.annotations.names import alike, composed, in_one_line, remark_on_alike, some

NFC, NFD = (unicodedata.normalize(form, "caf\u00e9") for form in ("NFC", "NFD"))


def test_both_forms_of_a_name_are_composed_to_one():
    assert NFC != NFD and composed(NFD) == composed(NFC) == NFC


@pytest.mark.parametrize(
    "names",
    [
        ["Run", "RUN", "run"],
        ["run", "run "],
        ["no fight", "no_fight", "nofight"],
        ["no fight", "no\u00a0fight"],
        ["run-fast", "run_fast", "Run\u2011fast"],
        ["run", "run\u200b"],
        [NFC, NFD],
        ["run", "\uff52\uff55\uff4e"],
        ["straße", "STRASSE"],
    ],
)
def test_names_that_differ_in_spelling_only_are_alike(names):
    assert alike(["jump", *names, "swim"]) == [names]


def test_other_names_are_not_alike():
    names = ["run", "runs", "jump", "nan", "None", "1", "01", "1-2", "12", "cafe", NFC]
    assert alike(names) == [] and remark_on_alike(names) is None


def test_the_remark_shows_the_names_so_that_they_can_be_told_apart():
    remark = remark_on_alike(["Run", "RUN", "jump", "run", NFC, NFD, "café "])
    assert "'Run' and 'RUN' and 'run'; " in remark and "'caf\\xe9' and 'cafe\\u0301' and 'café '" in remark
    assert "differ only by case, blanks, underscores, hyphens or Unicode form" in remark and "\n" not in remark


def test_the_first_few_are_shown_and_the_rest_counted():
    assert some(["a", "b"]) == "a, b" and some(list("abcdefg")) == "a, b, c, d, e and 2 more"
    assert some(["a", "b", "c"], 2, "; ") == "a; b and 1 more"


def test_a_name_stays_in_its_line():
    assert in_one_line("a\nb\x1b[0m") == "a\\nb\\x1b[0m" and in_one_line("café 走る") == "café 走る"
    assert some(["a\nb", "c"]) == "a\\nb, c"
