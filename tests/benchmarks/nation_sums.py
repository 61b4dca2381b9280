"""All county-level units of the census of 2020 run to 2035, held against what the nation published.

    python tests/benchmarks/nation_sums.py

Sums stand beside the panel's figures of the nation (`simcounty data 全国` tells their sources); then who
gains public works and who stops paying, by GDP per resident; and what a point more of own growth does to own
works.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import spearmanr

from simcounty import simulate
from simcounty.accounts.census import units_of
from simcounty.accounts.panel import NATION, shipped
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.sampling import Ensemble
from simcounty.scenario import Scenario

YEARS = range(2021, 2025)
DEBT = ("gov_debt_balance_general", "gov_debt_balance_special")
STOCKS = {"total_population": (("pop_total",), 1e4), "government_debt": (DEBT, 1.0)}
FLOWS = {
    "births": (("births",), 1e4),
    "deaths": (("deaths",), 1e4),
    "land_revenue": (("land_sales_revenue",), 1.0),
    "from_above": (("central_transfers_to_local",), 1.0),
}
"""Variables of the model by the figures of the nation they are held against, and the factor between units."""

FROM_ABOVE = ("transfers", "ecological_transfer", "settlement_reward", "special_grants")
"""What the model gives counties from above; the nation publishes the sum."""

PAYS = ("general_payout", "fund_payout", "platform_payout")
OTHERS = ("real_gdp", "gdp", "public_investment", "arrears_ratio", *PAYS)
FIFTHS = 5
TO_THE_START = 1.034
"""From the mean of 2020 to its end: half a year at 6.85 %, between 2.2 % in 2020 and 8.4 in 2021."""
Numbers = Mapping[str, np.ndarray]
"""What was run, by variable: a row a unit, a column a year from 2020."""


def main() -> int:
    counties = new_counties(units_of())
    baseline = baseline_of(counties[0])
    values = np.array([[value.value for value in county.values] for county in counties]).T
    table = dict(zip([value.key for value in counties[0].values], values, strict=True))
    run = by_year(baseline, table)
    sums(run)
    by_wealth(run)
    faster = by_year(baseline, {**table, "base_productivity_growth": np.full(len(counties), 0.01)})
    change = faster["public_investment"] / run["public_investment"] - 1
    for year in (2025, 2030, 2035):
        at = change[:, year - 2020]
        fewer = (at < -1e-9).sum()
        print(
            f"a point more of own growth lowers works of {year} in {fewer} units, by {-at.min():.1%} at most"
        )
    return 0


def by_year(baseline: Scenario, table: Mapping[str, np.ndarray]) -> Numbers:
    """Run the baselines as one ensemble; return each variable at the ends of the years."""
    names = [*STOCKS, *(name for name in FLOWS if name != "from_above"), *FROM_ABOVE, *OTHERS]
    run = simulate(Ensemble(baseline, dict(table)), "compiled", keep=names)
    found = {}
    for name in names:
        inner = [each for each in run[name].dims if each not in ("member", "time")]
        found[name] = run[name].sum(inner).transpose("member", "time").to_numpy()
    return found | {"from_above": sum(found[name] for name in FROM_ABOVE)}


def sums(run: Numbers) -> None:
    """Print sums beside what was published; a flow or GDP of a year is the mean of its two ends."""
    for name, (figures, factor) in {**STOCKS, **FLOWS}.items():
        level = run[name].sum(axis=0) / factor
        made = level if name in STOCKS else np.append(np.nan, (level[1:] + level[:-1]) / 2)
        print(f"{name:18}", *(against(made[year - 2020], published(figures, year)) for year in YEARS))
    gdp = run["real_gdp"].sum(axis=0)
    mean = np.append(gdp[0] / TO_THE_START, (gdp[1:] + gdp[:-1]) / 2)
    rates = [100 * (mean[year - 2020] / mean[year - 2021] - 1) for year in YEARS]
    came = [published(["gdp_growth_real"], year) for year in YEARS]
    print(f"{'real growth, %':18}", *(f"{a:9.2f} ({b:.1f})" for a, b in zip(rates, came, strict=True)))


def published(figures: Sequence[str], year: int) -> float:
    return sum(shipped().years(NATION, each).get(year, np.nan) for each in figures)


def against(made: float, figure: float) -> str:
    return (
        f"{made:9,.0f} (–)" if np.isnan(figure) else f"{made:9,.0f} ({figure:,.0f}, {made / figure - 1:+.0%})"
    )


def by_wealth(run: Numbers) -> None:
    """Print who builds more and who stops paying, by GDP per resident at the start."""
    wealth = run["gdp"][:, 0] / run["total_population"][:, 0]
    fifth = np.argsort(np.argsort(wealth)) * FIFTHS // len(wealth)
    groups = [fifth == k for k in range(FIFTHS)]
    works = run["public_investment"][:, -1] / run["public_investment"][:, 0]
    rank = spearmanr(wealth, works).statistic
    print(f"rank correlation of GDP a head and the change of works to 2035: {rank:+.2f}")
    print(
        "works at current prices by fifths, the poorest first:",
        *(f"x{np.median(works[g]):.2f}" for g in groups),
    )
    for year in (2025, 2030, 2035):
        arrears = run["arrears_ratio"][:, year - 2020]
        parts = " ".join(f"{np.median(arrears[each]):.2%}" for each in groups)
        print(f"arrears over GDP of {year}: median {np.median(arrears):.2%}; by fifths {parts}")
    upper = wealth > np.median(wealth)
    for name in PAYS:
        fails = run[name].min(axis=1) < 0.995
        both = (fails & upper).sum(), (fails & ~upper).sum()
        print(f"{name} below 99.5 % in some year: {both[0]} of the upper half, {both[1]} of the lower")


if __name__ == "__main__":
    sys.exit(main())
