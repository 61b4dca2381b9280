"""Tables of one's own: what is read, in which unit, for which place, and what is said of the rest."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from simcounty.accounts.census import find_unit, shipped_units, units_of
from simcounty.accounts.own_accounts import own_accounts
from simcounty.accounts.panel import Panel, shipped
from simcounty.accounts.screening import screened
from simcounty.accounts.sources import Sources, read_sources
from simcounty.errors import InputError

TIDY = "区划代码,地区,年份,指标,数值,单位,来源\n"
TONGLU = "330122,桐庐县,2022,地区生产总值,4587000,万元,桐庐县统计公报\n"


def written(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def sheet(folder: Path, rows: Sequence[Sequence[object]], title: str = "表1") -> Path:
    book = openpyxl.Workbook()
    assert book.active
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(folder / "mine.xlsx")
    return folder / "mine.xlsx"


def said(sources: Sources) -> dict[str, str]:
    return {each.code: str(dict(each.parts)) for each in sources.remarks}


def findings(*panel: Path, census: Sequence[Path] = ()) -> str:
    with pytest.raises(InputError) as refused:
        read_sources(panel, census)
    return str(refused.value)


def test_a_tidy_table_is_brought_to_the_units_of_the_panel_and_keeps_its_source(tmp_path: Path) -> None:
    """4,587,000 万元 are 458.7 亿元."""
    panel = read_sources([written(tmp_path, TIDY + TONGLU)]).panel
    assert panel.years("330122", "gdp")[2022] == 458.7
    assert panel.source("330122", "gdp", 2022) == "mine.csv: 桐庐县统计公报"
    assert panel.years("330122", "gdp")[2023] == 469.23  # the yearbook's, as shipped
    assert len(panel) == len(shipped()) + 1


def test_an_own_figure_stands_before_the_shipped_one(tmp_path: Path) -> None:
    text = "330122,,2023,gdp,470,亿元,县统计局\n"
    assert read_sources([written(tmp_path, TIDY + text)]).panel.years("330122", "gdp")[2023] == 470


def test_a_wide_sheet_has_units_in_its_headings_and_places_by_name(tmp_path: Path) -> None:
    """鼓楼区 is in four cities: the name of the prefecture tells which."""
    rows = [
        ["省", "市", "区县", "年份", "地区生产总值（万元）", "户籍人口（万人）", "小汽车（辆）"],
        ["江苏省", "南京市", "鼓楼区", 2022, 19_500_000, 90.5, 7],
        ["浙江省", None, "桐庐县", "2022年", "4,587,000", "—", 8],
    ]
    sources = read_sources([sheet(tmp_path, rows)])
    assert sources.panel.years("320106", "gdp")[2022] == 1950
    assert sources.panel.years("320106", "pop_hukou")[2022] == 905_000
    assert sources.panel.years("330122", "gdp")[2022] == 458.7
    assert 2022 not in sources.panel.years("330122", "pop_hukou")
    assert "小汽车(辆)" in said(sources)["own.ignored"]


def test_a_toml_file_says_how_a_table_is_read(tmp_path: Path) -> None:
    rows = [["县", "GDP", "贷款"], ["浙江省桐庐县", 458.7, 1_100], ["浙江省建德市", 433.5, None]]
    sheet(tmp_path, rows, "2022年")
    says = """
        file = "mine.xlsx"
        sheet = "2022年"
        name = "县"
        year = 2022
        source = "杭州统计年鉴2023"
        [columns]
        GDP = { variable = "地区生产总值", unit = "亿元" }
        "贷款" = { variable = "bank_loans", unit = "亿元" }
    """
    panel = read_sources([written(tmp_path, says, "my.toml")]).panel
    assert panel.years("330182", "gdp")[2022] == 433.5
    assert panel.years("330122", "bank_loans")[2022] == 1_100
    assert panel.source("330122", "gdp", 2022) == "my.toml: 杭州统计年鉴2023"


def test_a_packed_table_is_read_and_a_code_of_old_followed(tmp_path: Path) -> None:
    """户县 (610125) became 鄠邑区 (610118)."""
    path = tmp_path / "old.csv.gz"
    row = "610125,户县,2012,budget_revenue_general,8.3,亿元,study data,dataset\n"
    head = "code,county,year,variable,value,unit,source,confidence\n"
    path.write_bytes(gzip.compress((head + row).encode()))
    assert read_sources([path]).panel.years("610118", "budget_revenue_general")[2012] == 8.3


def test_everything_that_is_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    rows = [
        "330122,,22,gdp,1,亿元,a",
        "3301,,2022,gdp,1,亿元,a",
        ",桐庐镇,2022,gdp,1,亿元,a",
        "330122,,2022,gdp,四百,亿元,a",
        "330122,,2022,gdp,458.7,人,a",
        "330122,,2022,gdp,458.7,,a",
        "330122,,2021,gdp,1,亿元,a",
        "330122,,2021,gdp,2,亿元,a",
    ]
    text = findings(written(tmp_path, TIDY + "\n".join(rows)), written(tmp_path, "年份,地区\n", "empty.csv"))
    for line, what in [
        (2, "year is '22'"), (3, "code is '3301'"), (4, "Did you mean '桐庐县'"), (5, "not a finite number"),
        (6, "cannot be converted"), (7, "unit is empty"), (9, "is 2, above 1"),
    ]:  # fmt: skip
        assert any(f"mine.csv: line {line}: " in each and what in each for each in text.splitlines()), what
    assert "empty.csv: holds no figure" in text


def test_a_column_without_a_unit_and_a_misspelt_one_are_met(tmp_path: Path) -> None:
    wide = written(tmp_path, "区划代码,年份,地区生产总值\n330122,2022,458.7\n")
    assert "column 地区生产总值: has no unit" in findings(wide)
    misspelt = written(tmp_path, "区划代码,年份,地区生产总直（亿元）\n330122,2022,458.7\n")
    assert "Did you mean '地区生产总值'" in findings(misspelt)
    told = said(read_sources([written(tmp_path, TIDY + TONGLU.replace("桐庐县,", "建德市,"))]))
    assert "330182" in told["own.misnamed"]


def test_a_figure_a_power_of_ten_off_is_set_aside_and_that_is_said(tmp_path: Path) -> None:
    """Ten times the yearbook's loans of 2011, between those of 2010 and 2012."""
    loans = shipped().years("330122", "bank_loans")
    slip = f"330122,桐庐县,2011,bank_loans,{10 * loans[2011]},亿元,\n"
    sources = read_sources([written(tmp_path, TIDY + slip)])
    assert 2011 not in sources.panel.years("330122", "bank_loans")
    assert "疑差十倍" in said(sources)["own.doubted"]


def test_what_is_known_by_a_year_does_not_hang_on_anything_later(tmp_path: Path) -> None:
    """All later figures are spoilt, in the shipped panel and in the table: nothing changes by a bit."""
    early = TIDY + "330122,桐庐县,2020,bank_loans,700,亿元,a\n"
    late = "330122,桐庐县,2022,bank_loans,众多,个,a\n330122,桐庐县,2023,gdp,-1,亩,\n"
    one = read_sources([written(tmp_path, early)], known_by=2021).panel
    two = read_sources([written(tmp_path, early + late)], known_by=2021).panel
    assert list(one) == list(two)
    cleared = [replace(each, set_aside="") for each in shipped() if each.variable == "bank_loans"]
    spoilt = [replace(each, value=7 * each.value if each.year > 2021 else each.value) for each in cleared]
    as_known = [screened(Panel.of(each)).known_by(2021) for each in (cleared, spoilt)]
    assert list(as_known[0]) == list(as_known[1])
    inputs = [own_accounts(each, find_unit("桐庐县"), 2021).inputs for each in (one, two)]
    assert inputs[0] == inputs[1]


HEADINGS = {
    "人口数_合计": 453106, "城镇人口": 318780, "男_0岁": 1896, "女_0岁": 1698, "男_1到4岁": 9625,
    "女_1到4岁": 8850, "男_5到9岁": 10877, "女_5到9岁": 9979, "男_10到14岁": 9394, "女_10到14岁": 8758,
    "男_15到19岁": 9874, "女_15到19岁": 8464, "男_20到24岁": 11442, "女_20到24岁": 10398,
    "男_25到29岁": 14541, "女_25到29岁": 12838, "男_30到34岁": 20314, "女_30到34岁": 19305,
    "男_35到39岁": 15101, "女_35到39岁": 14678, "男_40到44岁": 15227, "女_40到44岁": 15177,
    "男_45到49岁": 18237, "女_45到49岁": 18169, "男_50到54岁": 22072, "女_50到54岁": 20532,
    "男_55到59岁": 21294, "女_55到59岁": 19902, "男_60到64岁": 15050, "女_60到64岁": 13908,
    "男_65到69岁": 15076, "女_65到69岁": 14963, "男_70到74岁": 9776, "女_70到74岁": 10531,
    "男_75到79岁": 4940, "女_75到79岁": 5110, "男_80到84岁": 3700, "女_80到84岁": 4420,
    "男_85岁以上": 2770, "女_85岁以上": 4220, "户口登记地在外乡镇街道人口_本县": 74943,
    "户口登记地在外乡镇街道人口_本省其他县": 29675, "户口登记地在外乡镇街道人口_省外": 71511,
    "人均住房建筑面积": 61.2,
}  # fmt: skip
"""桐庐 in 中国人口普查分县资料—2020, without the long form."""


def census_file(folder: Path, **changes: object) -> Path:
    row = {"区划代码": "330122", "区县": "桐庐县", **HEADINGS, **changes}
    path = folder / "census.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [key for key in row if row[key] is not None])
        writer.writeheader()
        writer.writerow({key: value for key, value in row.items() if value is not None})
    return path


def test_the_headings_of_the_census_give_what_is_shipped_and_what_lacks_is_named(tmp_path: Path) -> None:
    sources = read_sources(census=[census_file(tmp_path)])
    ours, theirs = sources.units["330122"], shipped_units()["330122"]
    lacking = theirs.inputs.keys() - ours.inputs.keys()
    assert {each.partition("[")[0] for each in lacking} == {
        "census_sample_workers",
        "census_sample_aged_15_plus",
    }
    assert dict(ours.inputs) == {key: value for key, value in theirs.inputs.items() if key not in lacking}
    assert "sample_workers[farming]" in said(sources)["own.census_lacks"]
    assert sources.units.keys() == shipped_units().keys()


def test_a_unit_that_nobody_knew_is_made_of_its_own_row(tmp_path: Path) -> None:
    changes = {"区划代码": "140199", "区县": "新设县", "市": "太原市", "省": "山西省"}
    units = read_sources(census=[census_file(tmp_path, **changes)]).units
    assert find_unit("太原市新设县", units).inputs["census_town_residents"] == 318780
    assert find_unit("140199", units) in units_of("山西省", units)


def test_census_tables_that_cannot_be_are_refused_by_name(tmp_path: Path) -> None:
    text = findings(census=[census_file(tmp_path, 城镇人口=None, 男_85岁以上=None)])
    assert "needs more columns: town_residents (城镇人口); residents[age_80_plus]" in text
    assert "ages add up to" in findings(census=[census_file(tmp_path, 男_0岁=90000)])
    assert "more live in towns" in findings(census=[census_file(tmp_path, 城镇人口=453107)])
    assert "is of 2015" in findings(census=[census_file(tmp_path, 年份=2015)])
    assert "140199" in findings(census=[census_file(tmp_path, 区划代码="140199", 区县="")])


def test_small_rates_of_the_census_of_2010_are_numbers(tmp_path: Path) -> None:
    """An increase of 0.05 ‰ is 0.00005 a year, which no spelling of the number may lose."""
    ages = {f"residents_by_age[age_{low}_{low + 4}]": 1000 for low in range(0, 80, 5)}
    fractions = ("aged_0_14", "aged_15_64", "aged_65_plus")
    workers = ("primary", "secondary", "tertiary")
    row = {
        "code": "140105", "year": 2010, **ages, "residents_by_age[age_80_plus]": 1000, "residents": 17_000,
        "town_residents": 9_000, "registered_population": 18_000, "registered_in_another_township": 100,
        "registered_in_another_county": 100, "registered_in_another_province": "", "households": 6_000,
        "household_size": 2.8, "floor_area_per_person": 30, "non_agricultural_registration_share": 0.5,
        **{f"share_{each}": 0.3 for each in fractions},
        **{f"share_of_workers_{each}": 0.3 for each in workers},
        "birth_rate": "0.00905", "death_rate": "0.009", "natural_growth_rate": "0.00005",
    }  # fmt: skip
    (tmp_path / "c.csv").write_text(
        "\n".join(",".join(map(str, each)) for each in zip(*row.items(), strict=True))
    )
    inputs = read_sources(census=[tmp_path / "c.csv"]).units["140105"].inputs
    assert inputs["earlier_natural_growth_rate"] == 0.00005
    assert inputs["earlier_registered_in_another_province"] == 0
