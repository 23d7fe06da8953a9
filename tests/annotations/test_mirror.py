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


def test_no_other_class_of_something_has_a_side():
    sided = [name for name in class_names("something_v2") if " left" in name or " right" in name]
    assert sorted(sided) == sorted(name for pair in SIDES for name in pair)  # "upright" is no side


def test_case_is_kept_and_a_lone_side_is_an_error():
    assert left_right_pairs(["Swiping Left", "Swiping Down", "Swiping Right"]) == (("Swiping Left", "Swiping Right"),)
    with pytest.raises(UserError, match=r"'Go left' has no class: 'Go right' is missing"):
        left_right_pairs(["Go left", "Stop"])


def test_pairs_must_name_classes_once():
    with pytest.raises(UserError, match=r"flip_labels: 'lef' is no class; did you mean 'left'\?"):
        flipped_labels(["left", "right"], [("lef", "right")])
    with pytest.raises(UserError, match="a class is in one pair"):
        flipped_labels(["left", "right", "up"], [("left", "right"), ("right", "up")])
    with pytest.raises(UserError, match="a class is in one pair"):
        flipped_labels(["left", "right"], [("left", "left")])
    assert flipped_labels(["left", "right"], []) == [0, 1]
