"""How far counties' own figures, carried by the rule, miss the county yearbook of 2023.

    python tests/benchmarks/start_values.py [FILE…]

Figures of 2021 and before are carried to 2023 (simcounty/accounts/carry.py), by what was known by 2021 alone,
and held against the yearbook of 2023, beside naive rules on the same counties. The files are county
tables that are read beside the shipped panel as `--panel` reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from simcounty.accounts.carry import carried
from simcounty.accounts.panel import Panel, level_of, shipped
from simcounty.accounts.sources import read_sources

TRUTH, KNOWN_BY, RECENT, OLD = 2023, 2021, 2017, 2011
SHAANXI = "61"
VARIABLES = (
    "gdp",
    "gdp_primary",
    "gdp_secondary",
    "gdp_tertiary",
    "budget_revenue_general",
    "budget_expenditure_general",
    "bank_loans",
    "household_deposits",
    "pop_hukou",
)
Series = Mapping[int, float]
"""A county's figures by year."""


def main(files: list[str]) -> None:
    truth = shipped()
    panels = {"shipped panel": read_sources(known_by=KNOWN_BY).panel}
    if files:
        panels["with the tables given"] = read_sources([*map(Path, files)], known_by=KNOWN_BY).panel
    for name, known in panels.items():
        print(f"\n{name}: median absolute error of {TRUTH}, %, known by {KNOWN_BY}")
        print(
            f"{'':28}{'n':>6}{'rule':>7}{'陕西':>6}{'n':>5} | {'same':>6}{'last growth':>12}{'province':>10}"
        )
        for variable in VARIABLES:
            for label, holds in GROUPS.items():
                row(f"{variable} {label}", known, truth, variable, holds)


GROUPS: dict[str, Callable[[int], bool]] = {
    f"≥{RECENT}": lambda last: last >= RECENT,
    f"≤{OLD}": lambda last: last <= OLD,
}
"""Counties by the last year that was known of them."""


def row(label: str, known: Panel, truth: Panel, variable: str, holds: Callable[[int], bool]) -> None:
    series = {
        code: known.years(code, variable)
        for code in truth.codes
        if level_of(code) == "county" and TRUTH in truth.years(code, variable)
    }
    counties = [code for code, years in series.items() if years and holds(max(years))]
    if not counties:
        print(f"{label:28}{0:6}")
        return
    actual = np.array([truth.years(code, variable)[TRUTH] for code in counties])
    ours = [carried(known, code, variable, TRUTH) for code in counties]
    made = np.array([each.value if each else np.nan for each in ours])
    errors = np.abs(made / actual - 1)
    shaanxi = np.array([code.startswith(SHAANXI) for code in counties])
    naive = [100 * float(np.nanmedian(np.abs(each / actual - 1))) for each in naive_rules(counties, series)]
    apart = (
        f"{100 * np.nanmedian(errors[shaanxi]):6.1f}{shaanxi.sum():5}" if shaanxi.any() else f"{'–':>6}{0:5}"
    )
    print(f"{label:28}{len(counties):6}{100 * np.nanmedian(errors):7.1f}{apart} | ", end="")
    print("".join(f"{each:{width}.1f}" for each, width in zip(naive, (6, 12, 10), strict=True)))


def naive_rules(counties: list[str], series: Mapping[str, Series]) -> list[np.ndarray]:
    """Unchanged; its own last growth goes on; the mean yearly change of its province's others goes on."""
    last = {code: max(series[code]) for code in counties}
    rates = {code: rate(series[code]) for code in counties}
    same, own, province = [], [], []
    for code in counties:
        value, years = series[code][last[code]], TRUTH - last[code]
        others = [each for other, each in rates.items() if other[:2] == code[:2] and other != code]
        same.append(value)
        own.append(value * np.exp(years * rates[code]))
        province.append(value * np.exp(years * np.nanmean(others))) if others else province.append(np.nan)
    return [np.array(same), np.array(own), np.array(province)]


def rate(series: Series) -> float:
    """Return the yearly growth between the last two figures; nan where there is but one."""
    years = sorted(series)[-2:]
    if len(years) < 2:
        return float("nan")
    return float(np.log(series[years[1]] / series[years[0]]) / (years[1] - years[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
