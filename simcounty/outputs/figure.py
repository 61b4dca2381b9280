"""Figures as files: the same bytes for the same figure, and no glyph missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.errors import InputError
from simcounty.plot import styled
from simcounty.whole import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNDATED: dict[str, dict[str, Any]] = {
    ".pdf": {"CreationDate": None},
    ".png": {},
    ".svg": {"Date": None},
}


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
    with whole(file) as part, styled():
        figure.savefig(part, format=kind[1:], metadata=UNDATED[kind])
    return file
