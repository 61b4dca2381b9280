"""`simcounty targets`, as it is typed: the targets of all documents, and of one county."""

from __future__ import annotations

import json
from typing import Any

from .conftest import Command

KEYS = {"document", "clause", "name", "scope", "kind", "operator", "goal", "unit", "deadline", "status"}


def records(simcounty: Command, *args: str) -> list[dict[str, Any]]:
    done = simcounty("targets", *args, "--json")
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def test_the_targets_of_all_documents_are_shown_from_any_folder(simcounty: Command) -> None:
    rows = records(simcounty)
    assert all(row.keys() >= KEYS for row in rows)
    assert {row["status"] for row in rows} == {"judged", "no data", "open"}
    assert all(row["met"] is None for row in rows)
    (pillars,) = (row for row in rows if row["name"] == "pillar-industries")
    assert (pillars["operator"], pillars["deadline"], pillars["status"]) == ("between", None, "open")
    assert (pillars["goal"], pillars["up_to"]) == (2, 3)


def test_the_targets_of_a_scenario_come_with_its_verdicts_and_nobody_elses(simcounty: Command) -> None:
    rows = {row["name"]: row for row in records(simcounty, "tonglu/plan-2027")}
    told = json.loads(simcounty("run", "tonglu/plan-2027", "--json", "--quiet").stdout)["targets"]
    for target in told:
        assert rows[target["name"]]["value"] == target["value"]
        assert rows[target["name"]]["met"] is target["met"]
    assert "chunan" not in {row["scope"] for row in rows.values()}
    assert rows["township-clinics-2027"]["status"] == "no data"


def test_targets_are_read_by_people_too(simcounty: Command) -> None:
    english = simcounty("targets", "tonglu/plan-2027").stdout
    assert "judged by the model" in english.splitlines()[-1]
    chinese = simcounty("targets", "tonglu/plan-2027", "--lang", "zh").stdout
    assert "无数据" in chinese
    assert "模型评判" in chinese
