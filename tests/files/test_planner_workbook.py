"""A county's workbook, filled in as a planner would: what it gives, and what is said of mistakes, by cell."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import simcounty as sc
from simcounty import input_files
from simcounty.accounts.census import find_unit
from simcounty.counties.generate import baseline_of, new_counties
from simcounty.errors import InputError, ScenarioError
from simcounty.files.copies import save_new_workbook
from simcounty.language import Language, use_language
from simcounty.scenario import County, Scenario, load_county
from simcounty.tables import KEYS

Change = Callable[[Any], None]
PLACE = "洛川县"


@pytest.fixture(scope="module")
def made() -> County:
    return new_counties([find_unit(PLACE)])[0]


@pytest.fixture(scope="module")
def blank(made: County, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of a county as `simcounty new` writes it."""
    return save_new_workbook(made, tmp_path_factory.mktemp("new") / f"{PLACE}.xlsx")[0]


@pytest.fixture
def chinese() -> Iterator[None]:
    use_language(Language.zh)
    yield
    use_language(None)


@pytest.fixture
def filled(blank: Path, tmp_path: Path) -> Callable[[Change], Path]:
    """Change a copy of the workbook as a planner would, and save it."""

    def fill(change: Change) -> Path:
        file = tmp_path / blank.name
        shutil.copyfile(blank, file)
        book = openpyxl.load_workbook(file)
        change(book)
        book.save(file)
        return file

    return fill


def put(sheet: Any, name: str, /, **cells: object) -> None:
    """Fill in the row of a name, or a new one below, by the keys of its columns."""
    columns = {KEYS.get(each.value, str(each.value)): each.column for each in sheet[1]}
    rows = (row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value == name)
    row = next(rows, sheet.max_row + 1)
    for column, value in {next(iter(columns)): name, **cells}.items():
        sheet.cell(row, columns[column]).value = value


def numbers(scenario: Scenario) -> dict[str, float]:
    return {key: each.value for key, each in scenario.model.constants.items()}


def test_a_workbook_left_as_it_is_is_the_county_that_new_makes(blank: Path, made: County) -> None:
    read, baseline = sc.load(blank), baseline_of(made)
    assert numbers(read) == numbers(baseline)
    assert read.county.values == made.values
    assert (read.years, read.headline, read.levers) == (baseline.years, baseline.headline, {})
    drawn = {key: each.distribution for key, each in made.uncertain.each.items()}
    assert read.county.uncertain.each.keys() == drawn.keys()
    for key, each in read.county.uncertain.each.items():
        assert vars(each.distribution) == pytest.approx(vars(drawn[key]), rel=1e-15)


@pytest.mark.parametrize(
    ("label", "value", "unit"),
    [
        ("金融机构各项贷款余额", 95.5, "亿元"),
        ("户籍人口", 20.8, "万人"),
        ("地方政府债务余额", 250000, "万元"),
    ],
)
def test_a_figure_filled_in_changes_what_the_same_account_in_toml_changes(
    filled: Callable[[Change], Path], tmp_path: Path, label: str, value: float, unit: str
) -> None:
    cells = {"value": value, "unit": unit, "year": 2020, "basis": "决算报告"}
    book = filled(lambda book: put(book["起点"], label, **cells))
    toml = tmp_path / "county.toml"
    toml.write_text(
        f'title = "{PLACE}"\ncode = "610629"\nstart = 2020\nmodel = {str(sc.load(book).model.path)!r}\n'
        f'[[accounts."{label}"]]\nvalue = {value}\nunit = "{unit}"\nyear = 2020\nsource = "决算报告"\n',
        "utf-8",
    )
    assert load_county(book).values == load_county(toml).values


def test_a_starting_value_filled_in_stands_in_place_of_the_rules(filled: Callable[[Change], Path]) -> None:
    cells = {"value": 5200, "unit": "元/平方米", "year": 2020, "basis": "网签均价", "kind": "有来源"}
    read = sc.load(filled(lambda book: put(book["起点"], "初始房价", **cells)))
    (own,) = (each for each in read.county.values if each.basis == "网签均价")
    assert (own.key, own.value, own.kind) == ("initial_house_price", 5200.0, "sourced")


def test_policies_levers_and_targets_of_the_workbook_are_run_and_judged(
    filled: Callable[[Change], Path],
) -> None:
    def change(book: Any) -> None:
        book["概况"].append(["政策文件", "推进以县城为重要载体的城镇化建设实施方案"])
        put(book["政策"], "落户放开度", **{"2024": 0.95})
        about = {"operator": "不低于", "measure": "年末", "year": 2027}
        put(book["目标"], "城镇化率", variable="常住人口城镇化率", goal=55, unit="%", **about)
        put(book["历年"], "常住人口", year=2022, value=21, unit="万人", source="统计公报")
        put(book["历年"], "地区生产总值", year=2022, value=240, unit="亿元", source="统计公报")
        cells = {"low": 0.5, "high": 2, "unit": "%/年", "kind": "假设", "basis": "参照周边"}
        put(book["不确定性"], "农村进城率", distribution="均匀", **cells)

    plan = sc.load(filled(change))
    assert [each.title for each in plan.policies] == ["推进以县城为重要载体的城镇化建设实施方案"]
    assert (plan.levers["hukou_openness"].times, plan.levers["hukou_openness"].final) == ((2023.0,), 0.95)
    assert [(each.name, each.variable, each.goal) for each in plan.own_targets] == [
        ("城镇化率", "urbanisation_rate", 55.0)
    ]
    assert [each.value for each in plan.county.observations[-2:]] == [210_000.0, 240.0]
    assert vars(plan.county.uncertain.each["town_move_rate"].distribution) == {"low": 0.005, "high": 0.02}
    verdicts = sc.judge(sc.simulate(plan), plan.targets)
    assert "城镇化率" in verdicts.target.values


TARGET = {
    "variable": "常住人口城镇化率", "year": 2027, "operator": "不低于", "goal": 55, "unit": "%",
    "measure": "年末",
}  # fmt: skip
MISTAKES: dict[str, tuple[Change, str]] = {
    "起点!B9": (
        lambda book: put(book["起点"], "金融机构各项贷款余额", value="九十亿", year=2020, basis="公报"),
        "“九十亿”不是数值。请填写数字",
    ),
    "起点!D9": (
        lambda book: put(book["起点"], "金融机构各项贷款余额", value=90, year="去年", basis="公报"),
        "年份“去年”不对。请填写四位年份",
    ),
    "起点!E9": (
        lambda book: put(book["起点"], "金融机构各项贷款余额", value=90, year=2020),
        "没有填写来源。请写明数据出处",
    ),
    "起点!C9": (
        lambda book: put(book["起点"], "金融机构各项贷款余额", value=90, unit="亩", year=2020, basis="公报"),
        "90 亩不能换算为亿元。可用的单位：元、万元、亿元",
    ),
    "起点!C9 ": (
        lambda book: put(book["起点"], "金融机构各项贷款余额", value=90, unit=None, year=2020, basis="公报"),
        "90 比值不能换算为亿元。可用的单位：元、万元、亿元",
    ),
    "起点!B9 ": (
        lambda book: put(book["起点"], "金融机构各项贷款余额", value=9000000, year=2020, basis="公报"),
        "相差十倍以上。请核对数值和单位",
    ),
    "起点!D9 ": (
        lambda book: put(book["起点"], "金融机构各项贷款余额", value=9, year=2004, basis="公报"),
        "距起点年份2020年超过15年",
    ),
    "起点!A9": (
        lambda book: put(
            book["起点"], "金融机构各项贷款余额", name="贷款余额", value=9, year=2020, basis="公报"
        ),
        "没有这个名称的统计数据。您要写的是不是“金融机构各项贷款余额”",
    ),
    "起点!B11": (
        lambda book: put(book["起点"], "户籍人口", year=2020),
        "填了年份、来源或类别而没有填数值",
    ),
    "起点!B37": (
        lambda book: put(book["起点"], "初始城镇人口比重", value=447, basis="普查", kind="有来源"),
        "超出取值范围[0.001, 0.999]。请核对数值和单位",
    ),
    "起点!F37": (
        lambda book: put(book["起点"], "初始城镇人口比重", value=44.7, basis="普查"),
        "没有选择。请从下列各项中选择：有来源、由本县数据推导",
    ),
    "起点!E37": (
        lambda book: put(book["起点"], "初始城镇人口比重", value=44.7, kind="有来源"),
        "填了数值而没有填来源或依据",
    ),
    "概况!B3": (
        lambda book: put(book["概况"], "代码", content="619999"),
        "2020年人口普查没有这个代码或名称的县级单位",
    ),
    "概况!B3  ": (lambda book: put(book["概况"], "代码", content="610628"), "代码610628是富县，不是洛川县"),
    "概况!B2": (lambda book: put(book["概况"], "县（市、区）", content=None), "没有填写“县（市、区）”"),
    "概况!A21 ": (lambda book: book["概况"].append(["起点年份", 2023]), "与前面的一行重复"),
    "概况!B7": (
        lambda book: [put(book["概况"], item, content=2014) for item in ("起点年份", "模拟起始年份")],
        "请填写2020—2034年",
    ),
    "概况!B12": (
        lambda book: setattr(book["概况"]["B12"], "value", "常驻人口"),
        "常驻人口 不是模型中的变量。您要写的是不是“常住人口”",
    ),
    "概况!B3 ": (lambda book: put(book["概况"], "代码", content=None), "没有填写代码"),
    "概况!B21": (
        lambda book: book["概况"].append(["政策文件", "推进以县城为重要载体的城镇化实施方案"]),
        "不是随软件提供的政策文件",
    ),
    "概况!A21": (lambda book: book["概况"].append(["政策文档", "x"]), "您要写的是不是“政策文件”"),
    "概况!B10": (lambda book: put(book["概况"], "模拟终止年份", content="2035年底"), "请填写四位年份"),
    "概况!B9": (
        lambda book: put(book["概况"], "模拟起始年份", content=2021),
        "模拟从2021年末开始，而洛川县的起点值是2020年的",
    ),
    "政策!I1": (
        lambda book: setattr(book["政策"]["I1"], "value", "明年"),
        "既不是日期（如2025、2023-07-01），也不是下列各列之一：杠杆、单位",
    ),
    "目标!G2": (
        lambda book: put(book["目标"], "城镇化", **{**TARGET, "measure": "全年"}),
        "模型没有累计“常住人口城镇化率”，不能按全年合计",
    ),
    "目标!F2": (
        lambda book: put(book["目标"], "城镇化", **{**TARGET, "unit": "亿元"}),
        "55 亿元不能换算为比值。可用的单位：比值、%",
    ),
    "目标!C2": (lambda book: put(book["目标"], "城镇化", **{**TARGET, "year": "远期"}), "请填写四位年份"),
    "目标!C2 ": (
        lambda book: put(book["目标"], "城镇化", **{**TARGET, "year": 2060}),
        "目标“城镇化”的年份2060不在模拟期2020—2035年内",
    ),
    "不确定性!B21": (
        lambda book: put(
            book["不确定性"],
            "农村进城率",
            **{"distribution": "正态", "mean": 1, "sd": 1, "unit": "%/年", "kind": "假设", "basis": "参照"},
        ),
        "正态分布没有上下限",
    ),
    "历年!A2": (
        lambda book: put(book["历年"], "常驻人口", year=2022, value=21, unit="万人", source="公报"),
        "常驻人口 不是模型中的变量。您要写的是不是“常住人口”",
    ),
    "历年!D2": (
        lambda book: put(book["历年"], "常住人口", year=2022, value=21, unit="亿元", source="公报"),
        "21 亿元不能换算为人",
    ),
    "历年!D2 ": (
        lambda book: put(book["历年"], "常住人口", year=2022, value=21.6, source="公报"),
        "21.6 比值不能换算为人。可用的单位：人、万人",
    ),
    "历年!B3": (
        lambda book: [
            book["历年"].append(["常住人口", 2022, value, "万人", "公报"]) for value in (21.6, 21.7)
        ],
        "2022年有两个数。请只保留一个",
    ),
    "历年!E2": (
        lambda book: put(book["历年"], "常住人口", year=2022, value=21, unit="万人"),
        "没有填写来源",
    ),
    "政策!J20": (
        lambda book: put(book["政策"], "落户放开度", **{"2022": 12}),
        "12 比值超出取值范围[0, 1]",
    ),
    "政策!F20": (
        lambda book: put(book["政策"], "落户放开度", **{"2022": 0.9, "solved": "对"}),
        "“对”不在可选项中：是、否",
    ),
    "政策!A43": (lambda book: put(book["政策"], "落户放开", **{"2022": 1}), "您要写的是不是“落户放开度”"),
    "目标!D2": (
        lambda book: put(book["目标"], "城镇化", **{**TARGET, "operator": "大于"}),
        "“大于”不在可选项中：不低于、不高于",
    ),
    "目标!B2": (
        lambda book: put(book["目标"], "城镇化", **{**TARGET, "variable": "城镇化"}),
        "“常住人口城镇化率”",
    ),
    "目标!E2": (
        lambda book: put(book["目标"], "城镇化", **{**TARGET, "goal": None}),
        "没有填写目标值",
    ),
    "不确定性!E21": (
        lambda book: put(
            book["不确定性"], "农村进城率", distribution="均匀", low=0.01, basis="参照", kind="假设"
        ),
        "均匀分布的参数是下限、上限：缺少上限",
    ),
}  # fmt: skip


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("cell", MISTAKES)
def test_a_mistake_is_told_in_chinese_by_its_cell(filled: Callable[[Change], Path], cell: str) -> None:
    change, says = MISTAKES[cell]
    file = filled(change)
    with pytest.raises(ScenarioError) as refused:
        sc.load(file)
    assert f"{file}: {cell.strip()}: " in str(refused.value)
    assert says in str(refused.value)
    assert str(refused.value).count("\n  - ") == 1


@pytest.mark.usefixtures("chinese")
def test_all_mistakes_are_told_at_once(filled: Callable[[Change], Path]) -> None:
    chosen = (
        "起点!B11",
        "起点!B37",
        "历年!D2",
        "政策!J20",
        "目标!D2",
        "不确定性!E21",
        "概况!A21",
        "概况!B10",
    )

    def change(book: Any) -> None:
        for cell in chosen:
            MISTAKES[cell][0](book)

    with pytest.raises(ScenarioError) as refused:
        sc.load(filled(change))
    said = str(refused.value)
    assert said.startswith(f"{filled(change)}：有下列问题，请逐项改正：")
    assert [cell for cell in chosen if f": {cell}: " not in said] == []
    assert said.count("\n  - ") == len(chosen)


def swollen(file: Path) -> None:
    """Add a part that unpacks to more than a workbook may."""
    from zipfile import ZIP_DEFLATED, ZipFile

    with ZipFile(file, "a", ZIP_DEFLATED) as book, book.open("xl/media/zeros", "w") as part:
        for _ in range(1 + input_files.MOST_UNPACKED // input_files.MB):
            part.write(bytes(input_files.MB))


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (
            lambda file: file.write_bytes(bytes(input_files.MOST_BYTES + input_files.MB)),
            "为21 MB，超过上限20 MB",
        ),
        (
            lambda file: file.write_bytes(input_files.ENCRYPTED + bytes(2000)),
            "文件已加密，或者是2007年以前的旧格式",
        ),
        (swollen, "超过上限60 MB，或者与其标明的大小不符"),
        (lambda file: file.write_bytes(b"PK\x03\x04"), "不能作为Excel工作簿打开"),
    ],
)
def test_a_file_that_must_not_be_unpacked_is_refused_before(
    filled: Callable[[Change], Path], damage: Callable[[Path], None], says: str
) -> None:
    file = filled(lambda _: None)
    damage(file)
    with pytest.raises(InputError) as refused:
        sc.load(file)
    assert says in str(refused.value)


@pytest.mark.usefixtures("chinese")
def test_a_cell_far_outside_is_refused(filled: Callable[[Change], Path]) -> None:
    with pytest.raises(InputError, match="工作表“历年”延伸到XFD1048576"):
        sc.load(filled(lambda book: setattr(book["历年"]["XFD1048576"], "value", "x")))


@pytest.mark.usefixtures("chinese")
def test_a_formula_nobody_computed_is_told(filled: Callable[[Change], Path]) -> None:
    with pytest.raises(InputError, match=r"起点!B9: 单元格B9的公式没有计算结果"):
        sc.load(filled(lambda book: setattr(book["起点"]["B9"], "value", "=80+10")))
