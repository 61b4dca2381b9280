"""What a calibration leaves in a folder: figures of beliefs, and of forecasts of counties left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.outputs.figure import save_figures
from simcounty.plot.calibration import belief, left_out

if TYPE_CHECKING:
    import xarray as xr


def save_calibration(found: xr.Dataset, folder: Path, width: str = "full") -> list[Path]:
    """Write the figures of a calibration. Files of these names are replaced."""
    files = save_figures(belief(found, width), folder, "belief")
    if "forecast_end" in found:
        files += save_figures(left_out(found, width), folder, "left-out")
    return files
