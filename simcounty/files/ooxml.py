"""The parts of a Word file that python-docx has no words for: fields, rules of tables, East Asian fonts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

if TYPE_CHECKING:
    from docx.shape import InlineShape
    from docx.styles.style import ParagraphStyle
    from docx.table import Table, _Cell, _Row
    from docx.text.paragraph import Paragraph

ORDER = (
    "tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW",
    "jc", "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook",
)  # fmt: skip
"""In what order the standard (ISO/IEC 29500-1, CT_TblPr) wants the properties of a table: Word insists."""
THICK, THIN = 12, 6  # eighths of a point: a three-line table's outer rules and its inner one
EPOCH = (1980, 1, 1, 0, 0, 0)


def set_fonts(style: ParagraphStyle, latin: str, chinese: str) -> None:
    """Give a style its two fonts: one for Latin letters and figures, one for Chinese characters."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]  # a font of the theme would win over one that is named
    for name, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", chinese)):
        fonts.set(qn(f"w:{name}"), font)


def set_language(styles: Any) -> None:
    """Say which language each script is in, so that lines are broken rightly: Latin words only at blanks."""
    for each in styles.element.iter(qn("w:lang")):
        each.set(qn("w:val"), "en-US")
        each.set(qn("w:eastAsia"), "zh-CN")


def add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Add a field to a paragraph, with what it shows until Word works it out anew."""
    for kind, text in (("begin", ""), ("", instruction), ("separate", ""), ("shown", shown), ("end", "")):
        run = paragraph.add_run()
        if kind == "shown":
            run.text = text
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        else:
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {text} "
            run._r.append(code)


def rule_in_three(table: Table) -> None:
    """Draw a table with three lines: thick above and below it, thin below its headings, none upright."""
    properties = table._tbl.tblPr
    for old in properties.findall(qn("w:tblBorders")):
        properties.remove(old)
    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        borders.append(_border(edge, THICK if edge in ("top", "bottom") else 0))
    _place(properties, borders)
    for cell in table.rows[0].cells:
        edges = OxmlElement("w:tcBorders")
        edges.append(_border("bottom", THIN))
        cell._tc.get_or_add_tcPr().append(edges)


def _place(properties: Any, one: Any) -> None:
    """Put a property of a table where the standard wants it among the others."""
    rank = ORDER.index(_name(one))
    after = next((each for each in properties if ORDER.index(_name(each)) > rank), None)
    if after is None:
        properties.append(one)
    else:
        after.addprevious(one)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _border(edge: str, size: int) -> Any:
    border = OxmlElement(f"w:{edge}")
    values: Mapping[str, str] = {
        "val": "single" if size else "nil",
        "sz": str(size),
        "space": "0",
        "color": "000000",
    }
    for name, value in values.items():
        border.set(qn(f"w:{name}"), value)
    return border


def fix_widths(table: Table, widths: list[int]) -> None:
    """Fix the widths of a table's columns, in twentieths of a point."""
    table.autofit = False
    whole = table._tbl.tblPr.find(qn("w:tblW"))
    if whole is None:
        whole = OxmlElement("w:tblW")
        _place(table._tbl.tblPr, whole)
    whole.set(qn("w:type"), "dxa")
    whole.set(qn("w:w"), str(sum(widths)))
    for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
        column.set(qn("w:w"), str(width))
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            _set_width(cell, width)


def _set_width(cell: _Cell, width: int) -> None:
    own = cell._tc.get_or_add_tcPr().get_or_add_tcW()
    own.set(qn("w:type"), "dxa")
    own.set(qn("w:w"), str(width))


def repeat(row: _Row) -> None:
    """Let a row of headings stand again on top of every page its table reaches."""
    _flag(row, "w:tblHeader")


def keep_whole(row: _Row) -> None:
    """Keep a row from being broken over two pages."""
    _flag(row, "w:cantSplit")


def _flag(row: _Row, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def set_padding(table: Table, across: int) -> None:
    """Set how far the text of cells stands from their sides, in twentieths of a point."""
    margins = OxmlElement("w:tblCellMar")
    for edge in ("left", "right"):
        side = OxmlElement(f"w:{edge}")
        side.set(qn("w:w"), str(across))
        side.set(qn("w:type"), "dxa")
        margins.append(side)
    _place(table._tbl.tblPr, margins)


def stand_alone(shape: InlineShape, told: str) -> None:
    """Tell those who cannot see a picture what it shows, and keep no room beside it but what is drawn."""
    shape._inline.docPr.set("descr", told)
    for edge in ("distT", "distB", "distL", "distR"):
        shape._inline.set(edge, "0")


def undated(document: bytes) -> bytes:
    """Return a zipped file whose parts bear no hour, so that equal documents are equal files."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(part.filename))
    return made.getvalue()
