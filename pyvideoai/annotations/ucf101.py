"""Read UCF-101's official splits as tables; subsets with a `classInd.txt` of their own have the same format.

Format: `classInd.txt` ("1 ApplyEyeMakeup"), `trainlist0<n>.txt` ("<class>/<file> <class number>") and
`testlist0<n>.txt` ("<class>/<file>") for three splits. `v_<class>_g08_c01.avi` is the first clip of group 8, cut from
the same video as the rest of its group.
Source: Soomro et al. 2012 (arXiv:1212.0402); https://www.crcv.ucf.edu/data/UCF101.php
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pyvideoai.annotations.class_list import chosen_classes, keep_classes
from pyvideoai.annotations.frame_folders import in_place_of_videos
from pyvideoai.annotations.official import Faults, Source, lines, unknown_class
from pyvideoai.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

UCF101 = Source(
    "UCF-101",
    "get UCF101.rar and UCF101TrainTestSplits-RecognitionTask.zip from https://www.crcv.ucf.edu/data/UCF101.php and "
    "unpack them to <dataset.root>/<class>/*.avi and, in or beside it, ucfTrainTestlist/*.txt",
)
CLIP = re.compile(r"(?P<group>.+_g\d+)_c\d+$")


def classes(root: Path, annotations: Path | None = None, class_list: Path | None = None) -> list[str]:
    """Return the class names in the order of their labels: those of `classInd.txt`, or what a list chooses of them.

    The list is `class_list`, or else classes.txt beside `classInd.txt`.
    UserError: `classInd.txt` is missing or not numbered from 1, or the list has other names.
    """
    return chosen_classes(_official(root, annotations), class_list, [_folder(root, annotations)])


def _official(root: Path, annotations: Path | None) -> list[str]:
    path = _folder(root, annotations) / "classInd.txt"
    names, faults = [], Faults()
    for number, words in lines(path):
        if len(words) != 2 or words[0] != str(len(names) + 1):
            faults.add(path, number, f"{' '.join(words)!r}; expected '{len(names) + 1} <class name>'")
        names.append(words[-1])
    faults.raise_if_any()
    return names


def splits(
    root: Path,
    annotations: Path | None = None,
    split: int = 1,
    names: list[str] | None = None,
    *,
    frames: bool = False,
) -> dict[str, "pd.DataFrame"]:
    """Return {"train", "test"} of official split 1, 2 or 3, with the columns video, label, group.

    annotations: the folder of the lists; None: `ucfTrainTestlist` in or beside `root`. names: the classes; None: all.
    frames: whether there is a folder of frames in place of each video.
    Raises UserError if files are missing, or lines are not in the format.
    """
    import pandas as pd

    UCF101.check_split(split)
    folder, official = _folder(root, annotations), _official(root, annotations)
    names = official if names is None else names
    if not frames:
        UCF101.check_videos(root, names)
    tables, notes, faults = {}, {}, Faults()
    for part in ("train", "test"):
        rows = _rows(folder / f"{part}list{split:02d}.txt", official, faults)
        rows, notes[part] = keep_classes(rows, 1, official, names)
        tables[part] = pd.DataFrame(rows, columns=["video", "label", "group"])
    faults.raise_if_any()
    tables = in_place_of_videos(tables, root, UCF101) if frames else tables
    for part, table in tables.items():
        table.attrs["classes"] = notes[part]
    return tables


def group(video: str) -> str:
    """Return the clip's path without its clip number: "Archery/v_Archery_g08". Raises UserError if it has no gNN_cNN.

    The class is part of the group, since the numbers of groups start again in each class.
    """
    match = CLIP.match(str(Path(video).with_suffix("").as_posix()))
    if match is None:
        raise UserError(f"{video!r} is not a UCF-101 name; expected <class>/v_<class>_gNN_cNN.avi")
    return match["group"]


def _folder(root: Path, annotations: Path | None) -> Path:
    return UCF101.folder(annotations, root, "ucfTrainTestlist")


def _rows(path: Path, names: list[str], faults: Faults) -> list[tuple[str, int, str]]:
    rows, labels = [], {name: label for label, name in enumerate(names)}
    for number, words in lines(path):
        name = words[0].partition("/")[0]
        try:
            if name in labels:
                rows.append(_row(words, labels[name]))
            else:
                faults.add(path, number, unknown_class(name, names))
        except UserError as error:
            faults.add(path, number, str(error))
    return rows


def _row(words: list[str], label: int) -> tuple[str, int, str]:
    if len(words) > 2 or words[1:] not in ([], [str(label + 1)]):
        raise UserError(f"{' '.join(words)!r}; expected '<class>/<file>', then nothing or {label + 1}")
    return words[0], label, group(words[0])
