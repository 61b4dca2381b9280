"""What a comparison leaves in a folder: its numbers, tables that Excel opens, and its figures."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.outputs import save
from simcounty.outputs.figure import save_figures
from simcounty.plot.compare import compare, differences
from simcounty.plot.waterfall import waterfall
from simcounty.whole import whole, writable

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Observation

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
    place = writable(folder)
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
    with whole(file) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
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
