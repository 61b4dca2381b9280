"""Fan charts: what futures hold in the middle and at their edges, year by year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simcounty.errors import InputError
from simcounty.plot.panels import source_text
from simcounty.plot.style import INK, Stroke, strokes
from simcounty.plot.years import Chart, ChartPanel, draw_chart, history_of, panel_of, reading_note
from simcounty.sweeps.futures import error_of, is_draw, observations_of, scenarios_of
from simcounty.sweeps.probabilities import bands

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from simcounty.scenario import Observation, Target

MOST_FANS = 3  # scenarios: more bands than that cannot be told apart
BANDS = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.32))  # from, to, opacity


def fan(
    futures: xr.Dataset,
    keys: Sequence[str],
    scenario: str | Sequence[str] = (),
    targets: Iterable[Target] = (),
    title: str = "",
    width: str = "full",
    observed: Iterable[Observation] = (),
) -> Figure:
    """Draw a panel a variable: the median of the futures, and the bands that hold 50 and 90 % of them.

    Every scenario of the sweep, or those named, at most three. A flow that a stock accumulates is drawn as
    its total of each year. `width` is "full" or "half", of the text on an A4 page. History reaches back ten
    years; figures published since the start that the futures were brought to are marked too.

    >>> fan(futures, ["gdp"], targets=plan.targets).savefig("fan.png")
    """
    names = [scenario] if isinstance(scenario, str) else list(scenario) or scenarios_of(futures)
    if len(names) > MOST_FANS:
        raise InputError(f"{len(names)} scenarios are too many for a fan. Choose at most {MOST_FANS}.")
    goals, looks = dict.fromkeys(targets, ""), _strokes(len(names))
    known = {(each.variable, each.year): each for each in (*observations_of(futures), *observed)}
    quantiles = bands(futures, keys, names)
    chart = Chart(
        panels=[panel_of(key, quantiles[key], goals) for key in keys],
        names=names,
        strokes=looks,
        goals=goals,
        history=history_of(known.values(), keys, float(futures.time[0])),
        title=title,
        note=_note(futures, names),
        width=width,
    )
    return draw_chart(chart, _draw_bands, _key(names, looks))


def _draw_bands(axes: Axes, panel: ChartPanel, looks: Sequence[Stroke]) -> None:
    """Draw the bands and medians of the scenarios, the first on top."""
    axes.set_axisbelow(True)
    for stroke, quantiles in reversed(list(zip(looks, panel.series, strict=True))):
        for low, high, opacity in BANDS:
            ends = (quantiles.sel(quantile=low), quantiles.sel(quantile=high))
            axes.fill_between(quantiles.time, *ends, color=stroke["color"], alpha=opacity, linewidth=0)
        axes.plot(quantiles.time, quantiles.sel(quantile=0.5), **stroke)


def _strokes(count: int) -> list[Stroke]:
    """Return a stroke for each scenario: solid for the first, dashed for the second."""
    second, first, *others = strokes(max(count, 2))
    return [first, second, *others][:count]


def _key(names: Sequence[str], looks: Sequence[Stroke]) -> list[Artist]:
    median = " 中位数" if len(names) == 1 else ""
    lines: list[Artist] = [
        Line2D([], [], label=f"{name}{median}", **look) for name, look in zip(names, looks, strict=True)
    ]
    return lines + [
        Patch(color=INK, alpha=opacity, linewidth=0, label=f"{100 * low:g}–{100 * high:g} %")
        for low, high, opacity in BANDS
    ]


def _note(futures: xr.Dataset, names: Sequence[str]) -> str:
    """Return what the bands are made of: how many members, by which design, without which runs."""
    design, unfinished = futures.attrs["design"], futures.attrs["unfinished"]
    counted, failed = int(is_draw(futures).sum()), int(futures.failed.sel(scenario=names).sum())
    is_grid = error_of(design) == "grid"
    parts = [
        "线为中位数，色带为 5–95 % 与 25–75 % 分位",
        f"{counted:,} 个网格点（设计 {design}），不是概率"
        if is_grid
        else f"{counted:,} 组抽样，设计 {design}",
    ]
    brought = len(observations_of(futures))
    parts += [f"已按起点后公布的 {brought} 个实测数校正"] if brought else []
    parts += [f"未计失败的 {failed:,} 次运行"] if failed else []
    parts += [f"尚有 {unfinished:,} 组未运行"] if unfinished else []
    return f"{'；'.join(parts)}。{reading_note(futures)}{source_text(futures, names)}"
