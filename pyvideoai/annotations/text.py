"""Read annotation files as text, rows of cells or JSON. Whatever is wrong with a file is a UserError of one line."""

import codecs
import csv
import io
import json
import re
from pathlib import Path
from typing import Any

from pyvideoai.errors import UserError
from pyvideoai.files import not_downloaded

LINE_END = re.compile(r"\r\n|\r|\n")
BLANK_AT_QUOTE = re.compile(r'"[^\S\r\n]|[^\S\r\n]"')
# How files begin that have the name of an annotation file and are something else
FOREIGN = (
    (b"PK\x03\x04", "a zip archive, or a spreadsheet under another name: unpack it, or save it as CSV"),
    (b"\x1f\x8b", "compressed by gzip: unpack it"),
)
CSV_FAULTS = {  # the message of Python's reader -> ours
    "unexpected end of data": "a quotation mark is opened in this row and never closed",
    "field larger than field limit": f"a cell of more than {csv.field_size_limit():,} characters; is a quotation mark "
    "never closed?",
    "expected after": "a closing quotation mark must be followed by the end of the cell",
}


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8, without a byte order mark.

    Raises UserError if it can't be read or is not text.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"annotation file {path} is missing") from None
    except OSError as error:
        raise UserError(f"annotation file {path} can't be read: {error.strerror}") from None
    packed = (told for begin, told in FOREIGN if content.startswith(begin))
    if told := not_downloaded(content) or next(packed, None):
        raise UserError(f"{path} is {told}")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError(f"{path} is in UTF-16; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")  # spreadsheets put a byte order mark first
    except UnicodeDecodeError as error:
        line, byte = content.count(b"\n", 0, error.start) + 1, content[error.start]
        raise UserError(f"{path}:{line}: byte 0x{byte:02x} is not UTF-8; save the file as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UserError(f"{path}:{line}: a NUL byte; expected is text in UTF-8")
    return text


def text_lines(path: Path) -> list[str]:
    """Return the lines of a text file.

    Only line feeds and carriage returns end a line: names may contain other separators.
    """
    return LINE_END.split(read_text(path))


def first_line(path: Path) -> str:
    """Return the first line of a text file that is not blank, "" when there is none."""
    return next((line for line in io.StringIO(read_text(path), newline=None) if line.strip()), "").rstrip("\n")


def csv_rows(path: Path, delimiter: str = ",") -> list[tuple[int, list[str]]]:
    """Return (line number from 1, cells) of each row that is not empty.

    Blanks and quotation marks around cells are removed.

    Raises UserError if the file can't be read, or a row is not CSV.
    """
    text = io.StringIO(_without_blanks_at_quotes(read_text(path), delimiter), newline="")
    reader = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
    rows, line = [], 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        told = next((told for said, told in CSV_FAULTS.items() if said in str(error)), str(error))
        raise UserError(f"{path}:{line}: {told}") from None
    return rows


def _without_blanks_at_quotes(text: str, delimiter: str) -> str:
    """Return a table's text without the blanks around quoted cells (`"a" , "b"`), which Python's reader refuses."""
    if not BLANK_AT_QUOTE.search(text):
        return text
    blank, end = rf"(?:(?!{re.escape(delimiter)})[^\S\r\n])*", rf"[{re.escape(delimiter)}\r\n]"
    quoted = rf'{blank}("(?:[^"]|"")*"){blank}(?={end}|\Z)'
    # cell by cell, since a quoted one may hold commas and lines; what is neither is left to Python's reader
    return re.sub(rf"{quoted}|(?:(?!{end}).)+", lambda cell: cell[1] or cell[0], text)


def read_json(path: Path, kind: type) -> Any:
    """Return the content of a JSON file. Raises UserError unless it is of the type `kind`."""
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise UserError(f"{path}:{error.lineno}: no JSON: {error.msg}") from None
    except RecursionError:
        raise UserError(f"{path}: no JSON of annotations: brackets are nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits
        raise UserError(f"{path}: no JSON of annotations: {str(error).partition(';')[0]}") from None
    if not isinstance(content, kind):
        raise UserError(f"{path} holds a {type(content).__name__}; expected a {kind.__name__}")
    return content
