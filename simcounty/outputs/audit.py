"""What an audit leaves in a folder: its numbers, and its figure in three formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.outputs import save
from simcounty.outputs.figure import save_figures
from simcounty.plot.audit import audit

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario

NUMBERS = "audit.nc"
FIGURE = "audit"


def save_audit(found: xr.Dataset, scenario: Scenario, folder: Path, width: str = "full") -> list[Path]:
    """Write an audit: every number of it, and a panel for every target. Files of these names are replaced."""
    figure = audit(found, scenario.title, width)
    return [save(found, folder / NUMBERS), *save_figures(figure, folder, FIGURE)]
