"""Runs held against what came as files: a row a figure; in a workbook also the measures of every group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.atomic import atomic_write, writable_file, writable_folder
from simcounty.files.data import write_netcdf, write_rows
from simcounty.files.panel import check_suffix
from simcounty.files.workbook import Cell, SheetColumn, Worksheet, save_workbook
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.scores import check_records, scores_record

if TYPE_CHECKING:
    import xarray as xr

CHECK: Mapping[str, tuple[str, float]] = {
    "code": ("代码 (code)", 10),
    "name": ("名称 (name)", 14),
    "province": ("省份 (province)", 14),
    "year": ("年份 (year)", 10),
    "variable": ("变量 (variable)", 24),
    "label": ("指标 (label)", 26),
    "unit": ("单位 (unit)", 10),
    "simulated": ("仿真值 (simulated)", 16),
    "actual": ("实际值 (actual)", 16),
    "error": ("误差 (error)", 14),
}
"""The columns of the check table: their headings, and how wide they are in characters."""

GROUP: Mapping[str, tuple[str, float]] = {
    "label": ("指标 (label)", 26),
    "year": ("年份 (year)", 10),
    "kind": ("分组 (group_kind)", 18),
    "name": ("组别 (group)", 18),
    "counties": ("县数 (counties)", 10),
    "rule": ("预测规则 (rule)", 24),
}
ZH = Messages(Language.zh)


def writable_scores(paths: Sequence[Path]) -> list[Path]:
    """Return the files to write, each of a known suffix and in a folder that can be written."""
    files = [check_suffix(path) for path in paths]
    for file in files:
        writable_file(file)
    return files


def save_scores(found: xr.Dataset, path: Path) -> Path:
    """Write what `score` gives to a file (.csv, .xlsx or .nc), completely or not at all."""
    suffix = check_suffix(path).suffix.lower()
    if suffix == ".xlsx":
        return save_workbook(path, [_check_sheet(found), _score_sheet(found)])
    with atomic_write(path) as part:
        if suffix == ".nc":
            write_netcdf(found, part)
        else:
            write_rows(part, _headings(found), _check_rows(found))
    return path


def save_score_figures(found: xr.Dataset, folder: Path, width: str = "full") -> list[Path]:
    """Write the figure of runs against what came."""
    from simcounty.files.figure import save_figures
    from simcounty.plot.hindcast import FEW, scores

    names = found.name.values.tolist()
    name = "-".join(names) if len(names) <= FEW else f"{len(names)}"
    return save_figures(scores(found, width=width), writable_folder(folder), f"score-{name}")


def _rules(found: xr.Dataset) -> list[str]:
    return [rule for rule in found.rule.values.tolist() if rule != "model"]


def _headings(found: xr.Dataset) -> list[str]:
    return [
        *(heading for heading, _ in CHECK.values()),
        *(f"{ZH(f'rule_{rule}')} ({rule})" for rule in _rules(found)),
    ]


def _check_rows(found: xr.Dataset) -> Iterator[list[Cell]]:
    """Yield the row of every check; errors of amounts are fractions of what came, of percentages points."""
    for each in check_records(found):
        yield [*(each[key] for key in CHECK), *(each["naive"][rule] for rule in _rules(found))]


def _check_sheet(found: xr.Dataset) -> Worksheet:
    widths = [*(width for _, width in CHECK.values()), *(24.0 for _ in _rules(found))]
    columns = [SheetColumn(*each) for each in zip(_headings(found), widths, strict=True)]
    return Worksheet("历史检验", columns, list(_check_rows(found)), fixed=2)


def _score_sheet(found: xr.Dataset) -> Worksheet:
    measures = found.measure.values.tolist()
    columns = [
        *(SheetColumn(*each) for each in GROUP.values()),
        *(SheetColumn(each, 18) for each in measures),
    ]
    rows: list[list[Cell]] = []
    for outcome in scores_record(found)["outcomes"]:
        for score in outcome["scores"]:
            for rule, own in score["rules"].items():
                about = {**outcome, **score, "rule": ZH(f"rule_{rule}")}
                rows.append([*(about[key] for key in GROUP), *(own[measure] for measure in measures)])
    return Worksheet("评分", columns, rows, fixed=1)
