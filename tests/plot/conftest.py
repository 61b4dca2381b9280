"""A county drawn from formulas: a share, a head count, and a flow with its accumulator."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from simcounty.scenario import Target


@pytest.fixture
def run() -> xr.Dataset:
    """Two scenarios from 2020 to 2035, saved each quarter; the plan departs in 2023."""
    time = np.arange(2020.0, 2035.25, 0.25)
    since, plan = time - 2020, np.array([[0.0], [1.0]]) * np.clip(time - 2023, 0, 4) / 4

    def variable(values: np.ndarray, label: str, unit: str, **more: str) -> tuple[object, ...]:
        return ("scenario", "time"), values, {"long_name": label, "units": unit, **more}

    share, people = 0.70 + 0.005 * since + 0.01 * plan, 453_106 + 2_000 * since + 9_000 * plan
    growth = 400 * np.exp(0.05 * since) * (1 + 0.05 * plan)
    ledger = np.concatenate([np.zeros((2, 1)), np.cumsum(growth[:, :-1] / 4, axis=1)], axis=1)
    return xr.Dataset(
        {
            "urban_share": variable(share, "常住人口城镇化率", "Dmnl"),
            "people": variable(people, "常住人口", "person"),
            "gdp": variable(growth, "地区生产总值", "YiYuan/year", accumulator="ledger"),
            "ledger": variable(ledger, "累计地区生产总值", "YiYuan"),
        },
        coords={"scenario": ["基线", "规划"], "time": time},
        attrs={"model": "county.mdl", "model_hash": "0123456789", "scenario": "tonglu/plan-2027"},
    )


@pytest.fixture
def targets() -> list[Target]:
    def target(variable: str, operator: str, goal: float, unit: str, year: int, clause: str) -> Target:
        return Target(variable, variable, operator, goal, unit, year, clause=clause)  # type: ignore[arg-type]

    return [
        target("urban_share", ">=", 75, "%", 2027, "（二）"),
        target("urban_share", ">=", 75.2, "%", 2027, "（十五）"),
        target("urban_share", "~", 78, "%", 2035, "（十六）"),
        target("gdp", ">=", 600, "YiYuan", 2027, "（二）"),
    ]
