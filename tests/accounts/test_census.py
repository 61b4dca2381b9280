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
REGIONAL = (
    "gdp", "budget_revenue", "budget_expenditure", "government_debt",
    "gdp_by_sector[primary]", "gdp_by_sector[secondary]",
)  # fmt: skip


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


def test_the_accounts_of_provinces_add_up_to_those_of_the_nation() -> None:
    """The final account of local budgets of 2020, and the debt of localities but that of 兵团."""
    provinces = [row for row in rows("regions.csv") if row["code"].endswith("0000")]
    total = {column: sum(float(row[column]) for row in provinces) for column in REGIONAL}
    assert len(provinces) == 31
    assert total["budget_expenditure"] == pytest.approx(210_583.46, abs=0.1)
    assert total["budget_revenue"] == pytest.approx(100_143.16, rel=0.002)
    assert total["government_debt"] == pytest.approx(127_393.40 + 129_217.37 - 180 - 328, rel=5e-4)
    assert total["gdp"] == pytest.approx(1_034_867.6, rel=0.004)  # the nation's is counted apart
    assert total["gdp_by_sector[primary]"] == pytest.approx(78_030.9, rel=0.03)
    assert total["gdp_by_sector[secondary]"] == pytest.approx(381_985.8, rel=0.02)


@pytest.mark.parametrize(
    ("province", "gdp_2015", "gdp"),
    [("浙江省", 44_222.0, 67_164.5), ("陕西省", 18_188.3, 26_297.0), ("山西省", 12_036.1, 18_202.7)],
)
def test_the_gdp_of_a_province_is_the_official_series(province: str, gdp_2015: float, gdp: float) -> None:
    row = next(row for row in rows("regions.csv") if row["name"] == province)
    assert (float(row["gdp_2015"]), float(row["gdp"]), float(row["budget_gdp"])) == (gdp_2015, gdp, gdp)


def test_the_earlier_census_holds_the_units_of_26_provinces_and_adds_up_to_them() -> None:
    """The communiqué of 2010: 31 provinces, less 山西, 内蒙古, 江西, 四川 and 甘肃."""
    of_five = 35_712_101 + 24_706_291 + 44_567_797 + 80_417_528 + 25_575_263
    without_row = (
        283_812 + 392_029 + 47_122 + 444
    )  # parts of 大兴安岭, 贺州 and 海西, and the islands of 海南
    table = rows("2010.csv")
    assert len({row["province"] for row in table}) == 26
    assert {row["code_2010"][:2] for row in table}.isdisjoint({"14", "15", "36", "51", "62"})
    assert sum(int(row["residents"]) for row in table) == 1_332_810_869 - of_five - without_row


def test_the_units_of_2010_are_no_sums_and_their_ages_add_up() -> None:
    table = rows("2010.csv")
    codes = [row["code_2010"] for row in table]
    assert len(set(codes)) == len(codes) == 2274
    whole = {row["county"] for row in table if row["code_2010"].endswith("00")}
    assert whole == {"东莞市", "中山市", "三亚市"}  # cities without districts
    without = []
    for row in table:
        shares = [float(row[f"share_aged_{ages}"]) for ages in ("0_14", "15_64", "65_plus")]
        assert sum(shares) == pytest.approx(1.0, abs=2e-4), row["county"]
        assert 0 <= int(row["town_residents"]) <= int(row["residents"])
        ages = [value for column, value in row.items() if column.startswith("residents_by_age[")]
        without += [row["county"]] * (not any(ages))
        assert not any(ages) or sum(map(int, ages)) == int(row["residents"]), row["county"]
    assert without == ["建昌县", "石鼓区"]  # whose ages do not add up in the source


def test_a_unit_of_2010_goes_on_in_2020_where_its_area_is_the_same() -> None:
    later = {row["code"]: row for row in rows("2020.csv")}
    table = {row["code_2010"]: row for row in rows("2010.csv")}
    linked = [row["code_2020"] for row in table.values() if row["code_2020"]]
    assert len(linked) == len(set(linked)) > 2100
    for row in table.values():
        if row["code_2020"]:
            assert 0.4 <= int(later[row["code_2020"]]["residents"]) / int(row["residents"]) <= 2.5
        else:
            assert row["note"], row["county"]
    followed = {code: table[code]["code_2020"] for code in ("330185", "522222", "341402", "610126")}
    assert followed == {"330185": "330112", "522222": "520621", "341402": "340181", "610126": "610117"}
    assert table["330327"]["code_2020"] == table["310108"]["code_2020"] == ""
    assert table["330327"]["note"] == "330383 was split off by 2019"  # 龙港 from 苍南
    assert table["310108"]["note"] == "merged into 310106 by 2015"  # 闸北 into 静安


def test_the_ages_of_2010_are_the_censuss_own_to_the_person() -> None:
    """Children and the old of 桐庐, from the census tables by age and sex."""
    tonglu = next(row for row in rows("2010.csv") if row["code_2010"] == "330122")
    assert int(tonglu["residents_by_age[age_0_4]"]) == 16_916
    assert int(tonglu["residents_by_age[age_80_plus]"]) == 8_993


def test_a_table_of_changes_names_units_of_2020() -> None:
    changes = list(csv.DictReader((HOME.parent / "panel/code_changes.csv").read_text("utf-8").splitlines()))
    codes = {unit.code for unit in ALL}
    assert all(row["code_new"] in codes and row["how"] for row in changes)
    assert len({(row["code_old"], row["code_new"]) for row in changes}) == len(changes)


def test_a_value_without_a_number_is_refused_with_the_rule_that_could_impute_it(tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    model = catalog.find(catalog.MODEL, "county").as_posix()
    lines = ['title = "洛川县"', f'model = "{model}"']
    lines += ["[values.arrival_rate]", 'assumption = "later"', "[values.forward_inflation]", 'source = "?"']
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ScenarioError, match="arrival_rate: value is missing") as refused:
        load_county(path)
    assert "`simcounty describe start arrival_rate` tells the rule" in str(refused.value)
    assert "forward_inflation: value is missing. No rule makes it" in str(refused.value)
