"""Files as people hand them over: what is wrong with one becomes an error in words, whoever reads it."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from simcounty.errors import CONTROL, ScenarioError, SimcountyError, did_you_mean, shortened
from simcounty.language import said

LONGEST_REASON = 200  # letters that a message takes over from a library
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
LONGEST_CELL = 131_072  # letters
MB = 1_000_000
MOST_BYTES, MOST_UNPACKED, MOST_TAGS = 20 * MB, 60 * MB, 1_000_000
ENCRYPTED = bytes.fromhex("D0CF11E0A1B11AE1")  # begins the container of an encrypted workbook, and .xls


def is_file(path: Path) -> bool:
    """Return whether there is such a file; no for a name that the system cannot take.

    >>> is_file(Path("x" * 5000))
    False
    """
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Return whether there is such a folder; no for a name that the system cannot take."""
    try:
        return path.is_dir()
    except OSError:
        return False


def content_of(path: Path) -> bytes:
    """Read a file; raise ScenarioError for one that is not there or may not be read."""
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"cannot be read ({reason})." if is_file(path) else absent(path)) from error


def text_of(path: Path) -> str:
    """Read a UTF-8 text file, with or without a byte-order mark; its lines end as they are written.

    Raises ScenarioError for one that cannot be read, is in another encoding, or holds control characters.
    """
    return plain_text(content_of(path))


def plain_text(content: bytes) -> str:
    """Return the text of bytes; raise ScenarioError for another encoding and control characters."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(f"byte {error.start} is not UTF-8. Save the file as UTF-8.") from error
    assert_plain(text)
    return text


def number_of(text: str) -> float:
    """Return the number a cell of a table for machines holds; nan for anything but ASCII digits.

    >>> number_of(" 1e-3 "), number_of("1_0"), number_of("²")
    (0.001, nan, nan)
    """
    return float(text) if NUMBER.fullmatch(text.strip()) else math.nan


def assert_plain(text: str) -> None:
    """Raise ScenarioError where a text holds control characters, naming the first and its line."""
    if found := CONTROL.search(text):
        line = len((text[: found.start()] + ".").splitlines())
        raise ScenarioError(said("file.control", line=line, code=f"U+{ord(found[0]):04X}"))


def assert_seen(text: str) -> None:
    """Raise ScenarioError where a value, such as a cell, holds control characters."""
    if found := CONTROL.search(text):
        raise ScenarioError(said("value.control", code=f"U+{ord(found[0]):04X}"))


def alike(path: Path) -> list[Path]:
    """Return the files beside one that end as it does; none where its folder cannot be read."""
    try:
        return [file for file in path.parent.iterdir() if file.suffix == path.suffix]
    except (OSError, ValueError):
        return []


def absent(path: Path) -> str:
    """Return the message that there is no such file, with the names beside it that are close."""
    if is_folder(path):  # Windows reports a folder as a refused permission
        return "is a folder, not a file. Name a file in it."
    return f"there is no such file.{did_you_mean(path.name, [file.name for file in alike(path)])}"


def csv_rows(text: str, separator: str = ",") -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV text, each with its line; lines may end as on any system, old ones too.

    Raises ScenarioError for a cell longer than 131,072 letters, as where a quotation mark is never closed.

    >>> csv_rows("year,gdp\\r2020,1")
    [(1, ['year', 'gdp']), (2, ['2020', '1'])]
    """
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    reader = csv.reader(lines, delimiter=separator)
    try:
        return [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise ScenarioError(said("file.cell", line=reader.line_num, most=LONGEST_CELL)) from error


def office_content(path: Path) -> bytes:
    """Return the bytes of an Office file that can be opened without filling memory.

    What counts is what is packed in it, and not what it claims to hold. Raises ScenarioError for one that is
    large, unpacks to much, is protected by a password, or is no such file.
    """
    content = content_of(path)
    if len(content) > MOST_BYTES:
        raise ScenarioError(said("file.large", size=len(content) // MB, most=MOST_BYTES // MB))
    if content.startswith(ENCRYPTED):
        raise ScenarioError(said("file.encrypted", suffix=path.suffix))
    with opened_as(path.suffix[1:].lower()), ZipFile(io.BytesIO(content)) as packed:
        if sum(each.file_size for each in packed.infolist()) > MOST_UNPACKED:
            raise ScenarioError(said("file.swollen", most=MOST_UNPACKED // MB))
        unpacked = (_unpacked(packed, each) for each in packed.infolist())
        if sum(part.count(b"<") for part in unpacked) > MOST_TAGS:
            raise ScenarioError(said("file.tags", most=MOST_TAGS))
    return content


def _unpacked(packed: ZipFile, part: ZipInfo) -> bytes:
    """Return a part that says of itself that it is XML; refuse one that is longer than it claims."""
    if not part.filename.endswith((".xml", ".rels")):
        return b""
    with packed.open(part) as file:
        content = file.read(part.file_size + 1)
    if len(content) > part.file_size:
        raise ScenarioError(said("file.swollen", most=MOST_UNPACKED // MB))
    return content


@contextmanager
def opened_as(kind: str) -> Iterator[None]:
    """Turn whatever a library raises over a file in the block into an error that says it is no such file.

    What a damaged file makes a library raise cannot be listed, so any exception counts.

    >>> with opened_as("nc"):
    ...     raise RuntimeError("bad magic")
    Traceback (most recent call last):
    simcounty.errors.ScenarioError: cannot be read as netCDF (bad magic). Save it again, or take another copy.
    """
    try:
        yield
    except SimcountyError:
        raise
    except Exception as error:
        reason = shortened(str(error) or type(error).__name__, LONGEST_REASON)
        raise ScenarioError(said("file.damaged", kind=said(f"kind.{kind}"), reason=reason)) from error
