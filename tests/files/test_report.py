"""A report says what the run says: the same numbers, every lever, every assumption; set for a plan draft."""

from __future__ import annotations

import datetime
import hashlib
import io
import re
import runpy
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
import xarray as xr
from docx.oxml.ns import qn
from PIL import Image

import simcounty as sc
from simcounty.errors import InputError
from simcounty.files.docx import TEMPLATE
from simcounty.files.report import files_for, report

VILLAGE = Path(__file__).parents[1] / "village"
DAY = datetime.date(2025, 6, 30)
FILES = ("docx", "xlsx", "md")


@pytest.fixture(scope="module")
def plan() -> Any:
    return sc.load("tonglu/plan-2027")


@pytest.fixture(scope="module")
def run(plan: Any) -> xr.Dataset:
    return sc.simulate([plan.baseline, plan])


@pytest.fixture(scope="module")
def made(plan: Any, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """桐庐's report in every format."""
    folder = tmp_path_factory.mktemp("report")
    files = {kind: folder / f"tonglu.{kind}" for kind in FILES}
    report(plan, **files, date=DAY)
    return files


@pytest.fixture(scope="module")
def word(made: Mapping[str, Path]) -> Any:
    return docx.Document(str(made["docx"]))


@pytest.fixture(scope="module")
def book(made: Mapping[str, Path]) -> Any:
    return openpyxl.load_workbook(made["xlsx"])


def rows(sheet: Any) -> list[dict[str, Any]]:
    head, *others = sheet.iter_rows(values_only=True)
    return [dict(zip(head, cells, strict=True)) for cells in others]


def element(run: xr.Dataset, key: str) -> xr.DataArray:
    name, _, inside = key.partition("[")
    dims = [dim for dim in run[name].dims if dim not in ("scenario", "time")]
    chosen = inside.removesuffix("]").split(",") if inside else []
    return run[name].sel(dict(zip(dims, chosen, strict=True)))


@pytest.mark.parametrize("name", ["tonglu/plan-2027", "tonglu/plan-2027 baseline"])
def test_the_workbook_holds_every_series_of_the_run_unrounded(
    name: str, run: xr.Dataset, book: Any, tmp_path: Path
) -> None:
    saved = xr.load_dataset(sc.save(run, tmp_path / "run.nc"))

    def levels(key: str, years: Iterable[int]) -> Any:
        return element(saved, key).sel(scenario=name, time=list(years)).to_numpy()

    found = rows(book[name.replace("/", " ")])
    for row in found:
        key, years = row["变量名"], {year: row[year] for year in row if isinstance(year, int)}
        if row["口径"] == "全年":
            stock = element(saved, key).attrs["accumulator"]
            assert years.pop(2020) is None
            expected = levels(stock, years) - levels(stock, [year - 1 for year in years])
        else:
            expected = levels(key, years)
        assert list(years.values()) == pytest.approx(expected, rel=1e-15, abs=0.0), key
    inner = {"scenario", "time"}
    elements = sum(int(v.size / v.sizes["time"] / 2) for v in saved.values() if inner <= set(v.dims))
    assert len({row["变量名"] for row in found}) == len(found) == elements


def test_the_workbook_defines_every_series(book: Any) -> None:
    defined = {row["变量名"]: row for row in rows(book["变量定义"])}
    shown = {row["变量名"].partition("[")[0] for row in rows(book["tonglu plan-2027"])}
    assert shown <= defined.keys()
    assert defined["urbanisation_rate"]["指标"] == "常住人口城镇化率"
    assert defined["gdp"]["单位"] == "亿元/年"
    assert all(row["指标"] and row["类别"] for row in defined.values())


def test_verdicts_are_those_of_the_judge(plan: Any, run: xr.Dataset, book: Any, word: Any) -> None:
    verdict = sc.judge(run, plan.targets)
    told = {row["目标名"]: row for row in rows(book["目标评判"])}
    assert list(told) == [target.name for target in plan.targets]
    for name, row in told.items():
        found = verdict.sel(target=name).isel(scenario=-1)
        assert row["规划"] == pytest.approx(float(found.value), rel=1e-15)
        assert row["差距"] == pytest.approx(float(found.margin), rel=1e-12, abs=1e-15)
        assert row["结论"] == ("达到" if bool(found.met) else "未达到")
    board = {row.cells[0].text: [cell.text for cell in row.cells] for row in word.tables[1].rows}
    assert board["地区生产总值（现价）"][1:] == [
        "2027", "亿元", "563.0", "600.1", "≥ 600", "+0.1", "达到", "（二）",
    ]  # fmt: skip
    assert board["常住人口城镇化率"][2:7] == ["%", "73.72", "75.01", "≥ 75", "+0.01"]


def test_every_lever_is_listed_with_unit_clause_and_path(plan: Any, word: Any, book: Any) -> None:
    listed = {row.cells[0].text: [cell.text for cell in row.cells] for row in word.tables[3].rows[1:]}
    assert set(listed) == {plan.model.constants[key].label for key in plan.levers}
    path, clause = "2023-04-16：30\n2025-01-01：42.8", "杭州市 2023 征求意见稿 （七）"
    assert listed["平台投资计划"][1:7] == ["亿元/年", "30", path, "30 … 100", "求解", clause]
    points = {(row["变量名"], row["日期"]): row["取值"] for row in rows(book["政策杠杆"])}
    assert points["platform_investment_plan", "2025-01-01"] == 42.8
    assert len(points) == sum(len(setting.times) for setting in plan.levers.values())


def test_every_number_is_listed_with_what_it_rests_on(plan: Any, word: Any, book: Any) -> None:
    listed = {row["变量名"]: row for row in rows(book["输入与假设"])}
    given = {value.key: value for value in plan.county.values}
    assert listed.keys() == {each.key for each in plan.model.graph.constants if not each.about.hidden}
    for key, value in given.items():
        assert listed[key]["取值"] == pytest.approx(value.value, rel=1e-15)
        assert listed[key]["依据"] == value.basis
    assert all(row["依据"] or row["性质"] == "假设" for row in listed.values())
    told = {row.cells[0].text for table in word.tables[4:6] for row in table.rows}
    labels = {each.about.label for each in plan.model.graph.constants if not each.about.hidden}
    assert labels <= {text.partition("（")[0] for text in told} | told


def test_files_are_named_with_the_hash_that_anyone_can_compute(plan: Any, word: Any) -> None:
    listed = {row.cells[1].text: row.cells[2].text for row in word.tables[6].rows[1:]}
    named = (plan.path, plan.county.path, plan.county.observed, plan.model.path, plan.policies[0].path)
    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in named}


def test_every_table_has_three_lines(word: Any) -> None:
    style = word.styles["Three Lines"].element
    edges = style.find(qn("w:tblPr")).find(qn("w:tblBorders"))
    assert {each.tag.rpartition("}")[2]: int(each.get(qn("w:sz"))) for each in edges} == {
        "top": 12,
        "bottom": 12,
    }
    head = style.find(qn("w:tblStylePr"))
    assert head.get(qn("w:type")) == "firstRow"
    assert [int(each.get(qn("w:sz"))) for each in head.iter(qn("w:bottom"))] == [6]
    for table in word.tables:
        assert table.style.name == "Three Lines"
        assert table._tbl.tblPr.find(qn("w:tblLook")).get(qn("w:firstRow")) == "1"
        assert not [each for kind in ("tblBorders", "tcBorders") for each in table._tbl.iter(qn(f"w:{kind}"))]
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


def test_the_template_is_what_its_script_writes(tmp_path: Path) -> None:
    script = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "report_template.py"))
    script["write_template"](tmp_path / "template.docx")
    with zipfile.ZipFile(tmp_path / "template.docx") as made, zipfile.ZipFile(TEMPLATE) as shipped:
        for name in ("word/document.xml", "word/styles.xml"):
            assert made.read(name) == shipped.read(name)


def test_properties_of_tables_stand_in_the_order_that_word_insists_on(word: Any) -> None:
    tables = ["tblStyle", "tblW", "jc", "tblBorders", "tblLayout", "tblCellMar", "tblLook"]  # ISO/IEC 29500-1
    cells = ["tcW", "tcBorders", "vAlign"]
    for table in word.tables:
        for properties, order in ((table._tbl.tblPr, tables), (table.rows[0].cells[0]._tc.tcPr, cells)):
            names = [each.tag.rpartition("}")[2] for each in properties]
            assert names == [name for name in order if name in names]


def test_every_style_names_a_chinese_font(word: Any) -> None:
    used = {paragraph.style.name for paragraph in word.paragraphs}
    used |= {cell.paragraphs[0].style.name for table in word.tables for cell in table.rows[0].cells}
    assert {"Title", "Heading 1", "Caption", "Body Text", "Note", "Table Text"} <= used
    for name in used:
        fonts = word.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) in ("宋体", "黑体", "楷体"), name
        assert not [key for key in fonts.attrib if "Theme" in key]


def test_captions_are_numbered_by_fields_in_order(word: Any) -> None:
    captions = [each for each in word.paragraphs if each.style.name == "Caption"]
    for kind in ("表", "图"):
        own = [each for each in captions if each.text.startswith(kind)]
        fields = [re.findall(r"SEQ (.) ", "".join(each._p.itertext())) for each in own]
        shown = [re.match(rf"{kind} .*?(\d+)　", each.text) for each in own]
        assert fields == [[kind]] * len(own)
        assert [int(each[1]) for each in shown if each] == list(range(1, len(own) + 1))
    assert len(captions) == len(word.tables) + len(word.inline_shapes)


def test_pictures_stand_in_the_text_unscaled_at_300_dots_an_inch(word: Any) -> None:
    assert len(word.inline_shapes) == 2
    for shape in word.inline_shapes:
        part = word.part.related_parts[shape._inline.graphic.graphicData.pic.blipFill.blip.embed]
        pixels = Image.open(io.BytesIO(part.blob)).size[0]
        assert pixels / shape.width.inches == pytest.approx(300, rel=0.01)
        assert shape.width.cm <= 15.61


def test_a_source_note_stands_below_every_picture_and_table_of_results(word: Any) -> None:
    notes = [each.text for each in word.paragraphs if each.style.name == "Note"]
    sourced = [each for each in notes if "资料来源：simcounty" in each]
    assert len(sourced) == 4
    assert all("情景 tonglu/plan-2027" in each for each in sourced)
    assert any("实测值：" in each and "2016年杭州市人口主要数据 (杭州市统计局)" in each for each in notes)


def test_the_text_says_what_is_missed_and_by_how_much(word: Any) -> None:
    text = "\n".join(each.text for each in word.paragraphs)
    assert "模型评判的目标共6项：规划情景下达到5项，未达到1项；其中1项在基线下也能达到。" in text
    assert "桐庐经济技术开发区总产值（口径不明）2027年为1197亿元，与目标（> 1300亿元）相差103亿元，见" in text
    assert "余量极小（不足目标值的1%）的目标：地区生产总值（现价）（600.1亿元，目标≥ 600亿元）" in text
    assert "一般预算兑付率（≥ 0.995）最不利为2020年的1.0000，规划满足，基线满足" in text
    assert "欠款占地区生产总值比重（≤ 0.01）最不利为2030年的0.00724，规划满足，基线满足" in text


def test_the_word_file_says_what_it_is(word: Any) -> None:
    about = word.core_properties
    assert (about.title, about.author) == ("桐庐：县城城镇化方案（至2027年）测算报告", "simcounty")
    assert about.created.date() == DAY


def test_markdown_shows_its_pictures(made: Mapping[str, Path]) -> None:
    text = made["md"].read_text("utf-8")
    shown = re.findall(r"!\[[^]]*\]\(([^)]*)\)", text)
    assert shown == ["tonglu-figures/figure-1.png", "tonglu-figures/figure-2.png"]
    for each in shown:
        with Image.open(made["md"].parent / each) as picture:
            assert picture.size[0] > 1800
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert "| 平台债务 | 亿元 | " in "\n".join(tables)


def test_the_same_scenario_and_date_give_the_same_bytes(tmp_path: Path) -> None:
    village = sc.load(VILLAGE / "plan.toml")
    first, second, other = (
        {kind: tmp_path / name / f"r.{kind}" for kind in FILES} for name in ("one", "two", "three")
    )
    report(village, **first, date=DAY)
    report(village, **second, date=DAY)
    report(village, **other, date=datetime.date(2025, 7, 1))
    for kind in FILES:
        assert first[kind].read_bytes() == second[kind].read_bytes()
        assert first[kind].read_bytes() != other[kind].read_bytes()
    with zipfile.ZipFile(first["docx"]) as one, zipfile.ZipFile(other["docx"]) as another:
        differ = {name for name in one.namelist() if one.read(name) != another.read(name)}
    assert differ == {"word/document.xml", "docProps/core.xml"}


def test_a_report_may_be_in_english_and_of_several_scenarios(tmp_path: Path) -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    other = plan.replace(reward=500)
    twin = other.__class__(**{**other.__dict__, "name": "village/poor", "title": "小村省钱规划"})
    files = {kind: tmp_path / f"r.{kind}" for kind in FILES}
    report([plan, twin], **files, lang="en", date=DAY)
    text = files["md"].read_text("utf-8")
    assert text.startswith("# 2 scenarios: a report")
    for words in (
        "## 1 Scenarios",
        "## 3 小村省钱规划",
        "### 2 Targets",
        "## Annex 1 Settings of the levers",
    ):
        assert words in text, words
    assert re.search(r"\| Scenario 1 \| 小村规划 \| 小村 \| \d of 2 \|", text)
    verdicts = [
        sc.judge(sc.simulate(each), each.targets).sel(target="spending-2030") for each in (plan, twin)
    ]
    told = [f"{float(each.value):.2f} ({'met' if bool(each.met) else 'missed'})" for each in verdicts]
    assert f"| spending | 万元 | ≤ 20 | {' | '.join(told)} |".replace("spending", "奖励支出") in text
    sheets = openpyxl.load_workbook(files["xlsx"]).sheetnames
    assert sheets[:2] == ["Contents", "Verdicts"]
    assert {"village plan", "village poor", "village poor baseline"} <= set(sheets)


def test_a_baseline_is_told_of_without_a_baseline(tmp_path: Path) -> None:
    files = {kind: tmp_path / f"r.{kind}" for kind in FILES}
    report(sc.load(VILLAGE / "plan.toml").baseline, **files, date=DAY)
    text = files["md"].read_text("utf-8")
    assert "没有设定政策杠杆。" in text
    assert "年差额" not in text
    assert len(docx.Document(str(files["docx"])).inline_shapes) == 1


def test_everything_that_stands_in_the_way_of_a_report_is_said_at_once(tmp_path: Path) -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    (tmp_path / "taken.xlsx").mkdir()
    given = {"docx": tmp_path / "r.doc", "xlsx": tmp_path / "taken.xlsx", "md": None}
    with pytest.raises(InputError) as refused:
        files_for([plan, plan], given, "fr")
    said = str(refused.value)
    for words in (
        "stands twice",
        "lang = 'fr': choose one of en, zh",
        "r.doc: such a file ends in .docx",
        "taken.xlsx: cannot be written (it is a folder)",
    ):
        assert words in said, said
    with pytest.raises(InputError, match="no scenario to report on"):
        report([], md=tmp_path / "r.md")
    with pytest.raises(InputError, match="nothing to write"):
        report(plan)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["taken.xlsx"]


def test_a_report_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no room")

    file = tmp_path / "r.docx"
    file.write_bytes(b"mine")
    monkeypatch.setattr("simcounty.files.docx.undated", fail)
    with pytest.raises(RuntimeError):
        report(sc.load(VILLAGE / "plan.toml"), docx=file)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"mine"]
