"""Two regressions that the model's growth rests on: of provinces on their past, of counties on their level.

    python tests/benchmarks/relative_growth.py FILE…

The first tells how much of a province's lead over the nation stays (`province lead`), the second how
much slower counties of a province grow per unit of log GDP a head (`catch up rate`). The files are county
tables that are read beside the shipped panel as `--panel` reads them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from simcounty.accounts.panel import Panel, level_of
from simcounty.accounts.sources import read_sources

PERIODS = ((2006, 2011, 2016), (2011, 2016, 2021), (2014, 2019, 2024), (2006, 2015, 2024), (2016, 2020, 2024))
SPANS = ((2011, 2021), (2011, 2023), (2017, 2023))
BEYOND_BELIEF = 2.5
"""Logarithm of GDP over GDP from which two years of a county are held to be in different units."""


def main(files: list[str]) -> None:
    panel = read_sources([*map(Path, files)]).panel
    print("Slope of a province's lead over the mean of provinces on its lead in the period before")
    for first, middle, last in PERIODS:
        before, after = leads(panel, first, middle), leads(panel, middle, last)
        print(f"{first}-{middle} to {middle}-{last}{np.polyfit(before, after, 1)[0]:8.2f}")
    print("\nYearly growth of GDP of counties on log GDP a head, deviations from the province")
    print(f"{'':12}{'counties':>9}{'slope':>9}{'error':>8}   {'secondary held':>15}{'slope':>9}{'error':>8}")
    for first, last in SPANS:
        alone, held = (slope(rows_of(panel, first, last, sector)) for sector in (False, True))
        count, value, error = alone
        print(f"{first}-{last}{count:12}{value:9.4f}{error:8.4f}   {held[0]:15}{held[1]:9.4f}{held[2]:8.4f}")


def leads(panel: Panel, first: int, last: int) -> np.ndarray:
    """Return yearly growth of every province's GDP, a deviation from their mean."""
    series = [panel.years(code, "gdp") for code in panel.codes if level_of(code) == "province"]
    growth = [np.log(gdp[last] / gdp[first]) / (last - first) for gdp in series if {*PERIODS[0]} <= {*gdp}]
    return np.array(growth) - np.mean(growth)


def rows_of(panel: Panel, first: int, last: int, sector: bool) -> np.ndarray:
    """Return growth, log GDP a head and, if asked, the secondary share: a row a county, less its province."""
    rows: dict[str, list[list[float]]] = {}
    for code in panel.codes:
        gdp, people = (panel.years(code, name) for name in ("gdp", "pop_hukou"))
        head = people.get(first) or people.get(first - 1) or people.get(first + 1)
        second = panel.years(code, "gdp_secondary").get(first) if sector else 0.0
        if level_of(code) != "county" or second is None or not head or not {first, last} <= {*gdp}:
            continue
        change = np.log(gdp[last] / gdp[first])
        if abs(change) < BEYOND_BELIEF:
            row = [change / (last - first), np.log(gdp[first] / head), second / gdp[first]]
            rows.setdefault(code[:2], []).append(row if sector else row[:2])
    return np.concatenate([np.array(group) - np.mean(group, axis=0) for group in rows.values()])


def slope(rows: np.ndarray) -> tuple[int, float, float]:
    """Return how many counties there are, the slope of growth on level, and its standard error."""
    growth, level = rows[:, 0], rows[:, 1:]
    found, *_ = np.linalg.lstsq(level, growth, rcond=None)
    spread = (growth - level @ found).var()
    return len(rows), float(found[0]), float(np.sqrt(np.linalg.inv(level.T @ level)[0, 0] * spread))


if __name__ == "__main__":
    main(sys.argv[1:])
