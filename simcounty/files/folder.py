"""What commands leave in a folder: the data of a result, and its figures in every format of print.

Files of the same names are replaced, all of them together or none; other files are left alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.atomic import atomic_write, together, writable_folder
from simcounty.calendar import is_yearly
from simcounty.files import RUN_DATA, save
from simcounty.files.data import time_heading, write_rows
from simcounty.files.figure import save_figures

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

    from simcounty.scenario import Observation, Scenario

RUN_NAMES = ["基线", "规划"]

Row = tuple[object, ...]
YEARS = "年份 (year)"
COMPARISON_HEADINGS = (
    "类别 (kind)", "键 (key)", "名称 (label)", "情景 (scenario)", YEARS, "单位 (unit)",
    "口径 (measure)", "数值 (value)", "与首个情景之差 (difference)", "目标值 (goal)", "达到 (met)",
)  # fmt: skip
WATERFALL_HEADINGS = (
    "由 (before)", "到 (after)", "目标 (outcome)", "名称 (label)", "单位 (unit)", "因素 (factor)",
    "因素名称 (factor_label)", "条款 (clause)", "原值 (from)", "新值 (to)", "因素单位 (factor_unit)",
    "贡献 (contribution)", "最先采用 (alone)", "最后采用 (last)",
)  # fmt: skip


@together()
def save_run(dataset: xr.Dataset, scenario: Scenario, folder: Path, width: str = "full") -> list[Path]:
    """Write a scenario's run beside its baseline: data, and a figure of the headline variables.

    The runs are along `scenario`, the baseline first if there is one. Variables with further dimensions
    are not drawn. What was published since the start is marked.
    """
    from simcounty.model_error.observed import observations_since
    from simcounty.plot.time_series import trajectories

    files = [save(dataset, folder / name) for name in RUN_DATA]
    names = _names_of_runs(scenario, dataset.sizes["scenario"])
    keys = [key for key in scenario.headline if dataset[key].dims == ("scenario", "time")]
    if not keys:
        return files
    runs = dataset.assign_coords(scenario=names)
    since = observations_since(scenario.county, scenario.model, scenario.years)
    seen = {(each.variable, each.year): each for each in (*since, *scenario.county.observations)}
    figure = trajectories(runs, keys, scenario.targets, seen.values(), scenario.title, width)
    return files + save_figures(figure, folder, "headline")


def _names_of_runs(scenario: Scenario, count: int) -> list[str]:
    """Return what a figure calls the runs of a scenario: by what was changed, beside what was not."""
    if scenario.unchanged:
        return [*RUN_NAMES[: count - 1], ", ".join(scenario.changes)]
    return RUN_NAMES if count == len(RUN_NAMES) else [scenario.title]


@together()
def save_audit(found: xr.Dataset, scenario: Scenario, folder: Path, width: str = "full") -> list[Path]:
    """Write an audit: all its numbers, and a figure with a panel for each target."""
    from simcounty.plot.attainable import audit

    return [
        save(found, folder / "audit.nc"),
        *save_figures(audit(found, scenario.title, width), folder, "audit"),
    ]


@together()
def save_calibration(found: xr.Dataset, folder: Path, width: str = "full") -> list[Path]:
    """Write the figures of a calibration: its posterior, and its holdout forecasts if there are any."""
    from simcounty.plot.calibration import holdout, posterior

    files = save_figures(posterior(found, width), folder, "posterior")
    if "forecast_end" in found:
        files += save_figures(holdout(found, width), folder, "holdout")
    return files


@together()
def save_fan(futures: xr.Dataset, folder: Path, width: str = "full") -> list[Path]:
    """Write a fan chart of the headline variables, for at most the first three scenarios of a sweep.

    Variables with further dimensions are not drawn. Raises InputError if there is nothing to draw.
    """
    from simcounty.plot.fan_chart import MOST_FANS, fan
    from simcounty.sweeps.futures import have_targets, headline_kept, judgeable_targets, scenarios_of

    names = scenarios_of(futures)[:MOST_FANS]
    judged = judgeable_targets(futures) if have_targets(futures) else {}
    targets = [each for name, own in judged.items() if name in names for each in own]
    title = str(futures.attrs.get("county", ""))
    figure = fan(futures, headline_kept(futures), names, dict.fromkeys(targets), title, width)
    return save_figures(figure, writable_folder(folder), "fan")


@together()
def save_sensitivity(
    futures: xr.Dataset, indices: xr.Dataset, folder: Path, width: str = "full"
) -> list[Path]:
    """Write, for each target, a tornado and a scatter, and a Morris plot for a Morris design."""
    place = writable_folder(folder)
    figures = _sensitivity_figures(futures, indices, width)
    return [file for name, figure in figures for file in save_figures(figure, place, name)]


def _sensitivity_figures(
    futures: xr.Dataset, indices: xr.Dataset, width: str
) -> Iterator[tuple[str, Figure]]:
    from simcounty.plot.sensitivity import morris, scatter, tornado

    for target in map(str, indices.target.values):
        yield f"tornado-{target}", tornado(indices, target, width=width)
        if not indices.constant.sel(target=target).all():
            yield f"scatter-{target}", scatter(futures, target, indices, width=width)
            if indices.attrs["method"] == "morris":
                yield f"morris-{target}", morris(indices, target, width=width)


@together()
def save_compare(
    found: xr.Dataset,
    attributions: Sequence[xr.Dataset],
    folder: Path,
    observed: Iterable[Observation] = (),
    width: str = "full",
) -> list[Path]:
    """Write a comparison: its data and figures, and a waterfall for each attribution.

    The waterfall of a target that does not change is in the table, but is not drawn.
    """
    from simcounty.plot.attribution import waterfall
    from simcounty.plot.comparison import compare, differences

    place = writable_folder(folder)
    files = [save(found, place / "compare.nc")]
    headings: tuple[str, ...] = COMPARISON_HEADINGS
    if not is_yearly(found):
        headings = tuple(time_heading(found) if each == YEARS else each for each in headings)
    files.append(_save_table(place / "compare.csv", headings, _comparison_rows(found)))
    if found.sizes["variable"]:
        files += save_figures(compare(found, observed, width=width), place, "compare")
        files += save_figures(differences(found, width=width), place, "differences")
    if attributions:
        rows = (row for each in attributions for row in _waterfall_rows(each))
        files.append(_save_table(place / "waterfall.csv", WATERFALL_HEADINGS, rows))
    for each in attributions:
        suffix = f"-{each.attrs['after']}" if len(attributions) > 1 else ""
        changes = (abs(each.contribution) > 0.0).any("factor")
        for name in map(str, each.outcome.values[changes.values]):
            files += save_figures(waterfall(each, name, width=width), place, f"waterfall{suffix}-{name}")
    return files


def _save_table(file: Path, headings: Sequence[str], rows: Iterable[Row]) -> Path:
    with atomic_write(file) as part:
        write_rows(part, headings, rows)
    return file


def _comparison_rows(found: xr.Dataset) -> Iterator[Row]:
    """Yield a row for each target and scenario, then one for each variable, scenario and year."""
    for name in map(str, found.target.values):
        for scenario in map(str, found.scenario.values):
            cell = found.sel(target=name, scenario=scenario)
            value, year = float(cell.value), cell.year.item()
            about = ("target", name, cell.label.item(), scenario, year, cell.unit.item(), "")
            met = bool(cell.met) if not math.isnan(value) else ""
            yield (*about, value, float(cell.value_difference), float(cell.goal), met)
    for key in map(str, found.variable.values):
        row = found.sel(variable=key)
        label, unit, measure = row.variable_label.item(), row.variable_unit.item(), row.measure.item()
        for scenario in map(str, found.scenario.values):
            for year in found.time.values.tolist():
                cell = row.sel(scenario=scenario, time=year)
                about = ("variable", key, label, scenario, year, unit, measure)
                yield (*about, float(cell.level), float(cell.difference), "", "")


def _waterfall_rows(attribution: xr.Dataset) -> Iterator[Row]:
    """Yield a row for each target and factor of an attribution."""
    for name in map(str, attribution.outcome.values):
        for factor in map(str, attribution.factor.values):
            cell = attribution.sel(outcome=name, factor=factor)
            ends = (float(cell.factor_before), float(cell.factor_after), cell.factor_unit.item())
            about = (name, cell.label.item(), cell.unit.item(), factor, cell.factor_label.item())
            effects = (float(cell.contribution), float(cell.alone), float(cell["last"]))
            pair = (attribution.attrs["before"], attribution.attrs["after"])
            yield (*pair, *about, cell.factor_clause.item(), *ends, *effects)
