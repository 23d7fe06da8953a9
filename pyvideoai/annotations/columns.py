"""The columns of split tables, and the columns for which another name was probably meant.

Columns of other names are carried into predictions. A column that looks like one of ours is an error instead: it would
be ignored, and if "stop_frame" were ignored, every part would reach to the end of its video.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from pyvideoai.annotations.names import in_one_line
from pyvideoai.errors import UserError

REQUIRED, OPTIONAL = ("video", "label"), ("group", "video_id")
BOUNDS = (("start_frame", "end_frame"), ("start_s", "end_s"))
EDGES = {edge: tuple(f"{edge}_{unit}" for unit in ("s", "frame")) for edge in ("start", "end")}

# Other names of the required columns, the likeliest first; compared without case and anything but letters and digits
VIDEO = (
    "path filepath videopath file filename videofile videofilename videoname clip clippath clipname clips videos paths "
    "files vid movie name url uri fname videoid clipid youtubeid id"
)
LABEL = (
    "class classname labels labelname classes category action actionname activity classid labelid classindex classidx "
    "labelindex labelidx actionid actionclass target tag y categories actions targets tags verb verbclass"
)
SYNONYMS = {
    "video": VIDEO.split(),
    "label": LABEL.split(),
    "group": ["groups", "groupid", "groupname", "grp"],
    "video_id": ["videoids", "vidid", "vididx"],
}
LIKENESS, LIKENESS_OPTIONAL = {"video": 0.75, "label": 0.75}, 0.85  # from here on a name is another one misspelt

FRAME = r"frames?|frameidx|frameindex|frameno|framenum|framenumber|frm|idx|index"
MILLISECOND = r"ms|msecs?|millis|milliseconds?"
SECOND = r"seconds?|secs?|times?|timestamps?|ts|t|s"
UNIT = rf"{FRAME}|{MILLISECOND}|{SECOND}"
EDGE = re.compile(
    rf"(?:clip|segment|seg|action|event|video|trim|part|label|annotation|in|of)*(?P<before>(?:{UNIT})*)"
    rf"(?:(?P<start>start|starting|begin|beginning|onset)|(?P<end>end|ending|stop|finish))"
    rf"(?P<after>(?:{UNIT}|in)*)"
)
FRAME_EDGE = re.compile(r"(?:(?P<start>first)|(?P<end>last))(?P<unit>frame(?:idx|index|no|num|number)?)")
NOT_A_NAME = re.compile(r"^\d+$|[/\\]|\.\w{2,4}$")  # a number, a path, a file
PAIRS = (
    ("onset", "offset"),
    ("from", "to"),
    ("t0", "t1"),
    ("t1", "t2"),
    ("in", "out"),
)  # edges only where both are there
DURATION = re.compile(
    rf"(?:clip|segment|part|n|num)*(?:duration|dur|length|len|(?=frames))(?:in)?(?P<unit>(?:{UNIT})?)"
)

# Lists of well-known data sets: (columns that tell one, what to do with it)
FOREIGN = (
    (
        ("youtube_id", "time_start", "time_end"),
        "this is a list of Kinetics; -D kinetics400, -D kinetics600 or -D kinetics700 reads it as it is, with "
        "--set dataset.annotations=... for its folder",
    ),
    (
        ("narration_id", "participant_id", "verb_class"),
        "this is a list of EPIC-Kitchens, which no config here reads; as a table it needs the columns video "
        "(<participant_id>/<video_id>.MP4, in place of video_id), label (verb_class or noun_class), start_frame, and "
        "end_frame for stop_frame",
    ),
    (
        ("id", "subject", "scene", "actions"),
        "this is a list of Charades, which no config here reads; as a table it needs a row for each of a video's "
        "actions, with the columns video,label,start_s,end_s: <id>.mp4,c092,11.9,21.2",
    ),
    (
        ("original_vido_id", "video_id", "frame_id", "path"),
        "this is a list of frames of PySlowFast, which no config here reads; a table has a row for each video or part "
        "of one, with the columns video,label",
    ),
    (
        ("youtube_id", "start", "end"),
        "this is a list of clips from YouTube, such as HACS has, which no config here reads; a table needs the columns "
        "video (the path of the clip's file) and label",
    ),
)


def check_header(header: Sequence[str], where: str) -> None:
    """Raise UserError, which begins with `where`, unless a table may have this header."""
    check_known(header, where)
    if twice := sorted(name for name, count in Counter(header).items() if count > 1):
        raise UserError(f"{where}: two columns {f'are called {twice[0]!r}' if twice[0] else 'have no name'}")
    missing = [_missing(name, header) for name in REQUIRED if name not in header]
    near = [f"column {name!r}: did you mean {told}?" for name, told in near_columns(header).items()]
    if missing or near:
        advice = (
            "The header must name video and label" if missing else f"Rename or remove {'them' if near[1:] else 'it'}"
        )
        raise UserError(f"{where}: {' '.join([*missing, *near, advice])}")


def check_known(header: Sequence[str], where: str) -> None:
    """Raise UserError if this is the header of a well-known data set's list; it says which config reads the list."""
    if "video" not in header and (told := foreign_list(header)):
        raise UserError(f"{where}: {told}")


def looks_like_header(cells: Sequence[str]) -> bool:
    """Return whether a first row names columns, ours or others, and is not a row of a list."""
    if any(NOT_A_NAME.search(cell) for cell in cells):
        return False
    return any(_near(name, cells) for name in REQUIRED) or foreign_list(cells) is not None


def foreign_list(header: Iterable[str]) -> str | None:
    """Return what to do with the list of a well-known data set; None if the header belongs to none."""
    names = {name.casefold() for name in header}
    return next((told for columns, told in FOREIGN if names >= set(columns)), None)


def near_columns(header: Sequence[str]) -> dict[str, str]:
    """Return the columns that would be ignored, with what each was probably meant to be, such as "'end_s' (seconds)".

    If start_frame is there, "start_time" is taken for a column of its own, not for a second start.
    """
    found = {near: repr(name) for name in OPTIONAL if name not in header and (near := _near(name, header))}
    there, words = set(header), {_letters(name) for name in header}
    for name in header:
        edge, columns = _meant(name, there, words)
        if columns and there.isdisjoint(EDGES[edge]):
            found[name] = _told(columns)
    return found


def _missing(name: str, header: Sequence[str]) -> str:
    near = _near(name, header)
    return f"no column {name}; " + (f"did you mean {near!r}?" if near else f"it has {in_one_line(', '.join(header))}.")


def _near(name: str, header: Sequence[str]) -> str | None:
    """Return the column that is probably `name`: in another case, by another word, or misspelt."""
    ours = {*REQUIRED, *OPTIONAL} - ({"video_id"} if name == "video" else set())
    free = [column for column in header if column not in ours]
    by_letters = {_letters(column): column for column in reversed(free)}
    known = [by_letters[word] for word in (_letters(name), *SYNONYMS[name]) if word in by_letters]
    return next(iter([*known, *(column for column in free if _alike(column, name))]), None)


def _meant(name: str, there: set[str], words: set[str]) -> tuple[str, list[str]]:
    """Return ("start" or "end", the columns that a name may mean); ("", []) if it bounds no part of a video.

    there: all columns. words: their letters.
    """
    letters = _letters(name)
    if match := EDGE.fullmatch(letters) or FRAME_EDGE.fullmatch(letters):
        edge = "start" if match["start"] else "end"
        return edge, _in_unit(edge, match["unit"] if "unit" in match.groupdict() else match["before"] + match["after"])
    if edge := _paired(letters, words):
        return edge, _in_unit(edge, "")
    if (match := DURATION.fullmatch(letters)) and not there.isdisjoint(EDGES["start"]):
        return "end", _in_unit("end", match["unit"])  # start_s alone would mean "to the end of the video"
    alike = [(edge, [column]) for edge, columns in EDGES.items() for column in columns if _alike(name, column)]
    return alike[0] if alike else ("", [])


def _paired(letters: str, words: set[str]) -> str:
    """Return which edge a word names, if its counterpart is there as well: "from" is a start only beside "to"."""
    pairs = [pair for pair in PAIRS if letters in pair and words.issuperset(pair)]
    return ("start", "end")[pairs[0].index(letters)] if pairs else ""


def _in_unit(edge: str, unit: str) -> list[str]:
    """Return the columns of an edge in a unit; in both units if the unit isn't known."""
    if re.search("frame|frm|idx|index", unit):
        return [f"{edge}_frame"]
    return [f"{edge}_s"] if unit else list(EDGES[edge])


def _told(columns: Iterable[str]) -> str:
    return " or ".join(f"{name!r} ({'seconds' if name.endswith('_s') else 'frames'})" for name in columns)


def _alike(one: str, other: str) -> bool:
    """Return whether `one` is `other` misspelt."""
    return SequenceMatcher(None, one.casefold(), other).ratio() >= LIKENESS.get(other, LIKENESS_OPTIONAL)


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
