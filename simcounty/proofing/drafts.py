"""Drafts in Markdown or Word: reading them, checking their numbers, filling them in, removing their tags."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from simcounty.atomic import atomic_write, writable_file
from simcounty.errors import Findings, InputError, in_file
from simcounty.input_files import office_content, opened_as, text_of
from simcounty.proofing.check import CheckedNumber, Edit, check_numbers, edited
from simcounty.proofing.tags import spans


@dataclass(frozen=True)
class Draft:
    """A draft that was checked: every tagged number, and which of them were written into the file."""

    path: Path
    checked: tuple[CheckedNumber, ...]
    names: Mapping[int, str]
    written: tuple[CheckedNumber, ...] = ()

    @property
    def failed(self) -> list[CheckedNumber]:
        """The numbers that do not agree or are missing, and were not written."""
        return [each for each in self.checked if each.result != "agrees" and each not in self.written]


def is_draft(path: str | Path) -> bool:
    """Return whether a file is a draft, by its suffix.

    >>> is_draft("plan.md"), is_draft("plan.toml")
    (True, False)
    """
    return Path(path).suffix.lower() in SUFFIXES


def proof(path: str | Path, fill: bool = False, update: bool = False) -> Draft:
    """Compare every tagged number of a draft with a fresh run of the scenario its tag names.

    fill: write numbers where they are blank. update: write them where they do not agree. Raise InputError,
    all findings at once with their lines, for tags that cannot be looked up; nothing is written then.

    >>> _ = Path("draft.md").write_text("城镇化率{{urbanisation_rate@2027 : tonglu/plan-2027}}。", "utf-8")
    >>> _ = proof("draft.md", fill=True)
    >>> Path("draft.md").read_text("utf-8").partition("{{")[0]
    '城镇化率75.01%'
    """
    file = Path(path)
    text = _open(file)
    checked, bad = check_numbers(text.paragraphs, file.parent, _is_markdown(file))
    findings = Findings(f"{text.name_of(each.line)}: {each.text}: {each.reason}" for each in bad)
    findings.raise_as(InputError, f"{file}: these tags cannot be looked up:")
    if not checked and not any(spans(text.paragraphs, _is_markdown(file))):
        raise InputError(
            f"{file}: holds no tag. Write one behind a number: {{{{gdp@2027 : tonglu/plan-2027}}}}."
        )
    wanted = {"blank": fill, "differs": update, "agrees": False}
    written = tuple(each for each in checked if wanted[each.result])
    if written:
        with atomic_write(writable_file(file)) as part:
            text.save(part, [each.edit for each in written])
    names = {each.tag.line: text.name_of(each.tag.line) for each in checked}
    return Draft(file, tuple(checked), names, written)


def clean_draft(path: str | Path, clean: str | Path) -> Path:
    """Write a copy of a draft without its tags; return it."""
    file, copy = Path(path), Path(clean)
    if copy.suffix.lower() != file.suffix.lower():
        raise InputError(f"{copy}: a copy of {file.name} ends in {file.suffix}. Name it so.")
    if copy.resolve() == file.resolve():
        raise InputError(f"{copy}: is the draft itself, whose tags would be lost. Choose another name.")
    text = _open(file)
    with atomic_write(writable_file(copy)) as part:
        places = spans(text.paragraphs, _is_markdown(file))
        text.save(part, [Edit(line, start, end, "") for line, start, end in places])
    return copy


def _open(path: Path) -> _PlainText | _WordText:
    if not is_draft(path):
        raise InputError(f"{path}: a draft ends in {', '.join(SUFFIXES)}. Save it as one of these.")
    with in_file(path):
        return SUFFIXES[path.suffix.lower()](path)


def _is_markdown(path: Path) -> bool:
    return path.suffix.lower() != ".docx"


class _PlainText:
    """A text file, whose paragraphs are its lines; line ends stay as they are."""

    def __init__(self, path: Path) -> None:
        text = text_of(path)
        self._mark = "\ufeff" if path.read_bytes().startswith(b"\xef\xbb\xbf") else ""
        self._ends = text.splitlines(keepends=True)
        self.paragraphs = [line.rstrip("\r\n") for line in self._ends]

    def name_of(self, paragraph: int) -> str:
        return f"line {paragraph + 1}"

    def save(self, path: Path, changes: Iterable[Edit]) -> None:
        made = list(self._ends)
        for number, own in _by_line(changes):
            made[number] = edited(self._ends[number], own)
        path.write_bytes((self._mark + "".join(made)).encode("utf-8"))


class _WordText:
    """A Word file, with the paragraphs of its tables; what is changed keeps its font."""

    def __init__(self, path: Path) -> None:
        from docx import Document
        from docx.oxml.ns import qn

        content = office_content(path)
        with opened_as("docx"):
            self._document = Document(io.BytesIO(content))
        paragraphs = self._document.element.body.iter(qn("w:p"))
        self._pieces = [_own(paragraph, qn("w:t"), qn("w:p")) for paragraph in paragraphs]
        self.paragraphs = ["".join(piece.text or "" for piece in pieces) for pieces in self._pieces]

    def name_of(self, paragraph: int) -> str:
        return f"paragraph {paragraph + 1}"

    def save(self, path: Path, changes: Iterable[Edit]) -> None:
        for number, own in _by_line(changes):
            for change in sorted(own, key=lambda each: each.start, reverse=True):
                _rewrite(self._pieces[number], change)
        packed = io.BytesIO()  # whole, or a full disk leaves a file that is open
        self._document.save(packed)
        path.write_bytes(packed.getvalue())


def _own(paragraph: Any, text: str, inner: str) -> list[Any]:
    """Return the pieces of text of a paragraph, without those of paragraphs in text boxes inside it."""
    return [piece for piece in paragraph.iter(text) if next(piece.iterancestors(inner)) is paragraph]


def _rewrite(pieces: Sequence[Any], change: Edit) -> None:
    """Change a part of the text that may span several pieces: the first takes the new text."""
    place, text = 0, change.text
    for piece in pieces:
        old = piece.text or ""
        start, end = max(change.start - place, 0), min(change.end - place, len(old))
        place += len(old)
        inside = start < end or (change.start == change.end and 0 <= start <= len(old) and text)
        if inside and start <= len(old):
            piece.text, text = old[:start] + text + old[max(end, start) :], ""
            piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _by_line(changes: Iterable[Edit]) -> Iterable[tuple[int, list[Edit]]]:
    ordered = sorted(changes, key=lambda each: (each.line, each.start))
    return [(line, list(own)) for line, own in groupby(ordered, key=lambda each: each.line)]


SUFFIXES: Mapping[str, type[_PlainText | _WordText]] = {
    ".md": _PlainText,
    ".markdown": _PlainText,
    ".txt": _PlainText,
    ".docx": _WordText,
}
