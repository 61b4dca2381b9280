"""A county and its scenario as a planner fills them into a workbook, read into the shapes of TOML files.

The sheets 历年, 政策 and 跟踪 are read where CSV files of these are; here are those that TOML files hold.
What is wrong becomes a finding with its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simcounty import catalog, toml_files
from simcounty.accounts.census import CENSUS_YEAR
from simcounty.errors import Findings, ScenarioError, Spot, did_you_mean
from simcounty.input_files import is_file
from simcounty.language import findings as texts
from simcounty.language import said
from simcounty.model.names import once
from simcounty.scenario.county import CountyShape, ValueShape
from simcounty.scenario.county_accounts import AccountShape
from simcounty.scenario.distributions import DISTRIBUTIONS
from simcounty.scenario.scenario import ScenarioShape
from simcounty.scenario.target import TargetShape
from simcounty.scenario.uncertainty import UncertaintyShape
from simcounty.tables import InputRow, read_table, sourced_year, year_of
from simcounty.units import UnitError, parse_number

BASICS, START, TARGETS, SPREADS = "概况", "起点", "目标", "不确定性"
ITEMS = {
    "title": "县（市、区）", "code": "代码", "prefecture": "市（州）", "province": "省份", "name": "简称",
    "areas": "所属分组", "start": "起点年份", "scenario": "情景名称", "first": "模拟起始年份",
    "last": "模拟终止年份", "policies": "政策文件", "headline": "关注变量", "constants": "其他设定",
    "model": "模型文件",
}  # fmt: skip
"""The items of the sheet 概况 by the key of a TOML file; several rows may bear the name of one of `LISTS`."""

LISTS = ("areas", "policies", "headline", "constants")
NEEDED = ("title", "scenario", "first", "last")
FAR = 2100  # a run to here holds the dates of all plans
ACCOUNTS, VALUES = "一、统计数据（按公布口径填写）", "二、模型起点值（掌握实际数据的才填写）"
START_COLUMNS = ("name", "value", "unit", "year", "basis", "kind")
TARGET_COLUMNS = ("name", "variable", "year", "operator", "goal", "unit", "measure")
NUMBERS = ("low", "mode", "high", "mean", "sd", "median")
PLAIN = ("factor", "alpha", "beta")
SEVERAL = ("values", "weights")
SPREAD_COLUMNS = ("variable", "distribution", *NUMBERS, *PLAIN, *SEVERAL, "unit", "kind", "basis")
BASES = {
    "有来源": "source", "由本县数据推导": "derived", "参照推算": "imputed", "校准": "calibrated",
    "假设": "assumption",
}  # fmt: skip
OPERATORS = {
    "不低于": ">=", "不高于": "<=", "高于": ">", "低于": "<", "等于": "=", "约为": "~", "介于": "between",
    "逐年下降": "decreasing",
}  # fmt: skip
MEASURES = {"年末": "at", "全年": "year"}
DISTRIBUTION_NAMES = {texts()[f"distribution.{name}"]["zh"]: name for name in DISTRIBUTIONS}
BETWEEN = re.compile(r"[—–~～至]+|(?<=[\d%])-")
COMMAS = re.compile(r"[,，、;；]\s*")

Rows = dict[tuple[str, ...], Spot]
Basics = Mapping[str, list[InputRow]]
"""The rows of the sheet 概况 by item; of lists those that are filled in."""


def read_county(path: Path, findings: Findings) -> CountyShape:
    """Read a county from a workbook into its shape."""
    basics, rows = _basics(path, findings), Rows()
    accounts, values = _starting_values(path, rows, findings)
    rows |= {(key,): row for key in ("code", "start") for row in basics[key]}
    return CountyShape(
        title=_content(basics, "title"),
        name=_content(basics, "name"),
        code=_content(basics, "code"),
        prefecture=_content(basics, "prefecture"),
        province=_content(basics, "province"),
        areas=_contents(basics, "areas"),
        start=_year(path, basics, "start", findings),
        model=_model(path, basics, findings),
        observed=path.name,
        accounts=accounts,
        values=values,
        uncertainties=_uncertainties(path, rows, findings),
    ).read_from(rows)


def read_scenario(path: Path, findings: Findings) -> ScenarioShape:
    """Read a scenario from a workbook into its shape.

    In place of years that cannot be read stand such as hide nothing else that is wrong.
    """
    basics, rows = _basics(path, findings), Rows()
    start = _year(path, basics, "start", Findings()) or CENSUS_YEAR
    first = _year(path, basics, "first", findings) or start
    last = _year(path, basics, "last", findings) or FAR
    for row in basics["first"]:
        rows["years",] = row
    rows |= {("headline", row.text("content")): row for row in basics["headline"]}
    return ScenarioShape(
        title=_content(basics, "scenario"),
        county=path.name,
        model=_model(path, basics, findings),
        policies=list(_policies(path, basics, findings)),
        years=[float(first), float(last)],
        headline=_contents(basics, "headline"),
        tracked=path.name,
        lever_paths=path.name,
        constants=dict(_constants(path, basics, rows, findings)),
        target=list(_targets(path, rows, findings)),
    ).read_from(rows)


def _basics(path: Path, findings: Findings) -> Basics:
    found: dict[str, list[InputRow]] = {key: [] for key in ITEMS}
    keys = {item: key for key, item in ITEMS.items()}
    table = read_table(path, BASICS, ("item", "content"), findings)
    for row in table.rows if table else ():
        with findings.at(path, row.of("item")):
            item = row.text("item")
            if item not in keys:
                raise ScenarioError(said("book.basic", name=item, guess=did_you_mean(item, keys)))
            rows = found[keys[item]]
            if rows and keys[item] not in LISTS:
                raise ScenarioError(said("name.repeated", key=item))
            rows += [row] if row.text("content") or keys[item] not in LISTS else []
    for key in NEEDED if table else ():
        if not _content(found, key):
            where = found[key][0].of("content") if found[key] else BASICS
            findings.append(f"{path}: {where}: {said('book.basics', name=ITEMS[key])}")
    return found


def _content(basics: Basics, key: str) -> str:
    return "".join(_contents(basics, key)[:1])


def _contents(basics: Basics, key: str) -> list[str]:
    return [row.text("content") for row in basics[key] if row.text("content")]


def _year(path: Path, basics: Basics, key: str, findings: Findings) -> int | None:
    """Return the year of an item; None where there is none, or, with a finding, one that cannot be read."""
    years = []
    for row in basics[key] if _content(basics, key) else ():
        with findings.at(path, row.of("content")):
            years.append(year_of(row, "content"))
    return years[0] if years else None


def _model(path: Path, basics: Basics, findings: Findings) -> str:
    """Return the model file that is named, by default the shipped model of a county."""
    for row in basics["model"]:
        if not (name := row.text("content")):
            continue
        if is_file(toml_files.beside(path, name)):
            return name
        findings.append(f"{path}: {row.of('content')}: {said('book.model', name=name)}")
    return str(catalog.find(catalog.MODEL, "county"))


def _policies(path: Path, basics: Basics, findings: Findings) -> Iterator[str]:
    """Yield the files of policies, which go by title, by shipped name, or by a path beside the workbook."""
    files = catalog.names(catalog.POLICY)
    titles = catalog.titles(catalog.POLICY)
    for row in basics["policies"]:
        name = row.text("content")
        with findings.at(path, row.of("content")):
            if is_file(toml_files.beside(path, name)):
                yield name
            elif titles.get(name, name) in files:
                yield str(files[titles.get(name, name)])
            else:
                about = {"names": "；".join(titles), "guess": did_you_mean(name, titles)}
                raise ScenarioError(said("book.policy", name=name, **about))


def _constants(path: Path, basics: Basics, rows: Rows, findings: Findings) -> Iterator[tuple[str, str]]:
    """Yield the constants that a scenario sets from its start: 名称=数值."""
    for row in basics["constants"]:
        with findings.at(path, row.of("content")):
            text = row.text("content").replace("＝", "=")
            name, _, value = map(str.strip, text.partition("="))
            if not (name and value):
                raise ScenarioError(said("book.constant", given=text))
            rows["constants", name] = row
            yield name, value


def _starting_values(
    path: Path, rows: Rows, findings: Findings
) -> tuple[dict[str, list[AccountShape]], dict[str, ValueShape]]:
    """Return the accounts and the values that are filled in; blank rows are left to the rule."""
    accounts: dict[str, list[AccountShape]] = {}
    values: dict[str, ValueShape] = {}
    part = ""
    table = read_table(path, START, START_COLUMNS, findings)
    for row in table.rows if table else ():
        name = row.text("name")
        if name in (ACCOUNTS, VALUES):
            part = name
            continue
        with findings.at(path, row, *([name] if name else [])):
            if not _is_filled(row, part):
                continue
            if part == ACCOUNTS:
                figure = _account(row)
                accounts.setdefault(name, []).append(figure)
                rows["accounts", name, str(figure.year)] = row
            else:
                once(name, values)
                values[name] = _value(row)
                rows["values", name] = row
    return accounts, values


def _is_filled(row: InputRow, part: str) -> bool:
    """Return whether a row gives a number; raise ScenarioError where it gives anything else alone."""
    if not row.text("value"):
        if any(row.text(each) for each in ("year", "basis", "kind")):
            raise ScenarioError(said("book.value_absent"), "value")
        return False
    if not row.text("name"):
        raise ScenarioError(said("book.name_absent"), "name")
    if not part:
        raise ScenarioError(said("book.part", names="；".join((ACCOUNTS, VALUES))), "name")
    parse_number(row.text("value"))
    return True


def _account(row: InputRow) -> AccountShape:
    year = sourced_year(row, "basis")
    value = row.text("value")
    return AccountShape(value=value, year=year, unit=row.unit(value), source=row.text("basis"))


def _value(row: InputRow) -> ValueShape:
    if not row.text("basis"):
        raise ScenarioError(said("book.basis_absent"), "basis")
    return ValueShape(
        value=row.text("value"),
        unit=row.unit(row.text("value")),
        year=year_of(row) if row.text("year") else None,
        confidence=row.text("confidence"),
        **{_choice(row, "kind", BASES): row.text("basis")},
    )


def _choice(row: InputRow, column: str, choices: Mapping[str, str]) -> str:
    """Return the key of what was chosen from a list; raise ScenarioError for anything else."""
    given = row.text(column)
    if given not in choices:
        about = {"names": "、".join(choices), "guess": did_you_mean(given, choices)}
        raise ScenarioError(said("book.choice" if given else "book.chosen", given=given, **about), column)
    return choices[given]


def _targets(path: Path, rows: Rows, findings: Findings) -> Iterator[TargetShape]:
    table = read_table(path, TARGETS, TARGET_COLUMNS, findings)
    seen = set[str]()
    for row in table.rows if table else ():
        name = row.text("name")
        with findings.at(path, row, *([name] if name else [])):
            if not name:
                raise ScenarioError(said("target.nameless"), "name")
            once(name, seen)
            seen.add(name)
            target = _target(row)
            rows["target", name] = row
            yield target


def _target(row: InputRow) -> TargetShape:
    operator, goal = _choice(row, "operator", OPERATORS), BETWEEN.split(row.text("goal"))
    if not row.text("variable"):
        raise ScenarioError(said("target.unread"), "variable")
    if not row.text("goal") and operator != OPERATORS["逐年下降"]:
        raise ScenarioError(said("target.goalless"), "goal")
    unit = row.unit(*goal) if row.text("goal") else row.text("unit")
    about = {"name": row.text("name"), "variable": row.text("variable"), "unit": unit}
    chosen = {"operator": operator, "measure": _choice(row, "measure", MEASURES)}
    given = {"goal": goal if len(goal) > 1 else goal[0]} if row.text("goal") else {}
    return TargetShape.model_validate(
        {**about, **chosen, **given, "wording": row.text("name"), "year": year_of(row)}
    )


def _uncertainties(path: Path, rows: Rows, findings: Findings) -> dict[str, UncertaintyShape]:
    found: dict[str, UncertaintyShape] = {}
    table = read_table(path, SPREADS, SPREAD_COLUMNS, findings)
    for row in table.rows if table else ():
        name = row.text("variable")
        with findings.at(path, row, *([name] if name else [])):
            if not name:
                raise ScenarioError(said("book.name_absent"), "name")
            once(name, found)
            found[name] = _uncertainty(row)
            rows["uncertainties", name] = row
    return found


def _uncertainty(row: InputRow) -> UncertaintyShape:
    if not row.text("basis"):
        raise ScenarioError(said("book.basis_absent"), "basis")
    kinds = {name: key for name, key in BASES.items() if key in ("source", "assumption")}
    given: dict[str, Any] = {"distribution": _choice(row, "distribution", DISTRIBUTION_NAMES)}
    given |= {name: row.text(name) for name in NUMBERS if _number(row, name) is not None}
    given |= {name: number for name in PLAIN if (number := _number(row, name)) is not None}
    given |= {name: COMMAS.split(row.text(name)) for name in SEVERAL if row.text(name)}
    if "weights" in given:
        given["weights"] = [parse_number(each)[0] for each in COMMAS.split(row.text("weights"))]
    basis = {_choice(row, "kind", kinds): row.text("basis")}
    numbers = [row.text(name) for name in NUMBERS if name in given]
    unit = row.unit(*numbers, *given.get("values", ()))
    return UncertaintyShape.model_validate({**given, **basis, "unit": unit})


def _number(row: InputRow, column: str) -> float | None:
    """Return the number of a cell; None where it is blank."""
    try:
        return parse_number(row.text(column))[0] if row.text(column) else None
    except UnitError as error:
        raise ScenarioError(str(error), column) from None
