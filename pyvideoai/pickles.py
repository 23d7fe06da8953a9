"""Look through a pickle before it is loaded: nothing in it may take for ever, or fill the memory.

Loaders that refuse to call anything still build what a pickle describes: keys of nested tuples whose hash takes 2^60
steps, a memo with two thousand million places, texts that claim to be larger than their file. Here its instructions are
only counted. Archives of torch are looked at too: one may unpack to a thousand times its size.
"""

import io
import pickle
import pickletools
import zipfile
from typing import IO, NamedTuple

from pyvideoai.errors import UserError

MOST_OPCODES = 500_000  # a checkpoint of a large network has some 10,000
MOST_HASHED = 2_000_000  # parts of all keys together
DEEPEST = 500  # tuples within tuples: hashing one goes down its levels in C, which has no guard
LONGEST_INT = 4096  # bits
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
LARGEST_FACTOR = 20  # of an archive's unpacked size to its own; torch doesn't compress
LEGACY_PICKLES = 5  # a magic number, a version, the machine, the content, the names of what follows
SMALL = 2**20  # bytes that any archive may unpack to
MARK = pickletools.markobject
TEXTS = {pickletools.pyunicode, pickletools.pybytes, pickletools.pybytes_or_str, pickletools.pystring}
OTHERS = {"PROTO", "FRAME", "STOP", "GET", "BINGET", "LONG_BINGET", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE", "DUP"}
INTO_DICT, INTO_SET = {"SETITEM", "SETITEMS", "DICT"}, {"ADDITEMS", "FROZENSET"}


class Refused(UserError):
    """A pickle or archive would take for ever to read, or fill the memory."""


class Part(NamedTuple):
    """Describe an object on the unpickler's stack. size: of how many parts it and its parts consist, each time they
    occur. depth: how deep they are nested.
    """

    size: int = 1
    depth: int = 1
    is_text: bool = False


LEAF, TEXT = Part(), Part(is_text=True)


class _Count:
    """Follow a pickle's instructions with the sizes of objects in place of the objects."""

    def __init__(self) -> None:
        self.stack: list[Part | None] = []  # None: a mark
        self.memo: dict[int, Part] = {}
        self.hashed = self.opcodes = 0

    def follow(self, opcode: pickletools.OpcodeInfo, argument: object) -> None:
        self.opcodes += 1
        if self.opcodes > MOST_OPCODES:
            raise Refused(f"it has more than {MOST_OPCODES:,} instructions")
        if isinstance(argument, int) and argument.bit_length() > LONGEST_INT:
            raise Refused(f"it holds an integer of {argument.bit_length():,} bits")
        name = opcode.name
        if name == "PROTO" and argument not in PROTOCOLS:
            raise Refused(f"it says that it is of the pickle protocol {argument}, which isn't known")
        if name == "MARK":
            self.stack.append(None)
        elif opcode.stack_before == [] and name not in OTHERS:
            self.stack.append(TEXT if opcode.stack_after[-1] in TEXTS else LEAF)
        elif "PUT" in name or name == "MEMOIZE":
            self._remember(len(self.memo) if name == "MEMOIZE" else int(str(argument)))
        elif "GET" in name:
            self.stack.append(self.memo[int(str(argument))])
        elif name == "DUP":
            self.stack.append(self.stack[-1])
        elif name == "STOP":
            self.stack.pop()
        elif opcode.stack_before:
            self._build(opcode)

    def _remember(self, place: int) -> None:
        if place > self.opcodes:
            raise Refused(f"its memo has a place {place:,} after {self.opcodes:,} instructions")
        top = self.stack[-1]
        self.memo[place] = top or LEAF

    def _build(self, opcode: pickletools.OpcodeInfo) -> None:
        """Take what the instruction takes from the stack, and put there what it makes of it."""
        parts: list[Part] = []
        above: list[Part] = []
        if MARK in opcode.stack_before:
            while (top := self.stack.pop()) is not None:
                above.append(top)
            above.reverse()
        # `stack_before` also has the mark and what lies above it, which are two entries.
        below = len(opcode.stack_before) - 2 * (MARK in opcode.stack_before)
        for _ in range(0 if opcode.name == "OBJ" else below):  # OBJ's class lies above the mark
            parts.append(self.stack.pop() or LEAF)
        self._hash(opcode.name, above, parts)
        everything = [*parts, *above]
        # Tuples of twice the same tuple double at each level: without a limit these numbers themselves grow for ever.
        size = min(1 + sum(each.size for each in everything), 10**12)
        depth = 1 + max((each.depth for each in everything), default=0)
        text = bool(opcode.stack_after) and opcode.stack_after[-1] in TEXTS
        self.stack += [Part(size, depth, text)] * len(opcode.stack_after)

    def _hash(self, name: str, above: list[Part], parts: list[Part]) -> None:
        """Count what becomes a key. Texts hash in no time, and nobody can make many of one hash."""
        keys: list[Part] = []
        if name in INTO_DICT:
            # Keys and values take turns; SETITEM's value lies above its key.
            keys = above[::2] if name != "SETITEM" else parts[1:2]
        elif name in INTO_SET:
            keys = above
        for key in keys:
            if key.depth > DEEPEST:
                raise Refused(f"it has a key of more than {DEEPEST} levels")
            self.hashed += 0 if key.is_text else 100 + key.size
        if self.hashed > MOST_HASHED:
            raise Refused("its keys would take too long to hash")


def check_pickle(file: IO[bytes]) -> None:
    """Read a pickle from the file's position to its end, without building anything.

    Raises Refused. A damaged one raises ValueError, IndexError or KeyError.
    """
    count = _Count()
    try:
        for opcode, argument, _ in pickletools.genops(file):
            count.follow(opcode, argument)
    except (MemoryError, OverflowError):
        raise Refused("it claims to hold more than fits into memory") from None


def check_archive(file: IO[bytes]) -> None:
    """Look at an archive that torch wrote: its unpacked size, and its pickles. Raises Refused, or BadZipFile."""
    own = file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > LARGEST_FACTOR * own + SMALL:
            raise Refused(f"it is an archive of {own:,} bytes that would unpack to {unpacked:,}")
        for part in parts:
            if part.filename.endswith("data.pkl"):
                check_pickle(io.BytesIO(archive.read(part)))
    file.seek(0)


def check_legacy(file: IO[bytes]) -> None:
    """Look at the pickles that stand one after another in a file of torch before 1.6."""
    for _ in range(LEGACY_PICKLES):
        check_pickle(file)
    file.seek(0)
