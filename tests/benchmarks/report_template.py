"""The template of Word reports: A4 pages, styles, fonts and the three-line table, written by code.

    python tests/benchmarks/report_template.py [FILE]

Writes `simcounty/files/template.docx`, which every report fills. A planning office may set the styles of
that file otherwise in Word instead; their names have to stay.
"""

from __future__ import annotations

import datetime
import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt, RGBColor

from simcounty.files.docx import TABLE_STYLE, TEMPLATE, undated

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
LANDSCAPE = {
    "page_width": 29.7,
    "page_height": 21.0,
    "top_margin": 2.4,
    "bottom_margin": 2.0,
    "left_margin": 2.5,
    "right_margin": 2.5,
}
"""The same paper for the wide tables of the annexes."""
THREE_LINES = f"""
<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="{TABLE_STYLE.replace(" ", "")}">
  <w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="99"/>
  <w:tblPr>
    <w:tblBorders>
      <w:top w:val="single" w:sz="12" w:space="0" w:color="000000"/>
      <w:bottom w:val="single" w:sz="12" w:space="0" w:color="000000"/>
    </w:tblBorders>
    <w:tblCellMar><w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar>
  </w:tblPr>
  <w:tblStylePr w:type="firstRow">
    <w:tcPr>
      <w:tcBorders><w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:tcBorders>
    </w:tcPr>
  </w:tblStylePr>
</w:style>
"""
"""Thick rules above and below a table, a thin one below its headings, none upright; in eighths of a point."""
UNUSED_PARTS = ("/stylesWithEffects", "/thumbnail")
Align = Literal["left", "center", "right", "justify"]


@dataclass(frozen=True)
class ParagraphStyle:
    """The Chinese font of a style, its size and spacing in points, and its alignment."""

    font: str
    size: float
    align: Align = "left"
    before: float = 0.0
    after: float = 0.0
    spacing: float = 1.0  # lines
    indent: float = 0.0  # of the first line, in characters
    keep_with_next: bool = False


STYLES: Mapping[str, ParagraphStyle] = {
    "Normal": ParagraphStyle("宋体", 12, "justify", spacing=1.5),
    "Body Text": ParagraphStyle("宋体", 12, "justify", spacing=1.5, indent=2, after=4),
    "Title": ParagraphStyle("黑体", 20, "center", before=30, after=10),
    "Subtitle": ParagraphStyle("楷体", 12, "center", after=24),
    "Heading 1": ParagraphStyle("黑体", 15, before=14, after=6, keep_with_next=True),
    "Heading 2": ParagraphStyle("黑体", 13, before=12, after=6, keep_with_next=True),
    "Caption": ParagraphStyle("黑体", 10.5, "center", before=8, after=4, keep_with_next=True),
    "Picture": ParagraphStyle("宋体", 10.5, "center", before=4, keep_with_next=True),
    "Note": ParagraphStyle("宋体", 9, before=3, after=8),
    "Table Text": ParagraphStyle("宋体", 9, before=1, after=1),
    "Annex Text": ParagraphStyle("宋体", 8, before=0.5, after=0.5),
    "Footer": ParagraphStyle("宋体", 9, "center"),
}


def write_template(path: Path) -> None:
    """Write the template: an upright and a landscape section, both empty, and the styles of reports."""
    document = docx.Document()
    _set_page(document.sections[0], UPRIGHT)
    _set_page(document.add_section(WD_SECTION.NEW_PAGE), LANDSCAPE)
    _remove_unused(document)
    for name, style in STYLES.items():
        _define(document, name, style)
    document.styles.element.append(parse_xml(THREE_LINES))
    for each in document.styles.element.iter(qn("w:lang")):  # Latin words are broken only at blanks
        each.set(qn("w:val"), "en-US")
        each.set(qn("w:eastAsia"), "zh-CN")
    document.sections[0].footer.paragraphs[0].style = document.styles["Footer"]
    about = document.core_properties
    about.author, about.comments = "simcounty", ""
    about.created = about.modified = datetime.datetime(2000, 1, 1)
    made = io.BytesIO()
    document.save(made)
    path.write_bytes(undated(made.getvalue()))


def _set_page(section: Any, page: Mapping[str, float]) -> None:
    for name, size in page.items():
        setattr(section, name, Cm(size))
    wide = page["page_width"] > page["page_height"]
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT


def _remove_unused(document: Any) -> None:
    """Remove the table styles, the second copy of the styles, and the picture of python-docx's template."""
    for style in [each for each in document.styles if each.type == WD_STYLE_TYPE.TABLE]:
        if style.name != "Normal Table":
            style.delete()
    for rels in (document.part.rels, document.part.package.rels):
        for name in [name for name, each in rels.items() if each.reltype.endswith(UNUSED_PARTS)]:
            del rels[name]


def _define(document: Any, name: str, look: ParagraphStyle) -> None:
    """Set a style of the document, and add it first if it is new."""
    styles = document.styles
    known = name in [style.name for style in styles]
    style = styles[name] if known else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()  # a font of the theme would win over one that is named
    for script, font in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", look.font)):
        fonts.set(qn(f"w:{script}"), font)
    style.font.size, style.font.bold, style.font.italic = Pt(look.size), False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    text = style.paragraph_format
    text.alignment = getattr(WD_ALIGN_PARAGRAPH, look.align.upper())
    text.space_before, text.space_after = Pt(look.before), Pt(look.after)
    text.line_spacing, text.keep_with_next = look.spacing, look.keep_with_next
    text.first_line_indent = Pt(look.indent * look.size)
    for border in list(style.element.iter(qn("w:pBdr"))):
        border.getparent().remove(border)  # the rule below titles


if __name__ == "__main__":
    write_template(Path(sys.argv[1]) if sys.argv[1:] else TEMPLATE)
