"""What people hand over: numbers that only look like some, texts that are none, files without end."""

from __future__ import annotations

import errno
import io
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from villages import VILLAGE, copied

import simcounty as sc
from simcounty import units
from simcounty.calendar import date_of
from simcounty.errors import Findings, InputError, ScenarioError, SimcountyError
from simcounty.files.data import write_rows
from simcounty.input_files import csv_rows, number_of
from simcounty.proofing import read_tags


@pytest.mark.parametrize(
    "given", ["10²", "①", "1⁰", "5₀", "٣", "1_000", "1NaN", "nan", "1e999", "1 NAN/year"]
)
def test_what_only_looks_like_a_number_is_none(given: str) -> None:
    with pytest.raises(units.UnitError):
        units.convert(*(number := units.parse_number(given))[:1], number[1] or "Dmnl", "Dmnl")


def test_digits_of_a_chinese_keyboard_are_digits() -> None:
    assert units.parse_number("１，１００　亩／年") == (1100.0, "亩/年")


def test_a_raised_digit_behind_a_unit_is_its_power() -> None:
    assert units.convert(1.0, "m²", "m2") == 1.0


@pytest.mark.parametrize("unit", ["(" * 7 + "万人" + "^9)" * 7, "b" * 100_000, "m" + "*m" * 200, "NaN/year"])
def test_a_unit_without_end_is_refused_at_once(unit: str) -> None:
    began = time.process_time()
    with pytest.raises(units.UnitError):
        units.unit_of(unit)
    assert time.process_time() - began < 5


def test_tables_for_machines_take_plain_numbers_alone() -> None:
    assert number_of("-1.5e-3") == -0.0015
    assert np.isnan([number_of(each) for each in ("1_0", "²", "٣", "inf", "0x10", "", "1,000")]).all()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_of_a_table_may_end_as_on_any_system(end: str) -> None:
    assert csv_rows(end.join(["a,b", '"1', '2",3', ""])) == [(1, ["a", "b"]), (3, ["1\n2", "3"])]


def test_a_quotation_mark_that_is_never_closed_is_told_by_its_line() -> None:
    with pytest.raises(ScenarioError, match=r"line \d+: a cell is longer than 131,072 letters"):
        csv_rows('a,b\n"' + "1,2\n" * 50_000)


def changed(old: str, new: str) -> Callable[[Path], Path]:
    return lambda folder: copied(folder, {"plan.toml": (old, new)})


YEARS = 'years = [2020, 2035]\nheadline = ["urban_share", "rural_population"]'


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (f"years = [2020, {'9' * 5000}]", "not TOML"),
        (f"years = {'[' * 100_000}{']' * 100_000}", "nested"),
        ("years = [1e10, 2e10]", "years"),
        ('years = [2020, 2035]\nheadline = ["a\\u001b[31m"]', "holds U+001B"),
        ('years = [2020, 2035]\nheadline = ["a\\u202e"]', "holds U+202E"),
        (f'years = [2020, 2035]\nheadline = ["{"x" * 100_000}"]', "is not a variable"),
        ("years = [2020, 14000]", "more than 1,000,000 steps"),
    ],
)
def test_a_scenario_of_monsters_is_refused_in_a_few_words(tmp_path: Path, new: str, says: str) -> None:
    with pytest.raises(InputError) as refused:
        sc.simulate(sc.load(changed(YEARS, new)(tmp_path)), step=0.01)
    assert says in str(refused.value)
    assert len(str(refused.value)) < 5000


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000, "a\0b", "[ab]*?", "~nobody/x", "x/" * 2000])
def test_a_name_that_no_file_can_have_is_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    for read in (sc.load, sc.load_model, sc.proof, lambda each: sc.read_sources(panel=[Path(each)])):
        for suffix in (".toml", ".mdl", ".md", ".docx", ".xlsx", ".csv"):
            with pytest.raises(SimcountyError):
                read(str(tmp_path / f"{name}{suffix}"))
    quoted = name.replace("\0", "\\u0000")
    for key in ("county", "model", "policies", "data", "lever_paths", "tracked"):
        folder = tmp_path / key
        folder.mkdir()
        value = f'["{quoted}"]' if key in ("policies", "data") else f'"{quoted}"'
        plan = copied(folder)
        lines = [line for line in plan.read_text("utf-8").splitlines() if not line.startswith(f"{key} =")]
        plan.write_text("\n".join([f"{key} = {value}", *lines]), "utf-8")
        with pytest.raises(SimcountyError):
            sc.load(plan)


@pytest.mark.parametrize("name", ["village.mdl", "county.toml", "policy.toml", "plan.toml"])
def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused as the system would: the owner of a machine, who may read everything, sees it too."""
    plan, opened = copied(tmp_path), io.open

    def refuse(file: object, *given: object, **named: object) -> object:
        if isinstance(file, str | os.PathLike) and Path(file).name == name:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
        return opened(file, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(io, "open", refuse)  # by which a Path opens its file
    with pytest.raises(InputError, match=rf"{name}: .*cannot be read \({os.strerror(errno.EACCES)}\)"):
        sc.load(plan)


def test_a_message_neither_steers_the_terminal_nor_fills_the_screen() -> None:
    said = str(InputError("\x1b[31mred\x9b\u202e " + "9" * 100_000))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said) < 3000
    findings = Findings(f"line {i}: no" for i in range(100_000))
    with pytest.raises(InputError, match=r"… and 99,900 more") as refused:
        findings.raise_as(InputError, "table.csv:")
    assert len(str(refused.value)) < 5000


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    write_rows(tmp_path / "t.csv", ["=a", "b"], [["=HYPERLINK(1)", "-1.5"], ["@x", -1.5], ["+1+1", "公报"]])
    rows = [row for _, row in csv_rows((tmp_path / "t.csv").read_text("utf-8-sig"))]
    assert rows == [["'=a", "b"], ["'=HYPERLINK(1)", "-1.5"], ["'@x", "-1.5"], ["'+1+1", "公报"]]


@pytest.mark.parametrize(
    "line", ["{{" * 50_000, "<!--{{ " * 30_000, "1x" * 50_000 + "!{{a@2030 : b}}", "1{{a@2030 : b}}" * 3000]
)
def test_a_long_line_of_a_draft_is_read_in_one_pass(line: str) -> None:
    began = time.process_time()
    read_tags([line])
    assert time.process_time() - began < 5


def test_a_tag_in_a_comment_has_the_marks_of_the_comment() -> None:
    (tag,), bad = read_tags(["地区生产总值600亿元 <!-- {{gdp@2027 : tonglu/plan-2027}} --> 。"])
    assert (tag.text, tag.shown.text, tag.shown.unit) == (
        "<!-- {{gdp@2027 : tonglu/plan-2027}} -->", "600", "亿元",
    )  # fmt: skip
    assert not bad


def test_a_time_beyond_the_calendar_is_a_number() -> None:
    assert [date_of(time) for time in (-1.0, 1e10, float("nan"), 9998.0)] == ["-1", "1e+10", "nan", "9998"]


def test_netcdf_of_ours_is_read_by_others(tmp_path: Path) -> None:
    """The digest behind the data is passed over."""
    run = sc.simulate(sc.load(shutil.copytree(VILLAGE, tmp_path / "v") / "plan.toml"))
    again = xr.load_dataset(sc.save(run, tmp_path / "run.nc"))
    assert again.sizes == {each: run.sizes[each] for each in again.sizes}
