"""What training shares with the videos that are scored, as names and columns show it."""

import pandas as pd
import pytest

from pyvideoai.data.leaks import remarks_on_leaks

PIECES = "; a group keeps them together (docs/DATASETS.md)"
UNREAD = "which nothing reads; if the score is meant for new ones, call it group: splits are held out by group"


def remarks(train, test, grouped=False, **columns):
    """Each of `columns`: (train's values, test's)."""
    tables = [
        pd.DataFrame({"video": videos, "label": 0, "group": videos} | {name: of[i] for name, of in columns.items()})
        for i, videos in enumerate((train, test))
    ]
    return remarks_on_leaks(tables[0], {"test": tables[1]}, grouped=grouped)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/run_clip1.mp4", "a/run_clip12.mp4"),
        ("a/run.mp4", "a/run_flip.mp4"),
        ("a/run - Copy.avi", "a/run.avi"),
        ("run-part-1.mov", "run-part-2.mov"),
        ("Archery/v_Archery_g08_c01.avi", "Archery/v_Archery_g08_c02.avi"),
        ("jump/dQw4w9WgXcQ_000010_000020.mp4", "jump/dQw4w9WgXcQ_000040_000050.mp4"),
        ("frames/run_seg01", "frames/run_seg02"),
    ],
)
def test_pieces_of_a_video(one, other):
    told = f"train and test share what seem to be pieces of one video: 1 of 2, such as {one} and {other}{PIECES}"
    assert remarks([one, "x/0.mp4"], [other, "x/1.mp4"]) == [told]
    assert remarks([one], [other], grouped=True) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/0.mp4", "a/1.mp4"),
        ("a/run_clip1.mp4", "b/run_clip2.mp4"),
        ("a/video_001.mp4", "a/video_002.mp4"),
        ("clip1.mp4", "clip2.mp4"),
        ("a/clip_1.mp4", "a/clip_2.mp4"),
        ("a/v_Run_g08_c01.avi", "a/v_Run_g09_c01.avi"),
        ("a/flip.mp4", "a/flip2.mp4"),
    ],
)
def test_names_that_show_no_video_of_their_own(one, other):
    assert remarks([one], [other]) == []


@pytest.mark.parametrize("column", ["subject", "Person_ID", "source video", "participants"])
def test_people_and_places_in_a_column_that_nothing_reads(column):
    ann, bob = (["ann", "bob", ""], ["bob", "", "eve"])
    told = f"train and test share 1 of 2 values of the column {column!r}, {UNREAD}"
    assert remarks(["a", "b", "c"], ["d", "e", "f"], **{column: (ann, bob)}) == [told]
    assert remarks(["a", "b", "c"], ["d", "e", "f"], grouped=True, **{column: (ann, bob)}) == []
    assert remarks(["a", "b", "c"], ["d", "e", "f"], stars=(ann, bob)) == []


def test_a_video_with_another_label_in_another_split():
    train = pd.DataFrame({"video": ["a", "b"], "label": [0, 1], "group": ["a", "b"]})
    told = "train and test share 2 of 2 groups of videos, such as a"
    assert remarks_on_leaks(train, {"test": train}, grouped=False) == [told]
    other = {"test": train.assign(label=1)}
    assert remarks_on_leaks(train, other, grouped=False) == [f"{told}; 1 with another label, such as a"]
    # parts of a video may be of other classes
    assert remarks_on_leaks(train.assign(start_s=0.0), other, grouped=False) == [told]
