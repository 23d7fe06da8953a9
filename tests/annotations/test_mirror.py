import pytest

from pyvideoai.annotations.mirror import flipped_labels, left_right_pairs
from pyvideoai.annotations.official import class_names
from pyvideoai.errors import UserError

SIDES = [
    ("Pulling something from left to right", "Pulling something from right to left"),
    ("Pushing something from left to right", "Pushing something from right to left"),
    ("Turning the camera left while filming something", "Turning the camera right while filming something"),
]


@pytest.mark.parametrize("dataset", ["something_v1", "something_v2"])
def test_the_pairs_of_the_official_lists(dataset):
    names = class_names(dataset)
    pairs = left_right_pairs(names)
    assert sorted(tuple(sorted(pair)) for pair in pairs) == SIDES
    swapped = flipped_labels(names, pairs)
    moved = [label for label, other in enumerate(swapped) if label != other]
    assert sorted(names[label] for label in moved) == sorted(name for pair in SIDES for name in pair)
    assert all(swapped[swapped[label]] == label for label in range(len(names)))


def test_one_class_of_something_has_the_word_and_no_side():
    sided = {name for name in class_names("something_v2") if {"left", "right"} & set(name.split())}
    others = sided - {name for pair in SIDES for name in pair}
    assert others == {"Plugging something into something but pulling it right out as you remove your hand"}


def test_case_is_kept_and_a_name_without_a_mirror_image_left_alone():
    assert left_right_pairs(["Swiping Left", "Swiping Down", "Swiping Right"]) == (("Swiping Left", "Swiping Right"),)
    assert left_right_pairs(["Pulling it right out", "Upright", "Upleft"]) == ()


def test_pairs_must_name_classes_once():
    with pytest.raises(UserError, match=r"flip_labels: 'lef' is no class; did you mean 'left'\?"):
        flipped_labels(["left", "right"], [("lef", "right")])
    with pytest.raises(UserError, match="a class is in one pair"):
        flipped_labels(["left", "right", "up"], [("left", "right"), ("right", "up")])
    with pytest.raises(UserError, match="a class is in one pair"):
        flipped_labels(["left", "right"], [("left", "left")])
    assert flipped_labels(["left", "right"], []) == [0, 1]
