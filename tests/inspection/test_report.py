"""The report: one file that a browser shows, with what a run left, and with words on what it lacks."""

import html
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from made_runs import make_run, write_videos

from pyvideoai.commands import prepare_videos, report
from pyvideoai.errors import UserError
from pyvideoai.experiment import write_json
from pyvideoai.inspection.page import videos
from pyvideoai.inspection.page.charts import Series, line_chart, ticks
from pyvideoai.inspection.runs import Run
from pyvideoai.reporting.summary import read_history, write_summary
from pyvideoai.scoring.fusing import read_saved

CLASSES = ["run", "walk <b>fast</b>", "=1+1"]
ALL = ["Results", "Curves", "Confusions", "Classes", "Calibration", "Kinds of videos", "Mistakes",
       "Likely wrong labels", "Near copies across splits", "Speed", "Configuration", "Environment"]  # fmt: skip


class Page(HTMLParser):
    """What a browser would see: headings, texts of the cells of tables, links, images; all elements are closed."""

    EMPTY = frozenset({"meta", "img", "br", "line", "circle", "rect", "polyline"})

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.text, self.open, self.links, self.images = path.read_text(encoding="utf-8"), [], [], []
        self.headings, self.rows, self.warnings = [], [], []
        self.feed(self.text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        given = dict(attributes)
        self.links += [given["href"]] if "href" in given else []
        self.images += [given["src"]] if "src" in given else []
        if tag not in self.EMPTY:
            self.open.append(tag)
        for start, into in (("h2", self.headings), ("tr", self.rows)):
            if tag == start:
                into.append("" if tag == "h2" else [])
        if tag == "td":
            self.rows[-1].append("")
        if given.get("class") == "warning":
            self.warnings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        if "h2" in self.open:
            self.headings[-1] += data
        if "td" in self.open:
            self.rows[-1][-1] += data
        if self.open[-1:] == ["p"] and self.warnings and self.warnings[-1] == "":
            self.warnings[-1] = data

    def row(self, first: str) -> list[str]:
        return next(row for row in self.rows if row and row[0] == first)


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    write_videos(tmp_path / "clips", [f"{split}_{number}.mp4" for split in ("train", "test") for number in range(12)])
    return tmp_path / "clips"


def test_a_page_has_all_that_a_run_left(tmp_path, clips, capsys):
    folder = make_run(tmp_path, CLASSES, root=clips)
    assert report.main([str(folder.path)]) == 0
    out = folder.path / "report.html"
    assert f"report: {out}" in capsys.readouterr().out
    page = Page(out)
    assert page.headings == ALL and page.warnings == []
    for name in CLASSES:  # as they are called, and never as HTML
        assert [name] == [row[0] for row in page.rows if row and row[0] == name and len(row) == 11]
    assert "<b>fast" not in page.text
    assert page.row("learning_rate") == ["learning_rate", "Something(1, 2)", "line 3"]
    saved = read_saved(next(folder.predictions.glob("*.npz")))
    right = int((saved.probabilities.argmax(1) == saved.labels).sum())
    assert f"Wrong in {12 - right} of 12 videos" in page.text
    assert (clips / "train_1.mp4").as_uri() in page.links and page.row("train_1.mp4")
    assert len(page.images) >= 12 and all(each.startswith("data:image/jpeg;base64,") for each in page.images)


def test_a_page_asks_no_network_and_runs_nothing_of_a_name(tmp_path, clips):
    folder = make_run(tmp_path, ['"><script>alert(1)</script>', "walk"], root=clips)
    report.main([str(folder.path)])
    text = (folder.path / "report.html").read_text()
    assert text.count("<script>") == 1 and not re.search(r"https?://(?!www\.w3\.org)", text)
    assert "default-src 'none'" in text
    assert all(each.startswith(("#", "file://")) for each in Page(folder.path / "report.html").links)


def test_likely_wrong_labels_are_a_csv_to_edit(tmp_path):
    folder = make_run(tmp_path, ["run", "walk", "=1+1"], per_class=30)
    out = tmp_path / "new" / "page.html"
    report.main([str(folder.path), "--out", str(out)])
    header, first, *rest = (tmp_path / "new" / "page_suspects.csv").read_text().splitlines()
    assert header == "video,label,suggested_label,agreement,mean_loss,row,right_label"
    assert first == "train_1.mp4,walk,'=1+1,1.00,3.0000,1,"
    assert len(rest) == 19  # a tenth of 90, but at least 20
    assert Page(out).row("train_1.mp4")[:3] == ["train_1.mp4", "walk", "=1+1"]


def test_a_folder_of_an_older_version_says_section_by_section_what_it_lacks(tmp_path, capsys):
    folder = make_run(tmp_path, CLASSES)
    for path in (folder.predictions, folder.logs, folder.splits):
        shutil.rmtree(path)
    folder.summary.unlink()
    (folder.configs / "resolved.txt").unlink()
    assert report.main([str(folder.path)]) == 0
    page = Page(folder.path / "report.html")
    assert page.headings == ALL
    told = " ".join(page.warnings)
    for name in ("summary.csv", "predictions", "train.csv", "resolved.txt", "splits has no tables"):
        assert name in told, name
    assert "likely wrong labels" not in capsys.readouterr().out


def test_a_run_that_has_not_finished_has_its_curves(tmp_path):
    folder = make_run(tmp_path, CLASSES)
    folder.results.unlink()
    report.main([str(folder.path)])
    page = Page(folder.path / "report.html")
    assert "has not finished" in page.warnings[0] and "<polyline" in page.text


def test_a_score_that_may_be_chance_says_so(tmp_path):
    folder = make_run(tmp_path, CLASSES)
    results = folder.read_results()
    write_json(folder.results, {**results, "best": {**results["best"], "top1_interval95": [20, 60], "chance": 33.3}})
    report.main([str(folder.path)])
    [told] = Page(folder.path / "report.html").warnings[:1]
    assert told.startswith("The score of the best weights is not above chance, 33.3 %")


def test_videos_that_are_gone_are_named(tmp_path, clips):
    folder = make_run(tmp_path, CLASSES, root=clips)
    (clips / "train_1.mp4").unlink()
    (clips / "train_2.mp4").write_bytes(b"no video")
    report.main([str(folder.path)])
    text = (folder.path / "report.html").read_text()
    assert "train_1.mp4 is gone" in text and "2 videos could not be opened" in text


def test_where_the_originals_are_gone_prepared_copies_are_shown(tmp_path, clips):
    table, copies = tmp_path / "one.csv", tmp_path / "copies"
    table.write_text("video,label\ntrain_1.mp4,0\n")
    prepare_videos.main([str(table), "--root", str(clips), "--out", str(copies), "--processes", "1"])
    folder = make_run(tmp_path, CLASSES, root=clips)
    facts = folder.read_run()
    write_json(folder.path / "run.json", {**facts, "paths": {**facts["paths"], "prepared": str(copies)}})
    (clips / "train_1.mp4").unlink()
    report.main([str(folder.path)])
    page = Page(folder.path / "report.html")
    shown = [each for each in page.links if "train_1." in each]
    assert shown and all(each.startswith(copies.as_uri()) for each in shown)
    assert "is gone" not in page.text


def test_many_videos_are_opened_only_if_that_is_asked(tmp_path, clips, monkeypatch):
    monkeypatch.setattr(videos, "MOST_OPENED", 23)
    folder = make_run(tmp_path, CLASSES, root=clips)
    report.main([str(folder.path)])
    assert Page(folder.path / "report.html").warnings == [
        "24 videos would be opened, more than 23: --duplicates looks at all of them"
    ]
    report.main([str(folder.path), "--duplicates"])
    assert "24 videos of train and test were compared" in (folder.path / "report.html").read_text()


def test_what_cannot_be_reported_is_one_line(tmp_path):
    with pytest.raises(UserError, match="give the folder of an experiment"):
        report.main([])
    with pytest.raises(UserError, match="does not exist"):
        report.main([str(tmp_path / "nothing")])
    folder = make_run(tmp_path, CLASSES)
    with pytest.raises(UserError, match=r"ends in \.html"):
        report.main([str(folder.path), "--out", str(tmp_path / "page.txt")])
    with pytest.raises(UserError, match="is a part of an experiment"):
        report.main([str(folder.summary)])


def test_several_runs_are_compared_class_by_class(tmp_path):
    folders = [
        make_run(tmp_path, CLASSES, per_class=20, accuracy=share, seed=seed) for seed, share in ((0, 0.3), (1, 0.9))
    ]
    out = tmp_path / "both.html"
    assert report.main([*(str(each.path) for each in folders), "--out", str(out)]) == 0
    page = Page(out)
    assert page.warnings == [] and page.row("seed")[1:] == ["0", "1"]
    before, after = (Run(each, "best").saved() for each in folders)
    of_class = before.labels == 0
    right = [each.probabilities.argmax(1)[of_class] == 0 for each in (before, after)]
    gain = 100 * (right[1].mean() - right[0].mean())
    won, lost = int((right[1] & ~right[0]).sum()), int((right[0] & ~right[1]).sum())
    assert [page.row("run")[each] for each in (1, 2, 3)] == [f"{gain:+.1f}", str(won), str(lost)]
    scores = [each.score(each.probabilities) for each in (before, after)]
    assert f"{np.mean(scores):.1f} ± {np.std(scores, ddof=1):.1f}" in page.text
    assert next(row for row in page.rows if row[:2] == ["B", "test"])[7] == f"{scores[1] - scores[0]:+.1f}"


def test_curves_of_several_runs_show_what_chose_their_best_epochs(tmp_path):
    folders = [make_run(tmp_path, CLASSES, seed=seed) for seed in (0, 1)]
    for folder in folders:
        write_json(folder.results, {**folder.read_results(), "selected_by": "val/macro_f1"})
        write_summary(folder.summary, [{**row, "val/macro_f1": 50.0} for row in read_history(folder.summary)])
    report.main([*(str(each.path) for each in folders), "--out", str(tmp_path / "both.html")])
    assert "val macro F1" in Page(tmp_path / "both.html").text


def test_many_classes_are_a_picture_without_names(tmp_path):
    folder = make_run(tmp_path, [f"class {number}" for number in range(100)], per_class=2)
    report.main([str(folder.path)])
    page = Page(folder.path / "report.html")
    assert [each for each in page.images if each.startswith("data:image/png")] and page.headings == ALL
    assert len([row for row in page.rows if len(row) == 11]) == 100


@pytest.mark.parametrize(
    ("low", "high", "expected"), [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (1, 100, [20, 40, 60, 80, 100])]
)
def test_ticks_are_round_numbers(low, high, expected):
    assert ticks(low, high, 5) == expected


def test_a_chart_holds_its_lines_whatever_they_are():
    for given in ([], [(1, 5.0)], [(1, 0.0), (2, 0.0)], [(1, 1e-12), (2, 3e8)], [(each, each) for each in range(400)]):
        for log in (False, True):
            drawn = line_chart("loss", [Series("train", "train", given)], log=log)
            places = [tuple(map(float, each.split(","))) for each in drawn.lines[0].path.split()]
            assert len(places) == len(given) and drawn.y_ticks
            assert all(drawn.left <= x <= drawn.right and drawn.top <= y <= drawn.bottom for x, y in places)


@pytest.fixture
def in_a_browser(tmp_path):
    """in_a_browser(html): the page that a browser has made of it, once its scripts have run."""
    browser = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
    if browser is None:
        pytest.skip("needs a browser")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000", "--dump-dom"]

    def shown(text: str) -> str:
        page = tmp_path / "given.html"
        page.write_text(text)
        command = [browser, *options, f"--user-data-dir={tmp_path / 'browser'}", page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout

    return shown


@pytest.mark.slow
def test_a_browser_sorts_the_tables(tmp_path, clips, in_a_browser):
    folder = make_run(tmp_path, CLASSES, root=clips)
    report.main([str(folder.path)])
    text = (folder.path / "report.html").read_text()
    clicks = "".join(f"[...document.querySelectorAll('#classes th')][{column}].click();" for column in (1, 1, 2))
    shown = tmp_path / "shown.html"
    shown.write_text(in_a_browser(text.replace("</body>", f"<script>{clicks}</script></body>")))
    predicted = [int(row[2]) for row in Page(shown).rows if len(row) == 11]
    assert len(predicted) == 3 and predicted == sorted(predicted) and 'aria-sort="ascending"' in shown.read_text()


FRAMED = """<!doctype html><body><iframe style="width:WIDTHpx;height:900px" srcdoc="PAGE"></iframe><script>
onload = () => {
  const root = document.querySelector("iframe").contentDocument.documentElement;
  document.body.dataset.beyond = root.scrollWidth - root.clientWidth;
};
</script></body>"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("classes", [2, 51, 400])
def test_nothing_is_cut_off_on_a_phone_and_on_a_desk(tmp_path, in_a_browser, classes, width):
    folder = make_run(tmp_path, [f"a name of {number}{'_long' * 9}" for number in range(classes)], per_class=2)
    report.main([str(folder.path)])
    page = html.escape((folder.path / "report.html").read_text())
    assert 'data-beyond="0"' in in_a_browser(FRAMED.replace("WIDTH", str(width)).replace("PAGE", page))
