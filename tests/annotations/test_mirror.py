import pytest

from pyvideoai.annotations.mirror import Flips, exchanged, flipped_labels, flips, left_right_pairs
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


@pytest.mark.parametrize(
    "pair",
    [
        ("left", "right"),
        ("turn_left", "turn_right"),
        ("TurnLeft", "Turn Right"),
        ("wave-left-hand", "wave-right-hand"),
        ("swipe leftwards", "swipe rightwards"),
        ("LEFT", "right"),
        ("left2right", "right2left"),
        ("clockwise", "anticlockwise"),
        ("counterclockwise", "Clockwise"),
        ("Turning Hand Clockwise", "Turning Hand Counter-Clockwise"),
        ("rotate_cw", "rotate_ccw"),
        ("←", "→"),
        ("arrow ↗", "arrow ↖"),
        ("向左", "向右"),
        ("links", "rechts"),
        ("l", "R"),
        ("kick_L", "kick_R"),
        ("kickL", "kick_right"),
        ("wave LH", "wave RH"),
        ("punch-lhs", "punch-rhs"),
        ("west", "east"),
        ("walk_westwards", "walk_eastwards"),
        ("Northwest", "north_east"),
        ("turn left and kick_L", "turn right and kick_R"),
        ("push left and pull right", "push right and pull left"),
        ("look left then right", "look right then left"),
    ],
)
def test_pairs_are_told_by_their_names(pair):
    assert exchanged(["wave", pair[0], "upright", pair[1], "bright_cleft"]) == ((pair,), [])


@pytest.mark.parametrize(
    "name",
    ["turn_left", "clockwise", "tick", "draw Tick", "check_mark", "←", "left to right"]
    + ["left_right", "push left and pull right", "look left and up", "left foot and right hand"],
)
def test_a_class_whose_mirror_image_has_no_class_is_told(name):
    assert exchanged(["wave", name, "jump"]) == ((), [name])


def test_names_that_tell_no_side_are_left_alone():
    names = ["upright", "copyright", "ticket", "stick", "cleft", "lefty", "l", "up", "down", "check in", "linked"]
    assert exchanged(names) == ((), [])


@pytest.mark.parametrize(
    "name",
    [
        "look left and right",
        "look_right_and_left",
        "LookLeftOrRight",
        "left/right",
        "left & right",
        "turn left or turn right",
        "raise left arm and right arm",
        "RaiseLeftArmAndRightArm",
        "left, right, up",
        "clockwise or anticlockwise",
        "← + →",
        "links und rechts",
        "左右",
        "向左右看",
    ],
)
def test_a_name_that_is_its_own_mirror_image_changes_nothing(name):
    """A mirror swaps both words and leaves the name; flips stay on, and no label changes."""
    assert exchanged(["wave", name, "jump"]) == ((), [])
    assert exchanged(["turn_left", name, "turn_right"]) == ((("turn_left", "turn_right"),), [])


@pytest.mark.parametrize(
    "name", ["L", "kick_R", "size_l", "vitamin L", "west", "Wild West dance", "eastern_music", "lhs"]
)
def test_a_word_that_may_tell_something_else_tells_a_side_only_beside_its_mirror_image(name):
    assert exchanged(["wave", name, "jump"]) == ((), [])


def test_spellings_of_one_side_are_paired_one_by_one():
    assert exchanged(["left", "LEFT", "Right", "RIGHT"]) == ((("left", "Right"), ("LEFT", "RIGHT")), [])
    assert exchanged(["left", "LEFT", "right"]) == ((("left", "right"),), ["LEFT"])


def test_names_decide_only_where_no_setting_does():
    left, lone, plain = (["left", "right"], ["left", "up"], ["up", "down"])
    swapped, off = flips("auto", (), lambda: left), flips("auto", (), lambda: lone)
    assert swapped.allowed and swapped.pairs == (("left", "right"),) and not off.allowed
    assert "exchanges the labels of left and right (dataset.flip_keeps_label = 'auto'" in swapped.note
    assert "is off: the mirror image of left has no class (dataset.flip_keeps_label = 'auto'" in off.note
    assert flips("auto", (), lambda: plain) == flips(True, (), lambda: left) == flips(True, (), lambda: lone) == Flips()
    assert not flips(False, (), lambda: left).allowed
    given = flips("auto", (("up", "down"),), lambda: lone)
    assert given.allowed and given.pairs == (("up", "down"),) and "(dataset.flip_labels)" in given.note


def test_pairs_must_name_classes_once():
    with pytest.raises(UserError, match=r"flip_labels: 'lef' is not a class; did you mean 'left'\?"):
        flipped_labels(["left", "right"], [("lef", "right")])
    with pytest.raises(UserError, match="a class is in one pair"):
        flipped_labels(["left", "right", "up"], [("left", "right"), ("right", "up")])
    with pytest.raises(UserError, match="a class is in one pair"):
        flipped_labels(["left", "right"], [("left", "left")])
    assert flipped_labels(["left", "right"], []) == [0, 1]
