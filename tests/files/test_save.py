"""What is saved can be opened elsewhere, is complete, and never half-written."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
import xarray as xr

from simcounty.atomic import atomic_write
from simcounty.errors import InputError
from simcounty.files import WRITERS, save


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_netcdf_gives_back_the_very_dataset(run: xr.Dataset, tmp_path: Path) -> None:
    with xr.open_dataset(save(run, tmp_path / "run.nc")) as back:
        assert back.identical(run)


def test_netcdf_holds_chinese_names(run: xr.Dataset, tmp_path: Path) -> None:
    chinese = run.rename(people="人口", age="年龄")
    with xr.open_dataset(save(chinese, tmp_path / "run.nc")) as back:
        assert back.identical(chinese)


def test_netcdf_holds_what_has_no_length(run: xr.Dataset, tmp_path: Path) -> None:
    empty = run.isel(age=slice(0, 0))
    with xr.open_dataset(save(empty, tmp_path / "run.nc")) as back:
        assert back.sizes["age"] == 0
        assert back.gdp.identical(empty.gdp)


def test_netcdf_keeps_a_variable_with_a_slash_in_its_name(run: xr.Dataset, tmp_path: Path) -> None:
    with xr.open_dataset(save(run.rename(people="men/women"), tmp_path / "run.nc")) as back:
        assert "men∕women" in back


def test_csv_opens_in_chinese_excel(run: xr.Dataset, tmp_path: Path) -> None:
    path = save(run, tmp_path / "run.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "地区生产总值" in path.read_text(encoding="utf-8-sig")


def test_csv_heads_columns_with_label_unit_and_key(run: xr.Dataset, tmp_path: Path) -> None:
    head = list(rows(save(run, tmp_path / "run.csv"))[0])
    assert head[:2] == ["情景 (scenario)", "年份 [year] (time)"]
    assert head[3:] == [
        "累计地区生产总值 [YiYuan] (cumulative_gdp)",
        "人口（young） [person] (people[young])",
        "人口（old） [person] (people[old])",
    ]


def test_csv_has_one_row_a_year_and_scenario(run: xr.Dataset, tmp_path: Path) -> None:
    found = rows(save(run, tmp_path / "run.csv"))
    lines = [(row["情景 (scenario)"], row["年份 [year] (time)"]) for row in found]
    assert lines == [(name, str(year)) for name in ("基线", "规划") for year in range(2020, 2024)]


def test_csv_gives_a_flow_as_its_total_of_the_calendar_year(run: xr.Dataset, tmp_path: Path) -> None:
    found = [row["地区生产总值（全年） [YiYuan] (gdp)"] for row in rows(save(run, tmp_path / "run.csv"))]
    assert found == ["", "100.0", "100.0", "100.0", "", "120.0", "120.0", "120.0"]


def test_csv_of_a_single_run_has_no_scenario_column(run: xr.Dataset, tmp_path: Path) -> None:
    single = run.isel(scenario=1, drop=True)
    found = rows(save(single, tmp_path / "run.csv"))
    assert [row["累计地区生产总值 [YiYuan] (cumulative_gdp)"] for row in found] == [
        "0.0",
        "120.0",
        "240.0",
        "360.0",
    ]


def test_csv_begins_with_the_headline_then_stocks_then_auxiliaries_and_ends_with_constants(
    run: xr.Dataset, tmp_path: Path
) -> None:
    kinds = {"gdp": "constant", "cumulative_gdp": "auxiliary", "people": "stock"}
    for key, kind in kinds.items():
        run[key].attrs["kind"] = kind
    run = run.assign(rate=run.gdp.assign_attrs(kind="auxiliary")).assign_attrs(headline='["rate", "gone"]')
    head = list(rows(save(run, tmp_path / "run.csv"))[0])
    found = dict.fromkeys(column.rpartition("(")[2].rstrip(")").partition("[")[0] for column in head)
    assert list(found) == ["scenario", "time", "rate", "people", "cumulative_gdp", "gdp"]


def test_csv_heading_is_never_a_formula(run: xr.Dataset, tmp_path: Path) -> None:
    run["people"].attrs["long_name"] = "=HYPERLINK(1)"
    assert "'=HYPERLINK(1)（young） [person] (people[young])" in rows(save(run, tmp_path / "run.csv"))[0]


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_format_writes_a_file_and_leaves_nothing_beside_it(
    run: xr.Dataset, tmp_path: Path, suffix: str
) -> None:
    assert save(run, tmp_path / "new" / f"run{suffix}").stat().st_size > 0
    assert os.listdir(tmp_path / "new") == [f"run{suffix}"]


@pytest.mark.parametrize("name", ["run.cvs", "run", "run.xyz"])
def test_an_unknown_suffix_lists_the_known_ones(run: xr.Dataset, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"Choose one of \.csv, \.nc"):
        save(run, tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_a_place_that_cannot_be_written_is_named(run: xr.Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"run\.nc: cannot be written"):
        save(run, tmp_path / "file" / "run.nc")


def test_a_new_file_has_the_usual_permissions(run: xr.Dataset, tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    assert save(run, tmp_path / "run.csv").stat().st_mode == usual.stat().st_mode


def test_a_failed_write_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(path) as part:  # noqa: PT012 - the point is to fail half-way
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["run.csv"]
