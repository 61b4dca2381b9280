"""Verdicts as a table say what `judge` says, in the words of a plan."""

from __future__ import annotations

import pytest

import simcounty as sc


@pytest.mark.parametrize(
    ("lang", "plan", "verdict", "met"), [("zh", "规划", "结论", "达到"), ("en", "Plan", "Verdict", "met")]
)
def test_a_row_holds_the_numbers_of_a_run_as_a_plan_writes_them(
    lang: str, plan: str, verdict: str, met: str
) -> None:
    tonglu = sc.load("tonglu/plan-2027")
    table = sc.verdicts(tonglu, lang)
    judged = sc.judge(sc.simulate(tonglu), tonglu.targets)
    shown = [float(text.replace(",", "")) for text in table[plan]]
    assert shown == pytest.approx(judged.value.values, rel=1e-3)
    assert [word == met for word in table[verdict]] == judged.met.values.tolist()
    assert list(table.index) == [target.label for target in tonglu.targets]


def test_a_scenario_that_is_its_own_baseline_has_one_column_of_numbers() -> None:
    table = sc.verdicts(sc.load("tonglu/plan-2027").baseline)
    assert "规划" in table
    assert "基线" not in table
