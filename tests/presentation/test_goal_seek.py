"""What people see of settings that were sought for a probability."""

from __future__ import annotations

import simcounty as sc
from simcounty.assessment import assess
from simcounty.optimise.confidence import seek_confident
from simcounty.presentation.goal_seek import goal_seek_record, goal_seek_view
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.tables import Table

SOUGHT = "key-investment-2027"


def test_the_last_table_has_the_probability_of_every_target_beside_its_verdict() -> None:
    plan = sc.load("tonglu/plan-2027")
    found = seek_confident(plan, [SOUGHT], ["platform_investment_plan"], 0.6)
    record = goal_seek_record(found.found, assess(found.scenario), found)
    chances = {each["name"]: each["chance"]["probability"] for each in record["targets"]}
    assert list(chances) == [each.name for each in plan.targets]
    assert chances[SOUGHT] == record["probability"][SOUGHT] >= 0.59
    *_, verdicts = (
        block for block in goal_seek_view(record, Messages(Language.zh)) if isinstance(block, Table)
    )
    headings = [column.heading for column in verdicts.columns]
    assert "达标概率" in headings[headings.index("结论") :]
    assert [
        row[headings.index("达标概率")]
        for row in verdicts.rows
        if "约" not in row[headings.index("达标概率")]
    ] == []
