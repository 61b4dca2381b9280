"""Trajectories that follow a run at once: what stands still is drawn once, the lines that move each time."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.transforms import BboxTransformTo
from PIL import Image

from simcounty.plot.panels import lay_out
from simcounty.plot.style import styled
from simcounty.plot.trajectories import drawn_from, runs_by_key, trajectories
from simcounty.plot.years import panel

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.scenario import Observation, Target

MARGIN = 0.05  # of an axis, beyond the lines it is meant to hold
ROOM = 0.3  # of an axis: what is added beyond a line that leaves it, so that it seldom does

Limits = tuple[float, float]
Show = Callable[["xr.Dataset", bool], bytes]
"""Takes a run with the dim `scenario`, whose last one moves, and whether the axes are to begin afresh."""


def live(
    dataset: xr.Dataset,
    keys: Sequence[str],
    targets: Iterable[Target] = (),
    observed: Iterable[Observation] = (),
    reach: xr.Dataset | None = None,
) -> Show:
    """Draw trajectories whose last scenario moves; return what draws them with another run of it, as a JPEG.

    The axes hold every run of `reach` from the first, so that they stand still; an axis that a line leaves
    all the same widens, and keeps that until it is to begin afresh.

    >>> live(run, ["gdp"])(run, False)[6:10]
    b'JFIF'
    """
    asked, moving = list(targets), dataset.sizes["scenario"] - 1
    figure = trajectories(dataset, keys, asked, observed)
    canvas: Any = figure.canvas
    needed = drawn_from(dataset, keys)
    factors = {key: panel(key, run, asked).factor for key, run in runs_by_key(dataset[needed], keys).items()}
    cells = dict(zip(keys, figure.axes, strict=True))
    lines = {key: axes.lines[moving] for key, axes in cells.items()}
    above = [artist for axes in figure.axes for artist in _above(axes, moving)]

    def values(run: xr.Dataset) -> dict[str, Any]:
        return {key: factors[key] * each.values for key, each in runs_by_key(run[needed], keys).items()}

    for key, each in values(reach if reach is not None else dataset).items():
        cells[key].set_ylim(_holding(cells[key].get_ylim(), each, MARGIN))
        lines[key].set_animated(True)
    first = {key: axes.get_ylim() for key, axes in cells.items()}
    with styled():
        lay_out(figure)
    still = [canvas.copy_from_bbox(figure.bbox)]  # the canvas without what moves

    def show(run: xr.Dataset, afresh: bool = False) -> bytes:
        moved = {key: each[-1] for key, each in values(run).items()}
        wanted = {
            key: _holding(first[key] if afresh else axes.get_ylim(), moved[key], ROOM)
            for key, axes in cells.items()
        }
        canvas.restore_region(still[0])
        if changed := {cells[key]: each for key, each in wanted.items() if each != cells[key].get_ylim()}:
            _repaint(canvas, changed)
            still[0] = canvas.copy_from_bbox(figure.bbox)
        for key, line in lines.items():
            line.set_ydata(moved[key])
            cells[key].draw_artist(line)
        for artist in above:
            artist.axes.draw_artist(artist)
        return _packed(canvas)

    return show


def _above(axes: Axes, moving: int) -> list[Any]:
    """Return what lies on the lines of a panel: marks of targets, what was observed, and words."""
    marks = [line for line in axes.lines[moving + 1 :] if line.zorder > Line2D.zorder]
    return marks + [text for text in axes.texts if isinstance(text, Annotation)]


def _holding(limits: Limits, values: Any, room: float) -> Limits:
    """Return limits that hold values too; where they must widen, with some room beyond.

    >>> _holding((0.0, 10.0), np.array([5.0, 15.0]), 0.2)
    (0.0, 18.0)
    """
    (low, high), known = limits, np.asarray(values)[np.isfinite(values)]
    least, most = min(low, known.min(initial=low)), max(high, known.max(initial=high))
    more = room * (most - least)
    return float(least - more * (least < low)), float(most + more * (most > high))


def _repaint(canvas: Any, changed: Mapping[Axes, Limits]) -> None:
    """Give panels other limits, and draw them anew on a canvas that holds the rest."""
    renderer = canvas.get_renderer()
    with styled():
        for axes, limits in changed.items():
            covered = axes.get_tightbbox(renderer)
            axes.set_ylim(limits)
            if covered is not None:
                blank = renderer.new_gc()
                blank.set_linewidth(0)
                place = BboxTransformTo(covered.padded(2))
                renderer.draw_path(blank, Path.unit_rectangle(), place, axes.figure.get_facecolor())
            axes.draw(renderer)


def _packed(canvas: Any) -> bytes:
    """Return what is on a canvas, packed for a screen: PNG would take a seventh of a slider's time."""
    shown = io.BytesIO()
    colours = np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
    Image.fromarray(colours).save(shown, format="jpeg", quality=95, subsampling=0)
    return shown.getvalue()
