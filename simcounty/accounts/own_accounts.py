"""A county's own accounts as the rule of `models/start.mdl` takes them: of the year, or carried there.

A constant `account_X` of the rule takes the variable that says so; value added by sector is made of four
figures. What is not known is not among the inputs: the rule takes it from the county's like or its region.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import median
from types import MappingProxyType

from simcounty.accounts.carry import TOWARDS_NATION, Carried, carried, growth_of
from simcounty.accounts.census import CENSUS_YEAR, DISTRICT, Unit
from simcounty.accounts.panel import NO_FIGURES, Panel
from simcounty.accounts.variables import variables

SECTORS = {"primary": "gdp_primary", "secondary": "gdp_secondary", "tertiary": "gdp_tertiary"}
BY_SECTOR = "account_gdp_by_sector"
STRUCTURE = "structure_gdp_by_sector"
PEERS = {
    "peer_revenue_ratio": "budget_revenue_general",
    "peer_expenditure_ratio": "budget_expenditure_general",
    "peer_loans_ratio": "bank_loans",
}


@cache
def takes() -> Mapping[str, str]:
    """Return the variable of the panel that each input of the rule takes.

    >>> takes()["account_bank_loans"] in variables()
    True
    """
    return {each.taken_as: key for key, each in variables().items() if each.taken_as}


def taken() -> tuple[str, ...]:
    """Return the variables of the panel that the rule takes of a county.

    >>> taken()[:2]
    ('gdp', 'gdp_primary')
    """
    return ("gdp", *SECTORS.values(), *takes().values())


@dataclass(frozen=True)
class OwnAccounts:
    """What is known of a county for a year: inputs of the rule by constant, and the figures they rest on.

    `figures` are by the constant of the rule without its subscript, and then by the panel's variable.
    """

    inputs: Mapping[str, float]
    figures: Mapping[str, Mapping[str, Carried]]

    @property
    def used(self) -> set[tuple[str, int]]:
        """The variables and years of all figures that it rests on."""
        return {
            (variable, year)
            for figures in self.figures.values()
            for variable, each in figures.items()
            for year in each.years
        }

    def sd(self, constant: str) -> float:
        """Return how far the figures of a constant may be off, as the deviation of the logarithm."""
        return max((each.sd for each in self.figures.get(constant, {}).values()), default=0.0)

    def text(self, constant: str) -> str:
        """Return in words what a constant rests on: its figures, and the years they were carried from."""
        return "; ".join(_text(variable, each) for variable, each in self.figures.get(constant, {}).items())


NOTHING_KNOWN = OwnAccounts(MappingProxyType({}), MappingProxyType({}))
"""Of a county without accounts."""


def own_accounts(panel: Panel, unit: Unit, year: int, own: Panel = NO_FIGURES) -> OwnAccounts:
    """Return what a panel knows of a county for the end of a year, or over it.

    `own` are the county's figures that stand before the panel's.

    >>> from simcounty.accounts.census import find_unit
    >>> from simcounty.accounts.panel import shipped
    >>> own_accounts(shipped(), find_unit("桐庐县"), 2023).inputs["account_budget_revenue"]
    45.03
    """
    figures = {name: carried(panel, unit.code, variable, year, own) for name, variable in takes().items()}
    known = {name: each for name, each in figures.items() if each is not None}
    inputs = {name: each.value for name, each in known.items()}
    rests_on = {name: {takes()[name]: each} for name, each in known.items()}
    sectors = _by_sector(panel, unit, year, own)
    if sectors:
        inputs |= {f"{BY_SECTOR}[{sector}]": value for sector, value in sectors.inputs.items()}
        rests_on[BY_SECTOR] = dict(sectors.figures[BY_SECTOR])
    province = growth_of(panel, "gdp", unit.code[:2])
    inputs["growth_of_the_year"] = province.between(year, year + 1)
    inputs["growth_since_the_census"] = province.between(CENSUS_YEAR, year)
    inputs |= peer_ratios(panel, unit.code[:2], _kind(unit.code), year)
    return OwnAccounts(MappingProxyType(inputs), MappingProxyType(rests_on))


def _by_sector(panel: Panel, unit: Unit, year: int, own: Panel) -> OwnAccounts | None:
    """Return value added by sector, scaled to GDP; what is missing in the proportions of the region."""
    gdp = carried(panel, unit.code, "gdp", year, own)
    sectors = {sector: carried(panel, unit.code, key, year, own) for sector, key in SECTORS.items()}
    known = {sector: each for sector, each in sectors.items() if each is not None}
    if gdp is None and len(known) < 2:
        return None
    like = {sector: unit.inputs[f"{STRUCTURE}[{sector}]"] for sector in SECTORS}
    told = sum(each.value for each in known.values())
    scale = told / sum(like[sector] for sector in known) if known else 1.0
    values = {sector: known[sector].value if sector in known else scale * like[sector] for sector in SECTORS}
    rest = gdp.value - values["primary"] - values["secondary"] if gdp is not None else 0.0
    if set(known) == {"primary", "secondary"} and rest > 0:
        values["tertiary"] = rest
    total = gdp.value if gdp is not None else sum(values.values())
    values = {sector: value * total / sum(values.values()) for sector, value in values.items()}
    figures = ({"gdp": gdp} if gdp else {}) | {SECTORS[sector]: each for sector, each in known.items()}
    return OwnAccounts(values, {BY_SECTOR: figures})


def _text(variable: str, figure: Carried) -> str:
    about = variables()[variable]
    number = f"{about.label} {figure.value:.6g} {about.unit}"
    source = f", {figure.source}" if figure.source else ""
    if figure.years == (figure.year,):
        return f"{number} ({figure.year}{source})"
    years = " and ".join(map(str, figure.years))
    if not figure.grown:
        return f"{number}, of {years} and taken for {figure.year}: no growth of it is known{source}"
    return f"{number}, carried to {figure.year} from {years}{source}"


def _kind(code: str) -> str:
    """Return the kind of a unit by its code: district, city or county."""
    return "district" if DISTRICT.search(code) else "city" if code[4] == "8" else "county"


@lru_cache(maxsize=256)
def peer_ratios(panel: Panel, province: str, kind: str, year: int) -> dict[str, float]:
    """Return the medians over GDP of what counties of a kind publish in a province, of the nearest year.

    Districts publish too seldom: their revenue and spending are told by their region instead, and their
    loans by county-level cities.
    """
    wanted = "city" if kind == "district" else kind
    found = {}
    for name, variable in PEERS.items():
        if kind == "district" and variable != "bank_loans":
            continue
        own, all_of_kind = _ratios(panel, variable, province, wanted, year)
        if all_of_kind:
            weight = len(own) / (len(own) + TOWARDS_NATION)
            nation = median(all_of_kind)
            found[name] = math.exp(weight * median(own) + (1 - weight) * nation if own else nation)
    return found


def _ratios(
    panel: Panel, variable: str, province: str, kind: str, year: int
) -> tuple[list[float], list[float]]:
    """Return logarithms of a variable over GDP of the counties of a kind, of a province and of the nation."""
    gdp, other = _by_place(panel, "gdp"), _by_place(panel, variable)
    years = {y for place, y in gdp.keys() & other.keys() if panel.levels[place] == "county"}
    if not years:
        return [], []
    nearest = min(years, key=lambda each: (abs(each - year), each))
    ratios = {
        panel.codes[place]: math.log(other[place, y] / gdp[place, y])
        for place, y in gdp.keys() & other.keys()
        if y == nearest and _kind(panel.codes[place]) == kind
    }
    return [each for code, each in ratios.items() if code[:2] == province], list(ratios.values())


@lru_cache(maxsize=16)
def _by_place(panel: Panel, variable: str) -> dict[tuple[int, int], float]:
    """Return the figures of a variable that are positive, by place and year."""
    columns = panel.table(variable)
    rows = zip(*columns, strict=True)
    return {(int(place), int(year)): float(value) for place, year, value in rows if value > 0}
