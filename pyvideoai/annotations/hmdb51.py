"""Read HMDB-51's official splits as tables.

Format: `<class>_test_split<n>.txt` for each of 51 classes and three splits; a line is a file name and 1 (training
list), 2 (test list) or 0 (not used in this split). 70 training and 30 test clips per class.
Source: Kuehne et al. 2011; https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.annotations.class_list import choice_note, chosen_classes
from pyvideoai.annotations.frame_folders import in_place_of_videos
from pyvideoai.annotations.official import Faults, Source, class_names, lines

if TYPE_CHECKING:
    import pandas as pd

HMDB51 = Source(
    "HMDB-51",
    "get hmdb51_org.rar and test_train_splits.rar from "
    "https://serre-lab.clps.brown.edu/resource/hmdb-a-large-human-motion-database/ and unpack them to "
    "<dataset.root>/<class>/*.avi and, in or beside it, testTrainMulti_7030_splits/*.txt",
)
LISTS_FOLDER = "testTrainMulti_7030_splits"
LISTS = {"1": "train", "2": "test"}
UNUSED = "0"
# visible body part, camera motion, number of people, view point, quality, clip number
ATTRIBUTES = re.compile(r"_[hulf]_(cm|nm)_np\d+_(fr|ba|le|ri)_(bad|med|goo)_\d+$")


def classes(root: Path | None = None, annotations: Path | None = None, class_list: Path | None = None) -> list[str]:
    """Return the class names in the order of their labels: all 51 in alphabetical order, or what a list chooses.

    The list is `class_list`, or else classes.txt in the folder of the splits' lists.
    """
    places = [] if root is None else HMDB51.places(annotations, root, LISTS_FOLDER)
    return chosen_classes(class_names("hmdb51"), class_list, places)


def splits(
    root: Path,
    annotations: Path | None = None,
    split: int = 1,
    names: list[str] | None = None,
    *,
    frames: bool = False,
) -> dict[str, "pd.DataFrame"]:
    """Return {"train", "test"} of official split 1, 2 or 3, with the columns video, label, group.

    names: the classes; None: all 51. annotations: the folder of the lists; None: `testTrainMulti_7030_splits` in or
    beside `root`. frames: whether there is a folder of frames in place of each video.
    Raises UserError if files are missing, or lines are not in the format.
    """
    import pandas as pd

    names = classes() if names is None else names
    HMDB51.check_split(split)
    folder = HMDB51.folder(annotations, root, LISTS_FOLDER)
    if not frames:
        HMDB51.check_videos(root, names)
    rows, faults = {"train": [], "test": []}, Faults()
    for label, name in enumerate(names):
        for video, part in _entries(folder / f"{name}_test_split{split}.txt", faults):
            rows[part].append((f"{name}/{video}", label, source_video(video, name)))
    faults.raise_if_any()
    tables = {part: pd.DataFrame(found, columns=["video", "label", "group"]) for part, found in rows.items()}
    tables = in_place_of_videos(tables, root, HMDB51) if frames else tables
    others = _others(folder, split, names)
    for part, table in tables.items():
        total = len(rows[part]) + others.count(part)
        table.attrs["classes"] = choice_note(class_names("hmdb51"), names, len(rows[part]), total)
    return tables


def source_video(video: str, name: str) -> str:
    """Return the name of the film that a clip was cut from: without class, attributes and number.

    >>> source_video("April_09_brush_hair_u_nm_np1_ba_goo_0.avi", "brush_hair")
    'April_09'
    """
    return ATTRIBUTES.sub("", Path(video).stem).removesuffix(f"_{name}")


def _others(folder: Path, split: int, names: list[str]) -> list[str]:
    """Return the splits of the clips of all other classes, whose lists may be missing."""
    files = [folder / f"{name}_test_split{split}.txt" for name in class_names("hmdb51") if name not in names]
    return [part for path in files if path.is_file() for _, part in _entries(path, Faults())]


def _entries(path: Path, faults: Faults) -> list[tuple[str, str]]:
    entries = []
    for number, words in lines(path):
        if len(words) != 2 or words[1] not in (*LISTS, UNUSED):
            faults.add(path, number, f"{' '.join(words)!r}; expected a file name, then 0, 1 or 2")
        elif words[1] != UNUSED:
            entries.append((words[0], LISTS[words[1]]))
    return entries
