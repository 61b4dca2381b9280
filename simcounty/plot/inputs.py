"""What figures of inputs share: which are drawn, what they are called, which scenarios have a panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcounty.errors import InputError, did_you_mean
from simcounty.plot.panels import source
from simcounty.plot.text import number
from simcounty.units import in_chinese

if TYPE_CHECKING:
    import xarray as xr

MOST = 12  # inputs a panel
METHODS = {
    "sobol": "Sobol 方差分解",
    "morris": "Morris 筛选",
    "factorial": "全因子设计的主效应",
    "spearman": "Spearman 秩相关",
}


def cells(indices: xr.Dataset, target: str, scenario: str | None = None) -> list[xr.Dataset]:
    """Return what is known of a target in each scenario that has it, or in the one named."""
    for name, given in (("target", target), ("scenario", scenario)):
        known = [str(each) for each in indices[name].values]
        if given is not None and given not in known:
            raise InputError(
                f"no {name} is called {given}; choose among {', '.join(known)}.{did_you_mean(given, known)}"
            )
    chosen = indices.sel(target=target)
    names = [scenario] if scenario else list(chosen.scenario.values)
    found = [chosen.sel(scenario=name) for name in names]
    return [each for each in found if str(each.operator.item())]


def label(indices: xr.Dataset, key: str) -> str:
    """Return what an input is called in Chinese, without its unit."""
    return str(indices.input_label.sel(input=key).item()) or key


def heading(cell: xr.Dataset) -> str:
    """Return the title of a target's figure: its label, year and clause."""
    year = f"，{int(cell.year)} 年" if np.isfinite(cell.year) else ""
    clause = str(cell.clause.item())
    space = "" if not clause or clause.startswith("（") else " "
    return f"{cell.label.item() or cell.target.item()}{year}{space}{clause}"


def unit(cell: xr.Dataset) -> str:
    """Return the unit of a target in Chinese."""
    return in_chinese(str(cell.unit.item())) or "无量纲"


def note(indices: xr.Dataset, shown: list[xr.Dataset], *said: str) -> str:
    """Say what the numbers are and what they rest on."""
    attrs, names = indices.attrs, [str(cell.scenario.item()) for cell in shown]
    dropped = int(indices.dropped.sel(scenario=names).sum())
    told = [*said, f"{METHODS[attrs['method']]}，{number(attrs['finished'])} 组，设计 {attrs['design']}"]
    told += [f"因失败弃用 {number(dropped)} 组"] if dropped else []
    return f"{'；'.join(filter(None, told))}。{source(indices, names)}"
