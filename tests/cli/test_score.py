"""Runs held against what came, as `simcounty score` shows them, in a folder of the user's own."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import openpyxl
import pytest

from .conftest import Command


def test_a_planner_sees_the_historical_check_of_his_county(simcounty: Command) -> None:
    """桐庐 in 县域统计年鉴2024版: GDP 469.2, loans 1,218 亿元; 2021 was known, and that is said."""
    ran = simcounty("score", "桐庐", "--known-by", "2021", "--lang", "zh")
    assert ran.returncode == 0, ran.stderr
    assert re.search(r"^年份 +指标 +单位 +仿真值 +实际值 +误差$", ran.stdout, re.MULTILINE)
    row = re.search(r"^2023 +地区生产总值 +亿元 +([\d.]+) +469\.2 +([+−][\d.]+) %$", ran.stdout, re.MULTILINE)
    assert row
    error = 100 * (float(row[1]) / 469.23 - 1)
    assert float(row[2].replace("−", "-")) == pytest.approx(error, abs=0.06)
    assert re.search(r"^2021\* +常住人口 ", ran.stdout, re.MULTILINE)
    assert "* 起算时已知的数值。" in ran.stdout
    assert "无：地方政府债务余额" in ran.stdout


def test_many_counties_are_measured_beside_naive_rules(simcounty: Command, tmp_path: Path) -> None:
    files = [f"--save={each}" for each in ("a.csv", "a.xlsx", "a.nc")]
    ran = simcounty("score", "浙江省", "--known-by", "2021", "--lang", "zh", "--out", "there", *files)
    assert ran.returncode == 0, ran.stderr
    for rule in ("模型", "保持不变", "上次增速延续", "全省平均变化", "按起点水平回归", "按各县增速推算"):
        assert re.search(rf"^金融机构各项贷款余额 +\d+ +{rule} ", ran.stdout, re.MULTILINE), rule
    assert re.search(r"^常住人口规模 ", ran.stdout, re.MULTILINE)
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    cells = {(row["代码 (code)"], row["指标 (label)"], row["年份 (year)"]): row for row in rows}
    row = cells["330122", "地区生产总值", "2023"]
    assert row["实际值 (actual)"] == "469.23"
    error = float(row["仿真值 (simulated)"]) / 469.23 - 1
    assert float(row["误差 (error)"]) == pytest.approx(error)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["历史检验", "评分"]
    drawn = sorted(each.suffix for each in (tmp_path / "there").iterdir())
    assert drawn == [".pdf", ".png", ".svg"]


def test_json_has_every_rule_and_theils_parts_add_to_one(simcounty: Command) -> None:
    record = json.loads(simcounty("score", "咸阳市", "--variable", "一般公共预算收入", "--json").stdout)
    (outcome,) = record["outcomes"]
    (whole,) = [each for each in outcome["scores"] if each["kind"] == "all" and each["year"] == 2023]
    assert record["known_by"] == record["start"] == 2020
    assert len(whole["rules"]) == 6
    for found in whole["rules"].values():
        assert sum(found[f"theil_{part}"] for part in ("bias", "variance", "covariance")) == pytest.approx(1)


def test_years_places_and_names_that_cannot_be_scored_are_met_with_what_can(simcounty: Command) -> None:
    ran = simcounty("score", "桐庐", "--known-by", "2015", "--to", "2020")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "known_by = 2015" in ran.stderr
    assert "end = 2020" in ran.stderr
    assert "Did you mean '桐庐县'?" in simcounty("score", "桐庐镇").stderr
    assert "Did you mean '地区生产总值'" in simcounty("score", "桐庐", "--variable", "地区生产总直").stderr
    assert ".csv, .xlsx, .nc" in simcounty("score", "桐庐", "--save", "a.doc").stderr


def test_a_score_takes_ones_own_figures(simcounty: Command, tmp_path: Path) -> None:
    """What came is what one's own table says came: loans of 桐庐 in 2022, of which the yearbook has none."""
    rows = "区划代码,年份,指标,数值,单位\n330122,2022,bank_loans,1100,亿元\n"
    (tmp_path / "mine.csv").write_text(rows, encoding="utf-8")
    ran = simcounty("score", "桐庐", "--variable", "bank_loans", "--panel", "mine.csv", "--save", "a.csv")
    assert ran.returncode == 0, ran.stderr
    assert "1100" in (tmp_path / "a.csv").read_text("utf-8-sig")
