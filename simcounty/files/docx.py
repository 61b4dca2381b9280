"""A report for Word: the template filled with headings, text, three-line tables and captioned figures."""

from __future__ import annotations

import datetime
import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Inches, Twips

from simcounty.atomic import atomic_write
from simcounty.files.figure import png_bytes
from simcounty.presentation.messages import Messages
from simcounty.presentation.report.blocks import Block, Picture, Report, SectionHeading, Text
from simcounty.presentation.tables import Table

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section
    from docx.text.paragraph import Paragraph

TEMPLATE = Path(__file__).with_name("template.docx")
"""Pages, styles and fonts: an upright section, then one in landscape for the annexes."""
TABLE_STYLE = "Three Lines"
SHORT = 16  # rows: a table up to this length is kept on one upright page
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def write(report: Report, file: Path) -> list[Path]:
    """Write a report as a Word file, and return it; equal reports of one date are equal files."""
    document = docx.Document(str(TEMPLATE))
    section, annexes = document.sections
    page_break = document.paragraphs[0]._p  # ends the upright section
    document.add_paragraph(report.title, style="Title")
    document.add_paragraph(report.subtitle, style="Subtitle")
    for block in report.blocks:
        if isinstance(block, SectionHeading) and block.annexes:
            document.element.body.sectPr.addprevious(page_break)
            section = annexes
        _add(document, section, block, report.words)
    _number_pages(document.sections[0].footer.paragraphs[0], report.words)
    _set_properties(document, report)
    made = io.BytesIO()
    document.save(made)
    with atomic_write(file) as part:
        part.write_bytes(undated(made.getvalue()))
    return [file]


def undated(document: bytes) -> bytes:
    """Return a zipped file without the times of its parts, so that equal documents are equal files."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(part.filename))
    return made.getvalue()


def _add(document: Document, section: Section, block: Block, words: Messages) -> None:
    if isinstance(block, SectionHeading):
        document.add_paragraph(block.text, style=f"Heading {block.level}")
    elif isinstance(block, Text):
        document.add_paragraph(block.text, style="Body Text")
    elif isinstance(block, Table):
        _add_caption(document, words("report.table"), block)
        _add_table(document, section, block)
        document.add_paragraph(block.note, style="Note")
    else:
        _add_picture(document, section, block)
        _add_caption(document, words("report.figure"), block).paragraph_format.space_before = 0
        document.add_paragraph(block.note, style="Note")


def _add_caption(document: Document, kind: str, block: Table | Picture) -> Paragraph:
    """Write "图 1　…" with the number as a field: Word renumbers it in a draft with other figures."""
    caption = document.add_paragraph(f"{kind} ", style="Caption")
    _add_field(caption, f"SEQ {kind} \\* ARABIC", str(block.number))
    caption.add_run(f"　{block.caption}")
    return caption


def _add_table(document: Document, section: Section, block: Table) -> None:
    table = document.add_table(rows=0, cols=len(block.columns), style=TABLE_STYLE)
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    annex = section.orientation == WD_ORIENT.LANDSCAPE
    style = "AnnexText" if annex else "TableText"
    unit = _text_width(section) / sum(column.width for column in block.columns)
    widths = [Twips(round(Emu(int(unit * column.width)).twips)) for column in block.columns]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    headings = [column.heading for column in block.columns]
    for number, cells in enumerate((headings, *block.rows)):
        row = table.add_row()
        _set_row(row, "cantSplit")  # over two pages
        keep_with_next = number < 2 or (not annex and len(block.rows) < SHORT)
        for cell, text, column in zip(row.cells, cells, block.columns, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph._p.style = style  # by its id: a search by name for every cell is slow
            paragraph.text = text
            if column.right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            if keep_with_next:
                paragraph.paragraph_format.keep_with_next = True
    _set_row(table.rows[0], "tblHeader")  # repeated on every page


def _set_row(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(f"w:{name}"))


def _text_width(section: Section) -> float:
    """Return the width between the margins, in EMU."""
    page, left, right = section.page_width, section.left_margin, section.right_margin
    return float((page or 0) - (left or 0) - (right or 0))


def _add_picture(document: Document, section: Section, block: Picture) -> None:
    """Add a picture with its caption as alternative text, at its own size or else the width of the text."""
    figure = block.drawn()
    width = min(Inches(figure.get_size_inches()[0]), Emu(int(_text_width(section))))
    run = document.add_paragraph(style="Picture").add_run()
    shape = run.add_picture(io.BytesIO(png_bytes(figure)), width=width)
    shape._inline.docPr.set("descr", block.caption)
    for edge in ("distT", "distB", "distL", "distR"):
        shape._inline.set(edge, "0")


def _number_pages(footer: Paragraph, words: Messages) -> None:
    before, between, after = words("report.page", page="\t", pages="\t").split("\t")
    footer.add_run(before)
    _add_field(footer, "PAGE", "1")
    footer.add_run(between)
    _add_field(footer, "NUMPAGES", "1")
    footer.add_run(after)


def _add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Add a field, with the text to show until Word computes it."""
    for mark in ("begin", "separate", "end"):
        field = OxmlElement("w:fldChar")
        field.set(qn("w:fldCharType"), mark)
        paragraph.add_run()._r.append(field)
        if mark == "begin":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {instruction} "
            paragraph.add_run()._r.append(code)
        elif mark == "separate":
            paragraph.add_run(shown)


def _set_properties(document: Document, report: Report) -> None:
    about = document.core_properties
    about.title, about.author, about.comments = report.title, "simcounty", report.subtitle
    about.created = about.modified = datetime.datetime.combine(report.date, datetime.time())
    about.last_modified_by, about.revision = "simcounty", 1
    about.language = "zh-CN" if report.words.is_chinese else "en"
