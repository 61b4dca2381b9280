"""Trajectories that follow a run at once: what stays is drawn once, the lines that move each time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.transforms import BboxTransformTo
from PIL import Image

from simcounty.plot.panels import lay_out
from simcounty.plot.style import styled
from simcounty.plot.time_series import needed_for, runs_by_key, trajectories
from simcounty.plot.years import panel_of

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

    from simcounty.scenario import Target

MARGIN = 0.05  # of an axis, beyond the lines it is meant to hold
ROOM = 0.3  # of an axis: what is added beyond a line that leaves it, so that it seldom does

Limits = tuple[float, float]


class LiveTrajectories:
    """Trajectories whose last scenario moves.

    The axes hold every run of `extremes` from the first, so that they stay; an axis that a line leaves all
    the same widens, and keeps its limits until it is to begin afresh.

    >>> LiveTrajectories(run, ["gdp"]).draw(run)[6:10]
    b'JFIF'
    """

    def __init__(
        self,
        dataset: xr.Dataset,
        keys: Sequence[str],
        targets: Iterable[Target] = (),
        extremes: xr.Dataset | None = None,
    ) -> None:
        goals, moving = list(targets), dataset.sizes["scenario"] - 1
        self.figure = trajectories(dataset, keys, goals)
        self.canvas: Any = self.figure.canvas
        self.needed = needed_for(dataset, keys)
        self.factors = {
            key: panel_of(key, run, goals).factor
            for key, run in runs_by_key(dataset[self.needed], keys).items()
        }
        self.cells = dict(zip(keys, self.figure.axes, strict=True))
        self.lines = {key: axes.lines[moving] for key, axes in self.cells.items()}
        self.above = [artist for axes in self.figure.axes for artist in _above(axes, moving)]
        for key, values in self._values(dataset if extremes is None else extremes).items():
            self.cells[key].set_ylim(_holding(self.cells[key].get_ylim(), values, MARGIN))
            self.lines[key].set_animated(True)
        self.first = {key: axes.get_ylim() for key, axes in self.cells.items()}
        with styled():
            lay_out(self.figure)
        self.background = self._still()

    def draw(self, run: xr.Dataset, afresh: bool = False) -> bytes:
        """Draw the last scenario of a run; return the figure as a JPEG.

        If `afresh`, the axes begin anew.
        """
        moved = {key: values[-1] for key, values in self._values(run).items()}
        wanted = {
            key: _holding(self.first[key] if afresh else axes.get_ylim(), moved[key], ROOM)
            for key, axes in self.cells.items()
        }
        changed = {
            self.cells[key]: each for key, each in wanted.items() if each != self.cells[key].get_ylim()
        }
        self.canvas.restore_region(self.background)
        if changed:
            _repaint(self.canvas, changed)
            self.background = self._still()
        for key, line in self.lines.items():
            line.set_ydata(moved[key])
            self.cells[key].draw_artist(line)
        for artist in self.above:
            artist.axes.draw_artist(artist)
        return _jpeg(self.canvas)

    def _still(self) -> Any:
        """Return what is on the canvas but for the lines that move."""
        return self.canvas.copy_from_bbox(self.figure.bbox)

    def _values(self, run: xr.Dataset) -> dict[str, Any]:
        series = runs_by_key(run[self.needed], list(self.factors))
        return {key: self.factors[key] * each.values for key, each in series.items()}


def _above(axes: Axes, moving: int) -> list[Any]:
    """Return what covers the lines of a panel: marks of targets, and text."""
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


def _jpeg(canvas: Any) -> bytes:
    """Return what is on a canvas, packed for a screen: PNG would take a seventh of a slider's time."""
    shown = io.BytesIO()
    colours = np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
    Image.fromarray(colours).save(shown, format="jpeg", quality=95, subsampling=0)
    return shown.getvalue()
