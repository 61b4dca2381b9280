"""The census of 2020: every county-level unit, found by code or name, and the accounts it takes."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from simcounty import catalog, load_model
from simcounty.accounts.census import FOLDER, find_unit, units_of
from simcounty.errors import InputError, ScenarioError
from simcounty.model.graph import variable_of
from simcounty.scenario import load_county

NATION = 1_409_778_724  # residents, 全国
HOME = catalog.home() / FOLDER
ALL = units_of()


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((HOME / name).read_text("utf-8").splitlines()))


def test_the_units_add_up_to_the_nation() -> None:
    table = rows("2020.csv")
    assert len(table) == len(ALL) == 2987
    assert sum(int(row["residents"]) for row in table) == NATION


def test_the_ages_of_every_unit_add_up_to_its_residents() -> None:
    for row in rows("2020.csv"):
        ages = [int(value) for column, value in row.items() if column.startswith("residents[")]
        assert len(ages) == 17
        assert sum(ages) == int(row["residents"]), row["county"]


def test_nobody_lives_twice() -> None:
    for row in rows("2020.csv"):
        assert 0 <= int(row["town_residents"]) <= int(row["residents"])
        elsewhere = sum(int(value) for column, value in row.items() if column.startswith("registered_in"))
        assert elsewhere <= int(row["residents"]), row["county"]


def test_units_are_counties_and_no_sums_of_them() -> None:
    codes = [unit.code for unit in ALL]
    assert len(set(codes)) == len(codes)
    whole = {unit.county for unit in ALL if unit.code.endswith("00")}
    assert whole == {"东莞市", "中山市", "嘉峪关市", "儋州市", "三沙市"}  # cities without districts
    assert not [unit for unit in ALL if unit.county in {"市辖区", "县", unit.province}]
    assert sum("Z" in code for code in codes) == 39


def test_tonglu_stands_there_as_in_its_own_file() -> None:
    unit = find_unit("330122")
    assert (unit.county, unit.prefecture, unit.province) == ("桐庐县", "杭州市", "浙江省")
    assert unit.inputs["census_town_residents"] == 318_780
    assert unit.inputs["earlier_registered_population"] == 403_550
    assert unit.region == "杭州市辖区以外各县（市）"


def test_a_unit_is_found_by_code_name_or_name_and_place() -> None:
    found = [find_unit(each) for each in ("610629", "洛川县", "延安市洛川县", "陕西省 洛川县")]
    assert {unit.code for unit in found} == {"610629"}


def test_a_name_of_several_units_is_refused_with_the_candidates() -> None:
    with pytest.raises(InputError, match="4 units have this name") as refused:
        find_unit("鼓楼区")
    assert "320106 (江苏省 南京市 鼓楼区)" in str(refused.value)
    assert find_unit("南京市鼓楼区").code == "320106"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("洛川", "Did you mean 610629 (陕西省 延安市 洛川县)?"),
        ("洛川现", "Did you mean '洛川县'?"),
        ("999999", "no county-level unit"),
        ("", "no county-level unit"),
    ],
)
def test_an_unknown_name_is_refused_with_a_guess(given: str, said: str) -> None:
    with pytest.raises(InputError, match="2020") as refused:
        find_unit(given)
    assert said in str(refused.value)


def test_the_units_of_a_place_are_those_of_its_province_or_prefecture() -> None:
    assert {unit.province for unit in units_of("陕西省")} == {"陕西省"}
    assert len(units_of("渭南市")) == len(units_of("6105")) == 11
    with pytest.raises(InputError, match="Did you mean '陕西省'"):
        units_of("陕西")


def test_every_column_fills_a_constant_of_the_rule_and_every_input_of_the_rule_has_a_column() -> None:
    constants = load_model(catalog.find(catalog.MODEL, "start")).constants
    prefixes = {"census", "earlier", "region", "structure", "province"}
    inputs = {key for key in constants if key.split("_")[0] in prefixes}
    given = set().union(*(unit.inputs for unit in ALL))
    assert inputs <= given
    free = {variable_of(column) for column in rows("2020.csv")[0]}
    free -= {key.removeprefix("census_").partition("[")[0] for key in inputs}
    assert free == {"code", "province", "prefecture", "county"}


def test_only_sansha_has_no_long_form() -> None:
    without = [unit.county for unit in ALL if "census_sample_aged_15_plus" not in unit.inputs]
    assert without == ["三沙市"]


def test_the_jobs_of_a_region_are_those_of_its_units() -> None:
    jobs: Counter[tuple[str, str]] = Counter()
    for row in rows("2020.csv"):
        if row["sample_aged_15_plus"]:
            young = sum(int(row[f"residents[age_{age}]"]) for age in ("0_4", "5_9", "10_14"))
            rate = (int(row["residents"]) - young) / int(row["sample_aged_15_plus"])
            for column, value in row.items():
                if column.startswith("sample_workers"):
                    jobs[row["code"][:2] + "0000", column.removeprefix("sample_workers")] += rate * int(value)
    for region in rows("regions.csv"):
        if region["code"].endswith("0000"):
            for worker in ("[farming]", "[manufacturing]", "[building]", "[serving]"):
                counted = jobs[region["code"], worker]
                assert float(region[f"jobs{worker}"]) == pytest.approx(counted, abs=0.51), region["name"]


def test_parts_of_a_prefecture_add_up_to_it() -> None:
    regions = {row["code"]: row for row in rows("regions.csv")}
    for code in ("330100", "610300", "610400", "610500"):
        for column in ("residents", "jobs[serving]"):
            parts = [float(regions[f"{code}-{kind}"][column]) for kind in ("districts", "counties")]
            assert sum(parts) == pytest.approx(float(regions[code][column]), abs=1.5)
    assert int(regions["330100-counties"]["residents"]) == 1_224_772  # 桐庐, 淳安, 建德


def test_every_region_says_where_it_stands_and_has_accounts_by_sector_somewhere() -> None:
    regions = {row["code"]: row for row in rows("regions.csv")}
    for row in regions.values():
        assert row["source"], row["name"]
        assert row["confidence"], row["name"]
        by_sector = regions[row["structure"]]
        sectors = [by_sector[f"gdp_by_sector[{each}]"] for each in ("primary", "secondary", "tertiary")]
        assert all(sectors), row["name"]
        total = float(by_sector["gdp"])
        assert sum(map(float, sectors)) == pytest.approx(total, rel=1e-4)


def test_the_earlier_census_holds_the_units_of_two_provinces() -> None:
    table = rows("2010.csv")
    assert len(table) == 197
    assert {row["province"] for row in table} == {"浙江省", "陕西省"}
    codes = {unit.code for unit in ALL}
    assert {row["code_2020"] for row in table} - codes == {""}
    for row in table:
        shares = [float(row[f"share_aged_{ages}"]) for ages in ("0_14", "15_64", "65_plus")]
        assert sum(shares) == pytest.approx(1.0, abs=2e-4), row["county"]


def test_a_value_without_a_number_is_refused_with_the_rule_that_could_impute_it(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    model = catalog.find(catalog.MODEL, "county").as_posix()
    lines = ['title = "洛川县"', f'model = "{model}"']
    lines += ["[values.arrival_rate]", 'assumption = "later"', "[values.forward_inflation]", 'source = "?"']
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ScenarioError, match="arrival_rate: value is missing") as refused:
        load_county(path)
    assert "holds the outside population of the census at the start" in str(refused.value)
    assert "forward_inflation: value is missing. No rule imputes it" in str(refused.value)
