"""Figures as files: the same bytes for the same figure, and no glyph missing.

PNG for Word and the web, at 300 dots per inch; SVG with its letters as outlines; PDF with the used part of
its font embedded, so that text can be selected and copied.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.atomic import atomic_write, together
from simcounty.errors import InputError
from simcounty.plot import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNDATED: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None},
    ".png": {},
    ".svg": {"Date": None},
}
"""The known suffixes, each with the metadata that leaves the date out of the file."""

DPI = 300

KINDS = (".png", ".svg", ".pdf")
"""The suffixes of the files that a command writes for each figure."""


@together()
def save_figures(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure to a folder in all `KINDS`; characters not allowed in file names become `_`.

    >>> [file.name for file in save_figures(plot.trajectories(run, ["gdp"]), Path("there"), "gdp")]
    ['gdp.png', 'gdp.svg', 'gdp.pdf']
    """
    plain = "".join("_" if letter in '<>:"/\\|?*' else letter for letter in name)
    return [save_figure(figure, folder / f"{plain}{kind}") for kind in KINDS]


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure to a file, completely or not at all, in the format of its suffix; return the path.

    Raises InputError for an unknown suffix, a folder that cannot be written, and a character the font lacks.

    >>> save_figure(plot.trajectories(run, ["gdp"]), "gdp.svg").name
    'gdp.svg'
    """
    file = Path(path)
    kind = file.suffix.lower()
    if kind not in UNDATED:
        raise InputError(f"{file}: cannot write a figure so. Choose one of {', '.join(UNDATED)}.")
    with atomic_write(file) as part, styled():
        figure.savefig(part, format=kind[1:], metadata=UNDATED[kind])
    return file


def png_bytes(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG file for print."""
    made = io.BytesIO()
    with styled():
        figure.savefig(made, format="png", dpi=DPI, metadata={"Software": None})
    return made.getvalue()
