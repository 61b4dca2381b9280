"""Published figures over the years: of one place side by side, of several a line a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from simcounty.accounts.variables import variables as published
from simcounty.errors import InputError
from simcounty.plot.panels import characters_across, finish, new_figure, set_y_ticks, write_heading
from simcounty.plot.style import FAINT, SMALL, STROKES, Stroke, strokes, styled
from simcounty.plot.text import unit_name
from simcounty.plot.years import draw_rule
from simcounty.units import display_unit

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GROUPS: Mapping[str, Sequence[str]] = {
    "地区生产总值与三次产业": ("gdp", "gdp_primary", "gdp_secondary", "gdp_tertiary"),
    "一般公共预算收支": ("budget_revenue_general", "budget_expenditure_general"),
    "金融机构贷款与存款": ("bank_loans", "household_deposits", "bank_deposits"),
    "人口": ("pop_hukou", "pop_permanent", "census_residents"),
}
"""What is drawn: together for one place, a panel each for several."""

DOTS: Stroke = {"marker": "o", "markersize": 3.2}
HOLLOW: Stroke = {**DOTS, "linestyle": "", "markerfacecolor": "white", "markersize": 4.2}
BREAK: Stroke = {"color": FAINT, "linestyle": (0, (1, 2)), "linewidth": 0.8}
READING = "点为公布的数值，空心点因可疑未采用，竖虚线处口径变化。来源见 simcounty data。"
ROOM = 1.12  # of the highest figure: what a panel reaches up to
Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class AccountsLine:
    """A line of a figure: its name, the level of its place, its values by year, and those set aside."""

    name: str
    key: str
    level: str
    years: Numbers
    values: Numbers
    aside: Numbers


def accounts(dataset: xr.Dataset, title: str = "", width: str = "full") -> Figure:
    """Draw what `panel` gives: GDP and its sectors, budget, loans and deposits, people.

    One place has a panel for each of these, several have one for each variable with a line a place. Figures
    set aside are hollow; a dotted line stands where the definition of what is drawn changes.

    >>> import simcounty as sc
    >>> accounts(sc.panel("桐庐", "建德", "淳安")).savefig("accounts.png")
    """
    panels = _panels(dataset)
    if not panels:
        raise InputError(
            "nothing is known of these places that is drawn: GDP, budget, loans, deposits, people."
        )
    names = list(dict.fromkeys(line.name for lines in panels.values() for line in lines))
    several = dataset.sizes["place"] > 1
    looks = strokes(len(names)) if several else []
    with styled():
        figure, cells = new_figure(len(panels), width)
        for axes, (label, lines) in zip(cells, panels.items(), strict=True):
            own = [looks[names.index(each.name)] for each in lines] if several else STROKES[1:]
            _draw(axes, label, lines, own)
            if not several:
                axes.legend(fontsize=SMALL, frameon=False, loc="best")
        _share_years(cells, panels)
        handles: list[Artist] = [
            Line2D([], [], label=name, **look) for name, look in zip(names, looks, strict=False)
        ]
        finish(figure, title or "、".join(map(str, dataset.name.values)), handles, READING)
    return figure


def _panels(dataset: xr.Dataset) -> dict[str, list[AccountsLine]]:
    """Return the lines of each panel by its title; what is known of no place is left out."""
    several = dataset.sizes["place"] > 1
    found: dict[str, list[AccountsLine]] = {}
    for group, keys in GROUPS.items():
        for key in keys:
            for number, name in enumerate(map(str, dataset.name.values)):
                label = published()[key].label
                line = _line(dataset, key, number, name if several else label)
                if line:
                    found.setdefault(label if several else group, []).append(line)
    return found


def _line(dataset: xr.Dataset, key: str, number: int, name: str) -> AccountsLine | None:
    if key not in dataset:
        return None
    values = dataset[key].isel(place=number).values
    aside = dataset.get(f"{key}_set_aside", np.nan * dataset[key]).isel(place=number).values
    level = str(dataset.level.values[number])
    line = AccountsLine(name, key, level, dataset.year.values, values, aside)
    return line if np.isfinite(line.values).any() else None


def _draw(axes: Axes, label: str, lines: Sequence[AccountsLine], looks: Sequence[Stroke]) -> None:
    largest = max(float(np.nanmax(each.values)) for each in lines)
    unit, factor = display_unit(published()[lines[0].key].unit, largest)
    for line, look in zip(lines, looks, strict=False):
        known = np.isfinite(line.values)
        axes.plot(line.years[known], factor * line.values[known], label=line.name, **look, **DOTS)
        axes.plot(line.years, factor * line.aside, color=look["color"], **HOLLOW)
    for middle in _breaks(lines):
        draw_rule(axes, [(middle, 0.0), (middle, 1.0)], axes.get_xaxis_transform(), BREAK)
    write_heading(axes, label, unit_name(unit))
    highest = max(float(np.nanmax([each.values, each.aside])) for each in lines)
    axes.set_ylim(0, ROOM * factor * highest)
    set_y_ticks(axes)


def _breaks(lines: Sequence[AccountsLine]) -> list[float]:
    """Return the middles of the years between which what is drawn is not comparable."""
    found = set()
    for line in lines:
        known = line.years[np.isfinite(line.values)]
        for each in published()[line.key].breaks:
            before, after = each.between
            if line.level in each.levels and known.min() <= before and known.max() >= after:
                found.add((before + after) / 2)
    return sorted(found)


def _share_years(cells: Sequence[Axes], panels: Mapping[str, Sequence[AccountsLine]]) -> None:
    """Let all panels cover the same years."""
    known = [each.years[np.isfinite(each.values)] for lines in panels.values() for each in lines]
    years = np.concatenate(known)
    for axes in cells:
        axes.set_xlim(years.min() - 0.6, years.max() + 0.6)
        most = max(2, min(6, int(characters_across(axes, SMALL) // 3.6)))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=True, steps=[1, 2, 5, 10]))
