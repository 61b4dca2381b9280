"""A start that nothing published resembles is told by name."""

from __future__ import annotations

import numpy as np
import pytest

import simcounty as sc
from simcounty.accounts.census import find_unit
from simcounty.accounts.panel import shipped
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.verdicts import unusual_record, unusual_view
from simcounty.scoring.outcomes import start_ratios
from simcounty.scoring.unusual import unusual_of, unusual_starts


def test_the_ends_are_those_of_the_middle_99_percent_of_published_ratios() -> None:
    """Loans over GDP: the loans of every county and year whose GDP of that year is known."""
    panel = shipped()
    gdp = {(code, year): value for code, year, value in zip(*panel.table("gdp"), strict=True)}
    loans = {(code, year): value for code, year, value in zip(*panel.table("bank_loans"), strict=True)}
    ratios = np.array([loans[cell] / gdp[cell] for cell in loans.keys() & gdp.keys()])
    model = sc.load("tonglu/baseline").model
    start = {"bank_loans": 900.0, "gdp": 10.0, "tax_revenue": 0.5, "general_expenditure": 2.0}
    (found,) = unusual_starts(model, {**start, "income_ratio": 2.5}.__getitem__)
    assert (found.label, found.value, found.count) == ("贷款余额与地区生产总值之比", 90.0, len(ratios))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(ratios, (0.005, 0.995))))


def test_a_county_whose_towns_earn_five_times_what_villages_do_is_told_of() -> None:
    baseline = baseline_of(new_counties([find_unit("洛川县")])[0])
    ratio = next(each for each in unusual_of(baseline) if each.label == "城乡居民收入倍差")
    assert ratio.value == pytest.approx(5.05, abs=0.01)
    assert ratio.high < 3.2
    record = {"unusual": unusual_record(unusual_of(baseline))}
    told = list(unusual_view(record["unusual"], Messages(Language.zh)))
    assert any(each.startswith("请核对起点：城乡居民收入倍差为5.05，") for each in told)


def test_a_model_without_these_variables_has_nothing_to_tell() -> None:
    assert start_ratios()
    assert (
        unusual_starts(sc.load_model(sc.load("tonglu/baseline").model.path.parent / "start.mdl"), float) == []
    )
