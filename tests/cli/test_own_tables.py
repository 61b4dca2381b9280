"""`--panel`, `--census` and `--known-by`, as a planner gives them."""

from __future__ import annotations

import json
from pathlib import Path

from running import installed, run_in

import simcounty as sc

from .conftest import Command

HEAD = "区划代码,地区,年份,指标,数值,单位,来源\n"
ROWS = """610629,洛川县,2020,一般公共预算收入,53000,万元,洛川县2020年财政决算
610629,洛川县,2020,小汽车,3,辆,
"""
LATER = "610629,洛川县,2023,金融机构各项贷款余额,不详,公顷,\n"


def test_a_county_is_made_of_ones_own_figures_and_says_so(simcounty: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(HEAD + ROWS, encoding="utf-8")
    ran = simcounty("new", "洛川县", "--panel", "mine.csv", "--lang", "zh")
    assert ran.returncode == 0, ran.stderr
    assert "未读入：小汽车" in ran.stderr
    text = (tmp_path / "洛川县.toml").read_text("utf-8")
    assert "一般公共预算收入 5.3 亿元 (2020, mine.csv: 洛川县2020年财政决算)" in text
    shown = simcounty("data", "洛川县", "--panel", "mine.csv", "--json").stdout
    (place,) = json.loads(shown)["places"]
    revenue = next(each for each in place["variables"] if each["key"] == "budget_revenue_general")
    assert {each["year"]: each["value"] for each in revenue["figures"]}[2020] == 5.3


def test_what_data_writes_is_read_again(simcounty: Command, tmp_path: Path) -> None:
    assert simcounty("data", "桐庐", "--save", "known.csv").returncode == 0
    ran = simcounty("data", "桐庐", "--panel", "known.csv", "--variable", "gdp", "--json")
    (variable,) = json.loads(ran.stdout)["places"][0]["variables"]
    last = variable["figures"][-1]
    assert (last["year"], last["value"]) == (2023, 469.23)
    assert last["source"].startswith("known.csv: 县域统计年鉴2024版")


def test_a_county_known_by_a_year_is_the_same_to_the_byte_whatever_came(
    simcounty: Command, tmp_path: Path
) -> None:
    made = []
    known = ("new", "610629", "--panel", "mine.csv", "--known-by", "2021")
    for name, rows, run in (("one", ROWS, run_in), ("two", ROWS + LATER, installed)):
        (tmp_path / "mine.csv").write_text(HEAD + rows, encoding="utf-8")
        ran = run(tmp_path, *known, "--save", f"{name}/a.toml")
        assert ran.returncode == 0, ran.stderr
        made.append([(tmp_path / name / each).read_bytes() for each in ("a.toml", "a-baseline.toml")])
    assert made[0] == made[1]
    refused = simcounty("new", "610629", "--panel", "mine.csv", "--save", "three/a.toml")
    assert refused.returncode == 2
    assert "mine.csv: line 4: '不详'" in refused.stderr
    assert not (tmp_path / "three").exists()
    early = simcounty("new", "610629", "--known-by", "2015")
    assert "counties start from the census of 2020" in early.stderr


def test_tables_that_nobody_would_read_are_refused(simcounty: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(HEAD + ROWS, encoding="utf-8")
    swept = simcounty("sweep", "tonglu/baseline", "-n", "2", "--out", "there", "--panel", "mine.csv")
    assert swept.returncode == 2
    assert "--counties" in swept.stderr
    fitted = simcounty("calibrate", "--file", "hangzhou-2022", "--panel", "mine.csv")
    assert fitted.returncode == 2
    assert "has no [census]" in fitted.stderr


def test_a_region_names_its_tables_beside_it(simcounty: Command, tmp_path: Path) -> None:
    """A census row without ages makes no county; a table of figures is of the counties it names."""
    units = (
        "code,province,prefecture,county,residents,town_residents\n610728,陕西省,汉中市,镇巴县,1000,2000\n"
    )
    (tmp_path / "census.csv").write_text(units, encoding="utf-8")
    text = 'title = "汉中"\nmembers = []\nscopes = ["汉中市"]\n'
    text += 'census = "汉中市"\ncensus_tables = ["census.csv"]\n'
    (tmp_path / "region.toml").write_text(text, encoding="utf-8")
    ran = simcounty("run", "region.toml", "--json")
    assert ran.returncode == 2
    assert "needs more columns: infants (男_0岁 + 女_0岁)" in ran.stderr
    (tmp_path / "mine.csv").write_text(
        HEAD + ROWS.replace("610629,洛川县", "610728,镇巴县"), encoding="utf-8"
    )
    own = text.replace("census_tables", "panel_tables").replace("census.csv", "mine.csv")
    (tmp_path / "region.toml").write_text(own, encoding="utf-8")
    made = {each.county.title: each for each in sc.load_region(tmp_path / "region.toml").scenarios}
    assert "5.3 亿元 (2020, mine.csv" in " ".join(each.basis for each in made["镇巴县"].county.values)
    assert "mine.csv" not in " ".join(each.basis for each in made["洋县"].county.values)
