"""The rule of models/start.mdl beside the county model, and how far it misses what is published."""

import csv
from math import log

import numpy as np
import pytest
from starting import COUNTY, RULE, of_rule

from simcounty import catalog, simulate
from simcounty.accounts.census import FOLDER, find_unit
from simcounty.counties.generate import new_counties
from simcounty.model.graph import variable_of
from simcounty.scenario import County

HOME = catalog.home() / FOLDER


@pytest.fixture(scope="module")
def tonglu() -> County:
    return new_counties([find_unit("330122")])[0]


def test_constants_the_rule_shares_with_the_county_model_are_the_same_numbers() -> None:
    helpers = {
        "yuan_per_yi", "square_metres_per_mu", "birth_rate", "birth_factor", "age_tilt", "bond_rate",
        "migration_propensity", "departure_rate", "settlement_rate", "settlement_age_weight", "participation",
        "migrant_participation", "bond_repayment_rate", "fund_share_to_general", "developer_margin",
        "floor_area_ratio",
    }  # fmt: skip
    shared = [key for key in RULE.constants if variable_of(key) in helpers]
    assert len(shared) > 150
    same = [key for key in RULE.constants if RULE.constants[key].about.source.startswith("assumption: as in")]
    assert same
    for key in [*shared, *same]:
        assert RULE.constants[key].value == COUNTY.constants[key].value, key


def test_every_value_keeps_the_unit_and_label_it_has_in_the_county_model(tonglu: County) -> None:
    for value in tonglu.values:
        variable = variable_of(value.key)
        ours, theirs = RULE.variables[variable][0], COUNTY.variables[variable][0]
        assert (ours.unit, ours.about.label) == (theirs.unit, theirs.about.label)


def test_what_tonglu_computes_at_the_start_is_what_the_rule_scales_by() -> None:
    start = simulate(COUNTY).isel(time=0)  # the model file describes 桐庐 as it was assumed to be
    rule = {key: constant.value for key, constant in RULE.constants.items()}
    assert rule["tonglu_gdp"] == pytest.approx(float(start.gdp), rel=0.002)
    sold = float(start.home_land_sales + start.platform_land_purchase)
    assert rule["home_land_sold"] == pytest.approx(sold, rel=0.002)
    assert rule["industrial_land_sold"] == pytest.approx(float(start.industrial_supply), rel=0.002)
    clearing = sold * float(start.clearing_cost)
    assert rule["land_costs"] == pytest.approx(float(start.land_costs) - clearing, rel=0.002)
    share = float(start.clearing_cost / start.residential_land_price)
    assert rule["clearing_part_of_land_price"] == pytest.approx(share, rel=0.002)
    served = float(start.served_population / start.total_population)
    assert rule["tonglu_served_share"] == pytest.approx(served, rel=0.002)
    assert rule["settlement_ease"] == pytest.approx(float(start.settlement_ease), rel=0.002)
    upkeep = float(start.public_capital) * COUNTY.constants["upkeep_rate"].value * 1e8 / 453_106
    municipal = rule["tonglu_other_costs_per_town_resident"] * 318_780 / 453_106
    assert rule["tonglu_other_costs_per_resident"] + municipal == pytest.approx(upkeep, rel=0.01)


def test_the_errors_of_gdp_are_those_the_readme_prints() -> None:
    rows = list(csv.DictReader((HOME / "observed_gdp.csv").read_text("utf-8").splitlines()))
    found = of_rule([find_unit(row["code"]) for row in rows], "gdp", "rate_at_the_end_of_the_year")
    by_rule = found["gdp"] / found["rate_at_the_end_of_the_year"]
    printed, errors = (HOME / "README.md").read_text("utf-8"), []
    for row, rule in zip(rows, by_rule, strict=True):
        published = float(row["gdp"])
        of_2020 = published * float(row["province_gdp_2020"]) / float(row["province_gdp"])
        error = 100 * (rule / of_2020 - 1)
        cells = (row["county"], row["year"], f"{published:.1f}", f"{of_2020:.1f}", f"{rule:.1f}")
        assert f"| {' | '.join(cells)} | {error:+.0f} % |" in printed, row["county"]
        errors.append(log(rule / of_2020))
    half, square = np.median(np.abs(np.expm1(errors))), np.sqrt(np.mean(np.square(errors)))
    mean = np.expm1(np.mean(errors))
    words = " ".join(printed.split())
    assert f"above {half:.0%}; their root mean square is {square:.2f}".replace("%", " %") in words
    assert f"their mean {mean:+.0%}".replace("%", " %") in words


def test_an_independent_engine_computes_the_rule_to_a_billionth() -> None:
    ours, theirs = simulate(RULE), simulate(RULE, backend="reference")
    for key in RULE.variables:
        size = float(np.abs(ours[key]).max()) or 1.0
        assert float(np.abs(ours[key] - theirs[key]).max()) / size < 1e-9, key
