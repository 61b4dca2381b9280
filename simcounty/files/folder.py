"""The folder a run leaves behind: the dataset in two formats, and the headline figure in three."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.atomic import atomic_write, writable_folder
from simcounty.errors import InputError
from simcounty.files import RUN_DATA, save
from simcounty.files.figure import save_figures
from simcounty.plot import trajectories
from simcounty.plot.audit import audit
from simcounty.plot.calibration import belief, left_out
from simcounty.plot.compare import compare, differences
from simcounty.plot.scatter import scatter
from simcounty.plot.sensitivity import morris, tornado
from simcounty.plot.trajectories import MOST, fan
from simcounty.plot.waterfall import waterfall
from simcounty.sweeps.futures import judged_by, scenarios_of

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Observation


NAMES = ["基线", "规划"]


def save_run(dataset: xr.Dataset, scenario: Scenario, folder: Path, width: str = "full") -> list[Path]:
    """Write a scenario's run beside its baseline: data, and figures of the headline variables.

    The runs lie along `scenario`, the baseline first where there is one. Files of the same names
    are replaced, each whole or not at all; others are left alone. Variables with dimensions of their
    own are not drawn.
    """
    files = [save(dataset, folder / name) for name in RUN_DATA]
    named = dataset.assign_coords(scenario=NAMES if dataset.sizes["scenario"] == 2 else [scenario.title])
    keys = [key for key in scenario.headline if dataset[key].dims == ("scenario", "time")]
    if not keys:
        return files
    figure = trajectories(named, keys, scenario.targets, scenario.county.observations, scenario.title, width)
    return files + save_figures(figure, folder, "headline")


NUMBERS = "audit.nc"
FIGURE = "audit"


def save_audit(found: xr.Dataset, scenario: Scenario, folder: Path, width: str = "full") -> list[Path]:
    """Write an audit: every number of it, and a panel for every target. Files of these names are replaced."""
    figure = audit(found, scenario.title, width)
    return [save(found, folder / NUMBERS), *save_figures(figure, folder, FIGURE)]


def save_calibration(found: xr.Dataset, folder: Path, width: str = "full") -> list[Path]:
    """Write the figures of a calibration. Files of these names are replaced."""
    files = save_figures(belief(found, width), folder, "belief")
    if "forecast_end" in found:
        files += save_figures(left_out(found, width), folder, "left-out")
    return files


def save_fan(futures: xr.Dataset, folder: Path, width: str = "full") -> list[Path]:
    """Write the fan of the headline variables, of the first three scenarios of a sweep at most.

    Variables with dimensions of their own are not drawn. Raises InputError if there is nothing to draw.
    """
    plain = [str(key) for key, each in futures.items() if set(each.dims) == {"scenario", "member", "time"}]
    headline = [key for key in futures.attrs.get("headline", "").split(", ") if key in plain]
    if not plain:
        raise InputError("the futures hold no variable that can be drawn. Sweep with --keep.")
    names = scenarios_of(futures)[:MOST]
    targets = [each for name, own in judged_by(futures).items() if name in names for each in own]
    title = str(futures.attrs.get("county", ""))
    figure = fan(futures, headline or plain, names, dict.fromkeys(targets), title, width)
    return save_figures(figure, writable_folder(folder), "fan")


def save_sensitivity(
    futures: xr.Dataset, indices: xr.Dataset, folder: Path, width: str = "full"
) -> list[Path]:
    """Write what moves each target: a tornado, a scatter, and a Morris figure where the design is one."""
    place = writable_folder(folder)
    drawn = _figures(futures, indices, width)
    return [file for name, figure in drawn for file in save_figures(figure, place, name)]


def _figures(futures: xr.Dataset, indices: xr.Dataset, width: str) -> Iterator[tuple[str, Figure]]:
    for target in map(str, indices.target.values):
        yield f"tornado-{target}", tornado(indices, target, width=width)
        if not indices.constant.sel(target=target).all():
            yield f"scatter-{target}", scatter(futures, target, indices, width=width)
            if indices.attrs["method"] == "morris":
                yield f"morris-{target}", morris(indices, target, width=width)


Row = tuple[object, ...]
HEAD = (
    "类别 (kind)", "键 (key)", "名称 (label)", "情景 (scenario)", "年份 (year)", "单位 (unit)",
    "口径 (measure)", "数值 (value)", "与首个情景之差 (difference)", "目标值 (goal)", "达到 (met)",
)  # fmt: skip
FALL_HEAD = (
    "由 (before)", "到 (after)", "目标 (outcome)", "名称 (label)", "单位 (unit)", "杠杆 (lever)",
    "杠杆名称 (lever_label)", "条款 (clause)", "原值 (from)", "新值 (to)", "杠杆单位 (lever_unit)",
    "贡献 (share)", "最先采用 (alone)", "最后采用 (last)",
)  # fmt: skip


def save_compare(
    found: xr.Dataset,
    falls: Sequence[xr.Dataset],
    folder: Path,
    observed: Iterable[Observation] = (),
    width: str = "full",
) -> list[Path]:
    """Write a comparison, and the waterfalls beside it; files of these names are replaced.

    A waterfall of a target that does not change is in the table, and not drawn.
    """
    place = writable_folder(folder)
    files = [save(found, place / "compare.nc"), _table(place / "compare.csv", HEAD, _rows(found))]
    if found.sizes["variable"]:
        files += save_figures(compare(found, observed, width=width), place, "compare")
        files += save_figures(differences(found, width=width), place, "differences")
    if falls:
        rows = (row for fall in falls for row in _fall_rows(fall))
        files.append(_table(place / "waterfall.csv", FALL_HEAD, rows))
    for fall in falls:
        whose = f"-{fall.attrs['after']}" if len(falls) > 1 else ""
        for name in _changing(fall):
            files += save_figures(waterfall(fall, name, width=width), place, f"waterfall{whose}-{name}")
    return files


def _changing(fall: xr.Dataset) -> list[str]:
    moves = (abs(fall.share) > 0.0).any("lever")
    return [str(name) for name, moved in zip(fall.outcome.values, moves.values, strict=True) if moved]


def _table(file: Path, head: Sequence[str], rows: Iterable[Row]) -> Path:
    with atomic_write(file) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        writer.writerows([["" if _is_missing(cell) else cell for cell in row] for row in rows])
    return file


def _is_missing(cell: object) -> bool:
    return isinstance(cell, float) and math.isnan(cell)


def _rows(found: xr.Dataset) -> Iterator[Row]:
    """Yield a row a scenario and target, then a row a scenario, variable and year."""
    for name in found.target.values:
        row = found.sel(target=name)
        for label in found.scenario.values:
            cell = row.sel(scenario=label)
            about = (
                "target",
                str(name),
                cell.label.item(),
                str(label),
                cell.year.item(),
                cell.unit.item(),
                "",
            )
            met = bool(cell.met) if not math.isnan(cell.value) else ""
            yield (*about, float(cell.value), float(cell.value_difference), float(cell.goal), met)
    for key in found.variable.values:
        row = found.sel(variable=key)
        told = (row.variable_unit.item(), row.measure.item())
        for label in found.scenario.values:
            for year in found.time.values.tolist():
                cell = row.sel(scenario=label, time=year)
                about = ("variable", str(key), row.variable_label.item(), str(label), year, *told)
                yield (*about, float(cell.level), float(cell.difference), "", "")


def _fall_rows(fall: xr.Dataset) -> Iterator[Row]:
    for name in fall.outcome.values:
        for lever in fall.lever.values:
            cell = fall.sel(outcome=name, lever=lever)
            ends = (float(cell.lever_before), float(cell.lever_after), cell.lever_unit.item())
            about = (str(name), cell.label.item(), cell.unit.item(), str(lever), cell.lever_label.item())
            shares = (float(cell.share), float(cell.alone), float(cell["last"]))
            pair = (fall.attrs["before"], fall.attrs["after"])
            yield (*pair, *about, cell.lever_clause.item(), *ends, *shares)
