"""Figures as files: the same bytes for the same figure, and no glyph missing.

PNG for Word and the web, at 300 dots an inch; SVG with its letters as outlines; PDF with its font embedded,
as far as it is used, so that text can be marked and copied.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.atomic import atomic_write
from simcounty.errors import InputError
from simcounty.plot import styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNDATED: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None},
    ".png": {},
    ".svg": {"Date": None},
}


KINDS = (".png", ".svg", ".pdf")
"""What a command that draws leaves of each figure."""


def save_figures(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write a figure to a folder in every one of `KINDS`; characters that no file name has become `_`.

    >>> [file.name for file in save_figures(plot.trajectories(run, ["gdp"]), Path("there"), "gdp")]
    ['gdp.png', 'gdp.svg', 'gdp.pdf']
    """
    plain = "".join("_" if letter in '<>:"/\\|?*' else letter for letter in name)
    return [save_figure(figure, folder / f"{plain}{kind}") for kind in KINDS]


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure to a file, whole or not at all; its suffix says how. Return the path.

    Raises InputError for a suffix of no known format, a folder that cannot be written, and a
    character the font does not have.

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
