"""A report for Word: A4, Chinese type, three-line tables, captions that Word can number anew."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt, RGBColor

from simcounty.files import ooxml
from simcounty.files.report_figures import png
from simcounty.presentation.messages import Messages
from simcounty.presentation.report.blocks import Block, Heading, Picture, Report, Table, Text

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section
    from docx.text.paragraph import Paragraph

LATIN = "Times New Roman"
UPRIGHT = {
    "page_width": 21.0,
    "page_height": 29.7,
    "top_margin": 3.7,
    "bottom_margin": 3.5,
    "left_margin": 2.8,
    "right_margin": 2.6,
}
"""A4 with the margins of an official document (GB/T 9704), in cm."""
LYING = {
    "page_width": 29.7,
    "page_height": 21.0,
    "top_margin": 2.4,
    "bottom_margin": 2.0,
    "left_margin": 2.5,
    "right_margin": 2.5,
}
"""The same paper for the wide tables of the annexes."""
SHORT = 16  # rows: a table up to here stays on one upright page
TWENTIETHS = 566.93  # of a point, a cm
PADDING = 80  # beside the text of a cell, in twentieths of a point
Align = Literal["left", "center", "right", "justify"]


@dataclass(frozen=True)
class Style:
    """A style of paragraphs: its Chinese font, its size in points, and how it is set."""

    name: str
    font: str
    size: float
    align: Align = "left"
    bold: bool = False
    before: float = 0.0
    after: float = 0.0
    spacing: float = 1.0
    indent: float = 0.0  # of the first line, in characters
    keep_with_next: bool = False


STYLES: Mapping[str, Style] = {
    "body": Style("Normal", "宋体", 12, "justify", spacing=1.5),
    "text": Style("Body Text", "宋体", 12, "justify", spacing=1.5, indent=2, after=4),
    "title": Style("Title", "黑体", 20, "center", before=30, after=10),
    "subtitle": Style("Subtitle", "楷体", 12, "center", after=24),
    "heading 1": Style("Heading 1", "黑体", 15, before=14, after=6, keep_with_next=True),
    "heading 2": Style("Heading 2", "黑体", 13, before=12, after=6, keep_with_next=True),
    "caption": Style("Caption", "黑体", 10.5, "center", before=8, after=4, keep_with_next=True),
    "picture": Style("Picture", "宋体", 10.5, "center", before=4, keep_with_next=True),
    "note": Style("Note", "宋体", 9, before=3, after=8),
    "cell": Style("Table Text", "宋体", 9, before=1, after=1),
    "annex cell": Style("Annex Text", "宋体", 8, before=0.5, after=0.5),
    "foot": Style("Footer", "宋体", 9, "center"),
}


def write(report: Report, path: Path) -> None:
    """Write a report as a Word file; equal reports of one date are equal files."""
    document = docx.Document()
    _set_page(document.sections[0], UPRIGHT)
    for style in STYLES.values():
        _define(document, style)
    ooxml.set_language(document.styles)
    _paragraph(document, "title", report.title)
    _paragraph(document, "subtitle", report.subtitle)
    for block in report.blocks:
        _add(document, block, report.words)
    _number_pages(document, report.words)
    _sign(document, report)
    made = io.BytesIO()
    document.save(made)
    path.write_bytes(ooxml.undated(made.getvalue()))


def _set_page(section: Section, page: Mapping[str, float]) -> None:
    for name, size in page.items():
        setattr(section, name, Cm(size))
    lying = page["page_width"] > page["page_height"]
    section.orientation = WD_ORIENT.LANDSCAPE if lying else WD_ORIENT.PORTRAIT


def _text_width(document: Document) -> float:
    """Return how wide the text is where the document ends, in cm."""
    section = document.sections[-1]
    sizes: tuple[Any, ...] = (section.page_width, section.left_margin, section.right_margin)
    page, left, right = (float(size.cm) for size in sizes)
    return page - left - right


def _define(document: Document, each: Style) -> None:
    """Give a style of the document its look, and make it first where Word has none of that name."""
    styles: Any = document.styles
    known = each.name in [style.name for style in styles]
    style = styles[each.name] if known else styles.add_style(each.name, WD_STYLE_TYPE.PARAGRAPH)
    ooxml.set_fonts(style, LATIN, each.font)
    style.font.size, style.font.bold, style.font.italic = Pt(each.size), each.bold, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    how = style.paragraph_format
    how.alignment = getattr(WD_ALIGN_PARAGRAPH, each.align.upper())
    how.space_before, how.space_after = Pt(each.before), Pt(each.after)
    how.line_spacing, how.keep_with_next = each.spacing, each.keep_with_next
    how.first_line_indent = Pt(each.indent * each.size)
    for border in style.element.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}pBdr"):
        border.getparent().remove(border)  # the rule below titles
        break


def _paragraph(document: Document, style: str, text: str = "") -> Paragraph:
    return document.add_paragraph(text, style=STYLES[style].name)


def _add(document: Document, block: Block, words: Messages) -> None:
    if isinstance(block, Heading):
        if block.annex:
            _set_page(document.add_section(WD_SECTION.NEW_PAGE), LYING)
        _paragraph(document, f"heading {block.level}", block.text)
    elif isinstance(block, Text):
        _paragraph(document, "text", block.text)
    elif isinstance(block, Table):
        _caption(document, words("report.table"), block)
        _table(document, block)
        _paragraph(document, "note", block.note)
    else:
        _picture(document, block)
        caption = _caption(document, words("report.figure"), block)
        caption.paragraph_format.space_before = 0
        _paragraph(document, "note", block.note)


def _caption(document: Document, kind: str, block: Table | Picture) -> Paragraph:
    """Write "图 1　…" with the number as a field: Word counts anew in a draft with other figures."""
    caption = _paragraph(document, "caption", f"{kind} ")
    ooxml.add_field(caption, f"SEQ {kind} \\* ARABIC", str(block.number))
    caption.add_run(f"　{block.caption}")
    return caption


def _table(document: Document, block: Table) -> None:
    table = document.add_table(rows=0, cols=len(block.columns))
    annex = document.sections[-1].orientation == WD_ORIENT.LANDSCAPE
    style = STYLES["annex cell" if annex else "cell"]
    headings = [column.heading for column in block.columns]
    for cells in (headings, *block.rows):
        row = table.add_row()
        ooxml.keep_whole(row)
        for cell, text, column in zip(row.cells, cells, block.columns, strict=True):
            _fill(cell, text, style, column.right)
    ooxml.repeat(table.rows[0])
    share = _text_width(document) * TWENTIETHS / sum(column.width for column in block.columns)
    ooxml.fix_widths(table, [round(share * column.width) for column in block.columns])
    ooxml.set_padding(table, PADDING)
    ooxml.rule_in_three(table)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    rows = list(table.rows)
    for row in rows if len(rows) <= SHORT and not annex else rows[:2]:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True


def _fill(cell: Any, text: str, style: Style, right: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph._p.style = style.name.replace(" ", "")  # by its id: by its name takes a search each
    paragraph.text = text
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _picture(document: Document, block: Picture) -> None:
    size = block.drawn().get_size_inches()[0] * 2.54
    run = _paragraph(document, "picture").add_run()
    shape = run.add_picture(io.BytesIO(png(block)), width=Cm(min(size, _text_width(document))))
    ooxml.stand_alone(shape, block.caption)


def _number_pages(document: Document, words: Messages) -> None:
    foot = document.sections[0].footer.paragraphs[0]
    foot.style = document.styles[STYLES["foot"].name]
    before, between, after = words("report.page", page="\t", pages="\t").split("\t")
    foot.add_run(before)
    ooxml.add_field(foot, "PAGE", "1")
    foot.add_run(between)
    ooxml.add_field(foot, "NUMPAGES", "1")
    foot.add_run(after)


def _sign(document: Document, report: Report) -> None:
    """Say in the file's properties what it is, who made it and of which day it is."""
    about = document.core_properties
    day = datetime.datetime.combine(report.date, datetime.time())
    about.title, about.author, about.comments = report.title, "simcounty", report.subtitle
    about.created = about.modified = day
    about.last_modified_by, about.revision = "simcounty", 1
    about.language = "zh-CN" if report.words.is_chinese else "en"
