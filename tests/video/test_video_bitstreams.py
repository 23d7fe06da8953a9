"""What is read off compressed packets, by hand-made headers and tables."""

import av
import numpy as np
import painting
import pytest

from pyvideoai.video.bitstreams.bits import Bits, nal_units
from pyvideoai.video.bitstreams.follow import follower
from pyvideoai.video.bitstreams.h264 import recovers_at_once
from pyvideoai.video.bitstreams.mpeg4 import (
    NOT_CODED,
    Layer,
    Picture,
    check_times,
    decoded_pictures,
    display_order,
    read_picture,
)
from pyvideoai.video.bitstreams.one_by_one import OneByOne, av1, vp8, vp9
from pyvideoai.video.bitstreams.shown import UNFOLLOWED, Unproven, needed_depth, sorted_order
from pyvideoai.video.layouts.layout import Layout, Run, runs
from pyvideoai.video.upright import Upright

I, P, B, S = range(4)  # noqa: E741


def test_exp_golomb():
    bits = Bits(bytes([0b10100110, 0b01000010, 0b10000000]))
    assert [bits.exp_golomb() for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError):
        Bits(b"\x00").exp_golomb()


def test_nal_units():
    assert list(nal_units(b"\x00\x02ab\x00\x01c", 2)) == [b"ab", b"c"]
    for broken in (b"\x00\x03ab", b"\x00\x00", b"\xff"):
        with pytest.raises(Unproven):
            list(nal_units(broken, 2))


@pytest.mark.parametrize(
    ("keys", "depth", "order"),
    [
        ([(1, 0), (1, 4), (1, 2), (1, 6)], 1, [0, 2, 1, 3]),
        ([(1, 0), (1, 8), (1, 4), (1, 2), (1, 6)], 2, [0, 3, 2, 4, 1]),
        ([(1, 0), (1, 2), (2, 0), (2, 2)], 0, [0, 1, 2, 3]),
        ([(1, 0), (1, 8), (1, 4), (1, 6), (1, 2)], 3, [0, 4, 2, 3, 1]),
    ],
)
def test_order_by_picture_counts(keys, depth, order):
    assert sorted_order(keys, depth).tolist() == order
    assert needed_depth(np.asarray(order)) == depth
    if depth:
        with pytest.raises(Unproven):
            sorted_order(keys, depth - 1)


def test_two_pictures_in_one_place_are_unproven():
    with pytest.raises(Unproven):
        sorted_order([(1, 0), (1, 2), (1, 2)], 4)


@pytest.mark.parametrize(
    ("messages", "answer"),
    [
        (bytes([6, 1, 0b11000000, 0x80]), True),
        (bytes([5, 2, 9, 9, 6, 1, 0b11000000, 0x80]), True),
        (bytes([6, 1, 0b10000000, 0x80]), False),  # not exact
        (bytes([6, 1, 0b11100000, 0x80]), False),  # a broken link
        (bytes([6, 1, 0b01010000, 0x80]), False),  # only after some frames (intra refresh)
        (bytes([5, 1, 9, 0x80]), False),
        (bytes([0x80]), False),
    ],
)
def test_recovery_points(messages, answer):
    assert recovers_at_once(messages) is answer


def pictures(*packets: str) -> list[list[Picture]]:
    kinds = {"I": I, "P": P, "B": B, "S": S, "n": NOT_CODED}
    return [[Picture(kinds[letter], 0, 0) for letter in packet] for packet in packets]


@pytest.mark.parametrize(
    ("packets", "sizes", "decoded"),
    [
        (("I", "P", "B"), (90, 90, 90), [(0, I, False), (1, P, False), (2, B, False)]),
        # HMDB-51: a byte of nothing; P and B together, then an empty packet
        (("I", "", "PB", "n"), (90, 1, 90, 8), [(0, I, False), (2, P, False), (3, B, True)]),
        # UCF-101: P and B together, the next B, then an empty packet
        (("I", "PB", "B", "n"), (90, 90, 90, 6), [(0, I, False), (1, P, False), (2, B, True), (3, B, True)]),
        # an empty packet may look like a coded one, since it is never decoded
        (("I", "PB", "P"), (90, 90, 8), [(0, I, False), (1, P, False), (2, B, True)]),
        (("I", "n", "P"), (90, 8, 90), [(0, I, False), (2, P, False)]),
    ],
)
def test_packed_pictures_reach_the_decoder_one_packet_later(packets, sizes, decoded):
    found = decoded_pictures(pictures(*packets), list(sizes), packed=True)
    assert [(packet, picture.kind, kept) for packet, picture, kept in found] == decoded


@pytest.mark.parametrize(("packets", "sizes"), [(("I", "PB", "P"), (90, 90, 90)), (("I", "PP"), (90, 90))])
def test_pictures_that_get_lost_are_unproven(packets, sizes):
    with pytest.raises(Unproven):
        list(decoded_pictures(pictures(*packets), list(sizes), packed=True))


@pytest.mark.parametrize(
    ("kinds", "order"),
    [
        ([I, P, B, B, P, B], [0, 2, 3, 1, 5, 4]),
        ([I, P, P, P], [0, 1, 2, 3]),
        ([I, S, B, I, B], [0, 2, 1, 4, 3]),
        ([I], [0]),
    ],
)
def test_mpeg4_display_order(kinds, order):
    assert display_order(dict(enumerate(kinds)), low_delay=False).tolist() == order


@pytest.mark.parametrize(("kinds", "low_delay"), [([I, B, P], False), ([B, I, P], False), ([I, P, B], True)])
def test_b_pictures_out_of_place_are_unproven(kinds, low_delay):
    with pytest.raises(Unproven):
        display_order(dict(enumerate(kinds)), low_delay=low_delay)


@pytest.mark.parametrize(
    ("times", "sound"),
    [
        ([(I, 0, 0), (P, 0, 3), (B, 0, 1), (B, 0, 2), (P, 0, 6)], True),
        ([(I, 0, 24), (P, 1, 2), (B, 1, 0)], True),  # the next second begins between
        ([(I, 0, 0), (P, 0, 3), (B, 0, 4)], False),
        ([(I, 0, 5), (P, 0, 3)], False),
    ],
)
def test_mpeg4_times(times, sound):
    listed = [Picture(*each) for each in times]
    if sound:
        check_times(listed, ticks=25)
    else:
        with pytest.raises(Unproven):
            check_times(listed, ticks=25)


def test_mpeg4_picture_header():
    #        kind, whole seconds, marker, ticks (5 bits), marker, coded
    header = int("0111010011111000", 2).to_bytes(2, "big")
    assert read_picture(header, Layer(low_delay=False, ticks=25)) == Picture(P, 2, 7)


@pytest.mark.parametrize(
    ("is_keyframe", "payload", "answer"),
    [
        (vp8, b"\x10\x00\x00", True),
        (vp8, b"\x11\x00\x00", False),
        (vp8, b"\x01\x00\x00", None),
        (vp9, bytes([0b10000010, 0, 0]), True),
        (vp9, bytes([0b10000110, 0, 0]), False),
        (vp9, bytes([0b10000100, 0, 0]), None),
        (vp9, bytes([0b10000100, 0, 0b11000000]), False),
        (vp9, bytes([0b10001000, 0]), False),
        (av1, bytes([0b00010010, 0, 0b00110010, 1, 0b00010000]), True),
        (av1, bytes([0b00110010, 1, 0b00110000]), False),
        (av1, bytes([0b00110010, 1, 0b00000000]), None),
        (av1, bytes([0b00110010, 1, 0b00110000, 0b00110010, 1, 0b00110000]), None),
    ],
)
def test_codecs_without_reordering(is_keyframe, payload, answer):
    if answer is None:
        with pytest.raises(Unproven):
            is_keyframe(payload)
    else:
        assert is_keyframe(payload) is answer


def test_a_keyframe_must_come_first():
    follower = OneByOne(vp8, droppable=True)
    with pytest.raises(Unproven):
        follower.add(b"\x11\x00\x00")


def layout(order: list[int], entries: list[int], entry_frames: list[int], chained: list[int] = ()) -> Layout:
    arrays = (np.int32(order), np.int32(entries), np.int32(entry_frames))
    marks = np.isin(np.arange(len(order)), chained) if chained else None
    return Layout(len(order), 25.0, 8, 8, Upright(), *arrays, True, marks)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([0], [Run(0, [0])]),
        ([9], [Run(8, [9])]),
        ([1, 3], [Run(0, [2, 1])]),
        ([2, 9], [Run(0, [3]), Run(8, [9])]),
        ([5], [Run(4, [5])]),
        ([2, 4], [Run(0, [3, 4])]),  # the very next packet: no need to start anew
        ([3, 4], [Run(0, [1]), Run(4, [4])]),
    ],
)
def test_the_fewest_packets_are_decoded(wanted, expected):
    order = [0, 2, 3, 1, 4, 5, 6, 7, 8, 9]
    found = runs(layout(order, [0, 4, 8], [0, 4, 8]), np.asarray(wanted))
    assert [(run.start, sorted(run.packets)) for run in found] == [(run.start, sorted(run.packets)) for run in expected]


def test_pictures_that_lead_a_keyframe_come_from_the_one_before():
    # packet 3 is an open group's keyframe, packets 4 and 5 are shown before it
    found = runs(layout([0, 1, 2, 4, 5, 3, 6], [0, 3], [0, 5]), np.asarray([4]))
    assert found == [Run(0, [5])]
    assert runs(layout([0, 1, 2, 4, 5, 3, 6], [0, 3], [0, 5]), np.asarray([5, 6])) == [Run(3, [3, 6])]


def test_chained_frames_need_those_before():
    packed = layout([0, 2, 3, 1, 5, 6, 4], [0], [0], chained=[2, 3, 5, 6])
    assert packed.needed_for([3]) == {1, 2, 3}
    assert packed.needed_for([4]) == {4}


@pytest.mark.parametrize("width", [0, 12, 13, 2**20, 2**31 - 2])
def test_a_counter_wider_than_the_standards_allow_is_not_computed_with(width):
    text = f"{width + 1:b}"
    coded = "0" * (len(text) - 1) + text
    bits = Bits(int(coded.ljust(72, "0"), 2).to_bytes(9, "big"))
    if width <= 12:
        assert bits.width() == width + 4
    else:
        with pytest.raises(Unproven):
            bits.width()


@pytest.mark.parametrize(
    ("codec", "suffix", "options"),
    [
        ("libx264", ".mp4", {}),
        ("libx265", ".mp4", {"x265-params": "log-level=none"}),
        ("mpeg4", ".avi", {}),
        ("libvpx-vp9", ".mp4", {}),
        ("libsvtav1", ".mp4", {"preset": "8", "svtav1-params": "lp=1"}),
    ],
)
def test_damaged_headers_are_followed_or_given_up(tmp_path, codec, suffix, options):
    path = painting.write_painted(tmp_path / f"a{suffix}", 6, codec=codec, options=options)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        name, setup, depth = context.name, context.extradata or b"", context.reorder_depth
        payloads = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    assert len(_followed(name, setup, payloads, depth)) == 6
    rng = np.random.default_rng(0)
    for _ in range(150):
        _followed(name, _damaged(setup, rng), payloads, depth)
        _followed(name, setup, [_damaged(payload, rng) for payload in payloads], depth)


def _followed(codec: str, setup: bytes, payloads: list[bytes], depth: int) -> list[int]:
    try:
        found = follower(codec, setup)
        for payload in payloads:
            found.add(payload)
        return found.shown(depth).order.tolist()
    except UNFOLLOWED:
        return []


def _damaged(content: bytes, rng: np.random.Generator) -> bytes:
    """With a few other bytes near its start, cut short now and then."""
    if not content:
        return content
    changed = bytearray(content)
    for at in rng.integers(min(len(changed), 48), size=rng.integers(4)):
        changed[at] = rng.choice([0, 255, rng.integers(256)])
    return bytes(changed[: rng.integers(len(changed))] if rng.integers(4) == 0 else changed)
