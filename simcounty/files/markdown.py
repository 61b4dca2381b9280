"""A report as Markdown, with its pictures in a folder beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from simcounty.atomic import atomic_write
from simcounty.files.report_figures import png
from simcounty.presentation.report.blocks import Block, Heading, Picture, Report, Table, Text

FOLDER = "{stem}-figures"
RESERVED = str.maketrans({"|": "\\|", "\n": "<br>", "<": "&lt;"})


def pictures_beside(path: Path, report: Report) -> list[Path]:
    """Return where the pictures of a report lie."""
    folder = path.with_name(FOLDER.format(stem=path.stem))
    return [folder / f"figure-{each.number}.png" for each in report.pictures]


def write(report: Report, path: Path, named: Path) -> list[Path]:
    """Write a report to `path`, and its pictures beside `named`, the file it will be; return the pictures."""
    files = pictures_beside(named, report)
    for picture, file in zip(report.pictures, files, strict=True):
        with atomic_write(file) as part:
            part.write_bytes(png(picture))
    text = "\n".join(_lines(report, [f"{file.parent.name}/{file.name}" for file in files]))
    path.write_text(text, encoding="utf-8", newline="\n")
    return files


def _lines(report: Report, files: list[str]) -> Iterator[str]:
    yield from (f"# {report.title}", "", report.subtitle, "")
    for block in report.blocks:
        yield from _block(block, report, files)
        yield ""


def _block(block: Block, report: Report, files: list[str]) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"{'#' * (block.level + 1)} {block.text}"
    elif isinstance(block, Text):
        yield block.text.translate(RESERVED)
    elif isinstance(block, Table):
        yield from (f"**{report.words('table')} {block.number}　{block.caption}**", "")
        yield from _table(block)
        yield from ("", block.note) if block.note else ()
    else:
        yield from (_image(block, files[block.number - 1]), "")
        yield f"**{report.words('figure')} {block.number}　{block.caption}**"
        yield from ("", block.note) if block.note else ()


def _image(block: Picture, file: str) -> str:
    return f"![{block.caption.translate(RESERVED)}]({file.replace(' ', '%20')})"


def _table(block: Table) -> Iterator[str]:
    yield _row(column.heading for column in block.columns)
    yield _row("--:" if column.right else ":--" for column in block.columns)
    yield from (_row(row) for row in block.rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.translate(RESERVED) for cell in cells)} |"
