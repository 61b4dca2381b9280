"""The workbook of a scenario and its county, in Chinese, for planners to fill in.

Read by `scenario/workbook.py`, it gives the same scenario: what files give is filled in, what the rule makes
stands beside it in grey.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from simcounty import catalog
from simcounty.calendar import date_of, time_of
from simcounty.errors import Findings, InputError
from simcounty.files.starting_sheet import called, plain, starting_sheet
from simcounty.files.workbook import Cell, SheetColumn, Worksheet, save_workbook
from simcounty.scenario import County, LeverPath, Scenario, county, lever_path, load_policy, target
from simcounty.scenario.county import CountyShape
from simcounty.scenario.distributions import Distribution, described
from simcounty.scenario.load import read_county
from simcounty.scenario.policy import Lever
from simcounty.scenario.save import own_lever_paths
from simcounty.scenario.uncertainty import UncertaintyShape
from simcounty.scenario.workbook import (
    BASES,
    BASICS,
    DISTRIBUTION_NAMES,
    ITEMS,
    MEASURES,
    NUMBERS,
    OPERATORS,
    SPREAD_COLUMNS,
    SPREADS,
    TARGET_COLUMNS,
    TARGETS,
)
from simcounty.tables import HEADINGS, read_table
from simcounty.units import in_chinese, parse_number

VARIABLES = "变量"
TAKEN_OVER = "沿用随软件提供的桐庐县的设定"
WIDTHS = {
    "name": 26, "note": 30, "clause": 34, "source": 40, "basis": 30, "lever": 26, "variable": 28,
    "target": 30, "item": 16, "content": 40, "goal": 10, "label": 30,
}  # fmt: skip
PLAIN_WIDTH, DATE_WIDTH = 10, 9
BESIDE = ("label", "clause")
HINTS = {
    "code": "六位行政区划代码，用于调用人口普查和县域统计数据",
    "start": "起点值所属年份（年末）",
    "first": "与起点年份相同",
    "policies": "政策文件名称，或工作簿旁的文件名；一行一个，可增加行",
    "headline": "图表中首先显示的变量；一行一个，可增加行",
    "constants": "名称=数值；一行一个",
}
ABOUT = (
    "本工作簿供规划人员填写。填好后保存，在所在文件夹运行：simcounty run 本文件名。",
    "概况：县（市、区）、模拟年份和所依据的政策文件。",
    "起点：第一部分按统计公报、决算报告等公布的口径填写统计数据，须写年份和来源；",
    "　　　灰色列为已知的最近数值和公布于何处。填写后，起点值按规则由这些数据推算。",
    "　　　第二部分为模型的全部起点值，灰色列为现有数值。不填即采用现有数值；",
    "　　　填写的须写来源或依据，并选择类别。",
    "历年：实测数据，一行一个数，须写来源，用于与模拟结果对照。",
    "政策：一行一个政策杠杆，一列一个日期（2025即2025年1月1日，也可写2023-07-01）。",
    "　　　空格表示该日期没有设定；首个日期之前为原值，两个日期之间按直线变化，最后一个日期之后保持不变。",
    "　　　整行空白：不采用该杠杆，或按条款已定的数值执行。可增加日期列，也可增加行（写名称和单位）。",
    "目标：本县自定的目标。政策文件中的目标自动纳入评判，不必重填。介于两数之间的写作60—65。",
    "不确定性：批量模拟时变动的变量及其分布；各参数与所选分布对应，须写来源或依据。",
    "跟踪：模型不计算的目标，由人填报；数值空白即尚无数据，事项类填“完成”或“未完成”。",
    "变量：模型的全部变量，供查名称和单位。",
    "表名和标题请勿改动；灰底的列不会被读取。",
    "单位可改为能换算的单位，如人、万人、亿元、亩、%，也可写在数值后面。",
    "名称、单位、年份或取值有误时，运行时一次列出全部所在单元格。",
)


def save_template(scenario: Scenario, path: Path) -> Path:
    """Write the workbook of a scenario; read in place of the scenario's files, it gives the same scenario.

    Raises InputError for correlated uncertainties of the county: no sheet holds them.

    >>> save_template(plan, Path("mine.xlsx")).name
    'mine.xlsx'
    """
    shape = _county_shape(scenario.county)
    if shape.correlated:
        raise InputError(f"{path}: correlated uncertainties have no place in a workbook. Copy TOML files.")
    about = Worksheet("说明", [SheetColumn(f"{scenario.title}：填写说明", 78)], [[row] for row in ABOUT])
    return save_workbook(path, [
        about,
        _sheet(BASICS, ("item", "content", "note"), list(_basics(scenario, shape, path))),
        starting_sheet(scenario, shape),
        _observed(scenario),
        _levers(scenario),
        _targets(scenario),
        _spreads(scenario, shape),
        _sheet(target.SHEET, (*target.COLUMNS, "label", "clause"), list(_tracked(scenario))),
        _sheet(VARIABLES, ("name", "unit"), list(_variables(scenario))),
    ])  # fmt: skip


def _sheet(name: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Worksheet:
    return Worksheet(name, [_column(each) for each in columns], rows)


def _column(name: str, beside: Collection[str] = BESIDE) -> SheetColumn:
    """Return a column; those `beside` others are for the reader, in grey."""
    grey = name in beside and name != "note"
    return SheetColumn(HEADINGS.get(name, name), WIDTHS.get(name, PLAIN_WIDTH), grey=grey)


def _county_shape(made: County) -> CountyShape:
    """Return what a county's file gives, or the file of one that the rule made in memory."""
    if made.path is not None:
        findings = Findings()
        shape = read_county(made.path, findings)
        findings.raise_as(InputError, f"{made.path}: cannot be read:")
        assert shape is not None, "what cannot be read has findings"
        return shape
    behaviour = made.uncertain.each.keys() - {value.key for value in made.values}
    return CountyShape(
        title=made.title,
        code=made.code,
        prefecture=made.prefecture,
        province=made.province,
        start=made.start,
        uncertainties={key: _taken(made.uncertain.each[key].distribution) for key in sorted(behaviour)},
    )


def _taken(distribution: Distribution) -> UncertaintyShape:
    """Return a distribution of the model's behaviour that a new county takes from the template."""
    given = described(distribution)
    lists = {name: list(value) for name, value in given.items() if isinstance(value, tuple) and value}
    return UncertaintyShape.model_validate({**given, **lists, "assumption": TAKEN_OVER})


def _basics(scenario: Scenario, shape: CountyShape, book: Path) -> Iterator[list[Cell]]:
    model = scenario.model
    set_to = [f"{called(model, key)}={value!r}" for key, value in scenario.constants.items()]
    given: dict[str, Sequence[Cell]] = {
        "title": [shape.title], "code": [shape.code], "prefecture": [shape.prefecture],
        "province": [shape.province], "name": [shape.name], "areas": shape.areas, "start": [shape.start],
        "scenario": [scenario.title], "first": [scenario.years.start], "last": [scenario.years.end],
        "policies": [_policy(each.path, each.title, book) for each in scenario.policies] or [""],
        "headline": [called(model, key) for key in scenario.headline],
        "constants": set_to,
        "model": [] if catalog.ships(catalog.MODEL, model.path) else [_beside(model.path, book)],
    }  # fmt: skip
    for key, item in ITEMS.items():
        yield from ([item, each, HINTS.get(key)] for each in given[key])


def _policy(path: Path, title: str, book: Path) -> str:
    return title if catalog.ships(catalog.POLICY, path) else _beside(path, book)


def _beside(path: Path, book: Path) -> str:
    return Path(os.path.relpath(path, book.parent)).as_posix()


def _observed(scenario: Scenario) -> Worksheet:
    columns, rows = _raw(scenario.county.observed, county.SHEET)
    names = tuple(dict.fromkeys([*county.COLUMNS, *columns]))
    kept = [[_observation(scenario, name, row.get(name) or "") for name in names] for row in rows]
    return _sheet(county.SHEET, names, kept)


def _observation(scenario: Scenario, column: str, text: str) -> Cell:
    if column == "variable":
        return called(scenario.model, text)
    return in_chinese(text) if column == "unit" else plain(text) if column in ("year", "value") else text


def _levers(scenario: Scenario) -> Worksheet:
    """Return the sheet of levers: a row for each that a clause or scenario names, a column for each date."""
    own, clauses = own_lever_paths(scenario), _clauses(scenario)
    keys = list(dict.fromkeys([*clauses, *scenario.levers]))
    dates = _dates(scenario, keys, own.values())
    limits = [scenario.limits(key) for key in keys]
    head = (*lever_path.NEEDED, "clause", "low", "high", *lever_path.READ, "note")
    return Worksheet(
        lever_path.SHEET,
        [*(_column(each, lever_path.BESIDE) for each in head), *map(_date, dates)],
        [_lever(scenario, key, clauses.get(key), own.get(key), dates) for key in keys],
        allowed={
            row: (each.low, each.high)
            for row, each in enumerate(limits)
            if each.low is not None and each.high is not None
        },
        entered=(len(head), len(head) + len(dates) - 1),
    )  # fmt: skip


def _date(day: str) -> SheetColumn:
    return SheetColumn(int(day) if day.isdecimal() else day, DATE_WIDTH)


def _clauses(scenario: Scenario) -> dict[str, Lever]:
    """Return the levers of the scenario's clauses; of one without policies those of all that are shipped."""
    if scenario.policies or not catalog.ships(catalog.MODEL, scenario.model.path):
        return dict(scenario.clause_levers)
    shipped = (load_policy(name, scenario.model) for name in catalog.names(catalog.POLICY))
    levers = (lever for policy in shipped for lever in policy.levers)
    meant = (each for each in levers if scenario.county.is_meant_by(each.scope))
    return {each.key: each for each in meant}


def _dates(scenario: Scenario, keys: Iterable[str], paths: Iterable[LeverPath]) -> list[str]:
    """Return the headings of dates: every year of the run, and every other day on which a lever is set."""
    years = [str(year) for year in range(int(scenario.years.start) + 1, int(scenario.years.end) + 1)]
    first = {time_of(year) for year in years}
    begins = {scenario.starts(key) for key in keys if scenario.policies}
    days = {date_of(time) for time in begins | {time for each in paths for time in each.times}}
    return sorted([*years, *(day for day in days if time_of(day) not in first)], key=time_of)


def _lever(
    scenario: Scenario, key: str, lever: Lever | None, own: LeverPath | None, dates: Iterable[str]
) -> list[Cell]:
    constant, limits = scenario.model.constants[key], scenario.limits(key)
    setting = lever.setting if lever and scenario.policies else None
    fixed = f"条款定为{setting:g}" if setting is not None else ""
    points = {date_of(time): value for time, value in zip(own.times, own.values, strict=True)} if own else {}
    default = own.default if own and own.default is not None else constant.value
    clause, solved = lever.clause if lever else "", "是" if own and own.solved else ""
    name, unit = called(scenario.model, key), in_chinese(constant.unit)
    about = [name, unit, clause, limits.low, limits.high, solved, default, fixed]
    return [*about, *(points.get(date_of(time_of(date))) for date in dates)]


def _targets(scenario: Scenario) -> Worksheet:
    operators, measures = ({key: name for name, key in each.items()} for each in (OPERATORS, MEASURES))
    rows: list[list[Cell]] = []
    for each in scenario.own_targets:
        goal = each.goal if each.up_to is None else f"{each.goal!r}—{each.up_to!r}"
        about: list[Cell] = [each.name, called(scenario.model, each.variable), each.year]
        rows.append([*about, operators[each.operator], goal, in_chinese(each.unit), measures[each.measure]])
    places = {name: TARGET_COLUMNS.index(name) for name in ("operator", "measure")}
    lists = {places["operator"]: list(OPERATORS), places["measure"]: list(MEASURES)}
    return Worksheet(TARGETS, [_column(each) for each in TARGET_COLUMNS], rows, choices=lists)


def _spreads(scenario: Scenario, shape: CountyShape) -> Worksheet:
    kinds = {key: name for name, key in BASES.items() if key in ("source", "assumption")}
    names = {key: name for name, key in DISTRIBUTION_NAMES.items()}
    rows = []
    for key, each in shape.uncertainties.items():
        cells: dict[str, Cell] = {name: _parameter(getattr(each, name, None)) for name in SPREAD_COLUMNS}
        cells |= {
            "variable": called(scenario.model, key), "distribution": names[each.distribution],
            "unit": _unit(each, scenario.model.constants[scenario.model.key_of(key)].unit),
            "basis": each.source or each.assumption,
            "kind": kinds["source" if each.source else "assumption"],
        }  # fmt: skip
        rows.append([cells[name] for name in SPREAD_COLUMNS])
    lists = {"distribution": list(DISTRIBUTION_NAMES), "kind": list(kinds.values())}
    columns = [_column(each) for each in SPREAD_COLUMNS]
    places = {SPREAD_COLUMNS.index(name): each for name, each in lists.items()}
    return Worksheet(SPREADS, columns, rows, choices=places)


def _unit(given: UncertaintyShape, own: str) -> str:
    """Return the unit of a distribution's numbers, by default the constant's own; none where they bear it."""
    numbers = [each for name in NUMBERS if (each := getattr(given, name)) is not None]
    bearing = any(parse_number(each)[1] for each in (*numbers, *(given.values or ())))
    return "" if bearing else in_chinese(given.unit or own)


def _parameter(given: str | float | list[float] | list[str | float] | None) -> Cell:
    if isinstance(given, list):
        return "；".join(map(str, given))
    return None if given is None else plain(given)


def _tracked(scenario: Scenario) -> Iterator[list[Cell]]:
    """Yield the tracked values, then a row to fill in for each other target that no model computes."""
    known = {each.target for each in scenario.tracked}
    named = _target_names(scenario)
    about: dict[str, list[Cell]] = {
        each.name: [each.label, f"{each.document} {each.clause}"] for each in scenario.all_targets
    }
    units = {each.name: in_chinese(each.unit) for each in scenario.all_targets}
    done = {meaning: text for text, meaning in target.DONE.items()}
    for each in scenario.tracked:
        value = each.value if each.done is None else done[each.done]
        yield [named[each.target], each.year, value, units[each.target], each.source, *about[each.target]]
    for left in scenario.all_targets:
        if left.kind not in target.COMPUTED and left.name not in known:
            yield [named[left.name], left.year, None, units[left.name], None, *about[left.name]]


def _target_names(scenario: Scenario) -> dict[str, str]:
    """Return what each target is called that no other is: its label, with its year, else its name."""
    found = {}
    for each in scenario.all_targets:
        names = (each.label, f"{each.label}-{each.year}", each.name)
        found[each.name] = next(
            name
            for name in names
            if target.target_names([name], scenario.all_targets, Findings()) == [each.name]
        )
    return found


def _raw(path: Path | None, sheet: str) -> tuple[Sequence[str], list[dict[str, str | None]]]:
    """Return the columns and rows of a table, unconverted."""
    table = read_table(path, sheet, (), Findings()) if path else None
    return (table.columns, [dict(row.cells) for row in table.rows]) if table else ((), [])


def _variables(scenario: Scenario) -> Iterator[list[Cell]]:
    elements = (each for own in scenario.model.variables.values() for each in own if not each.about.hidden)
    return ([called(scenario.model, each.key), in_chinese(each.unit)] for each in elements)
