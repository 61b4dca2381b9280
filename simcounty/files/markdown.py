"""A report as Markdown, with its pictures in a folder beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from simcounty.atomic import atomic_write
from simcounty.files.figure import png_bytes
from simcounty.presentation.report.blocks import Block, Picture, Report, SectionHeading, Text
from simcounty.presentation.tables import Table

RESERVED = str.maketrans({"|": "\\|", "\n": "<br>", "<": "&lt;"})


def write(report: Report, file: Path) -> list[Path]:
    """Write a report, and its pictures in `{stem}-figures/` beside it; return the files, the report first."""
    folder = file.with_name(f"{file.stem}-figures")
    pictures = {each.number: folder / f"figure-{each.number}.png" for each in report.pictures}
    for picture, place in zip(report.pictures, pictures.values(), strict=True):
        with atomic_write(place) as part:
            part.write_bytes(png_bytes(picture.drawn()))
    text = "\n".join(
        _document(report, {number: f"{folder.name}/{each.name}" for number, each in pictures.items()})
    )
    with atomic_write(file) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    return [file, *pictures.values()]


def _document(report: Report, images: dict[int, str]) -> Iterator[str]:
    yield from (f"# {report.title}", "", report.subtitle, "")
    for block in report.blocks:
        yield from _block(block, report, images)
        yield ""


def _block(block: Block, report: Report, images: dict[int, str]) -> Iterator[str]:
    if isinstance(block, SectionHeading):
        yield f"{'#' * (block.level + 1)} {block.text}"
    elif isinstance(block, Text):
        yield block.text.translate(RESERVED)
    else:
        is_table = isinstance(block, Table)
        kind = report.words("report.table" if is_table else "report.figure")
        caption = f"**{kind} {block.number}　{block.caption}**"
        if isinstance(block, Table):
            yield from (caption, "", *_table(block))
        else:
            yield from (_image(block, images[block.number]), "", caption)
        yield from ("", block.note) if block.note else ()


def _image(block: Picture, file: str) -> str:
    return f"![{block.caption.translate(RESERVED)}]({file.replace(' ', '%20')})"


def _table(block: Table) -> Iterator[str]:
    yield _row(column.heading for column in block.columns)
    yield _row("--:" if column.right else ":--" for column in block.columns)
    yield from (_row(row) for row in block.rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.translate(RESERVED) for cell in cells)} |"
