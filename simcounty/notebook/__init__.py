"""Exploring a scenario in a notebook: sliders for its levers, verdicts and trajectories that follow."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets as w

from simcounty.errors import Findings, InputError, SimcountyError
from simcounty.notebook.views import (
    MISSED,
    AdjustableLever,
    View,
    adjusted,
    extremes,
    levers_of,
    variables_of,
    view_of,
)
from simcounty.presentation.formatting import exact
from simcounty.scenario import Scenario, save_scenario
from simcounty.scenario.save import new_file

__all__ = ["Explorer", "explore"]

SIDE, WIDE = "300px", "760px"


@dataclass(frozen=True, eq=False)
class Explorer:
    """What a notebook shows of a scenario that is explored: its widgets.

    sliders: one a lever, in the unit it shows. table: verdicts. picture: trajectories.
    reset: puts all sliders back. name, save: where a file goes, and what writes it. message: errors, and
    what was saved.
    """

    base: Scenario
    levers: tuple[AdjustableLever, ...]
    sliders: Mapping[str, w.FloatSlider]
    table: w.HTML
    picture: w.Image
    reset: w.Button
    name: w.Text
    save: w.Button
    message: w.HTML
    box: w.Widget

    @property
    def scenario(self) -> Scenario:
        """The scenario with its levers at the values of the sliders."""
        return adjusted(self.base, self.levers, {key: each.value for key, each in self.sliders.items()})

    @property
    def settings(self) -> tuple[str, ...]:
        """What was moved, as `--set` takes it: 生态搬迁=3000@2023-04-16:2025-01-01."""
        places = ((each, self.sliders[each.key].value) for each in self.levers)
        return tuple(each.setting_to(value) for each, value in places if each.is_moved(value))

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return self.box._repr_mimebundle_(**how)


def explore(
    scenario: Scenario,
    levers: Sequence[str] | None = None,
    variables: Sequence[str] | None = None,
    backend: str = "compiled",
) -> Explorer:
    """Show a scenario with sliders for its levers; its verdicts and trajectories follow as they move.

    `levers` are by default those the plan sets where its clauses leave them open, else all that they leave
    open; of a model by itself the first twelve of its constants that have a range (a constant without one
    may be named, and goes from nought to twice its value). `variables` are the first six of the headline.
    What is on the screen is `.scenario`, and is saved as a file that `simcounty run` takes. The figure holds
    baseline, plan and what is set now. The compiled equations, built once for a model, give the same bits as
    the others.
    Raise InputError, all findings at once, for levers and variables that are none, or have no range.

    >>> import simcounty as sc
    >>> explorer = sc.explore(sc.load("tonglu/plan-2027"), ["ecological_relocation"], backend="interpreted")
    >>> explorer.sliders["ecological_relocation"].value = 0.0
    >>> explorer.scenario.levers["ecological_relocation"].final
    0.0
    """
    findings = Findings()
    chosen = levers_of(scenario, levers, findings)
    keys = variables_of(scenario, variables, findings)
    findings.raise_as(InputError, f"{scenario.name}: cannot be explored:")
    explorer = _widgets(scenario, chosen)
    _connect(explorer, view_of(scenario, keys, extremes(scenario, chosen), backend))
    return explorer


def _connect(explorer: Explorer, view: View) -> None:
    """Let table and picture follow the sliders, and the buttons do what they say."""
    paused: list[bool] = []  # not empty while many sliders move at once

    def follow(_: Any = None, afresh: bool = False) -> None:
        if paused:
            return
        try:
            explorer.table.value, explorer.picture.value = view(explorer.scenario, afresh)
            explorer.message.value = "".join(map(_as_code, explorer.settings))
        except SimcountyError as error:
            explorer.message.value = _warning(error)

    def reset(_: Any) -> None:
        paused.append(True)
        for lever in explorer.levers:
            explorer.sliders[lever.key].value = lever.initial
        paused.clear()
        follow(afresh=True)

    def save(_: Any) -> None:
        try:
            title = f"{explorer.base.title}（调整）"
            file = new_file(Path(explorer.name.value.strip()))
            saved = save_scenario(dataclasses.replace(explorer.scenario, title=title), file)
            explorer.message.value = f"已存为 <code>{html.escape(str(saved))}</code>。"
        except SimcountyError as error:
            explorer.message.value = _warning(error)

    for slider in explorer.sliders.values():
        slider.observe(follow, names="value")
    explorer.reset.on_click(reset)
    explorer.save.on_click(save)
    follow()


def _as_code(text: str) -> str:
    return f'<div style="font-size:11px"><code>{html.escape(text)}</code></div>'


def _warning(error: SimcountyError) -> str:
    return f'<pre style="white-space:pre-wrap;color:{MISSED}">{html.escape(str(error))}</pre>'


def _widgets(scenario: Scenario, levers: tuple[AdjustableLever, ...]) -> Explorer:
    sliders = {lever.key: _slider(lever) for lever in levers}
    table, message = w.HTML(), w.HTML()
    picture = w.Image(format="jpeg", layout=w.Layout(width=WIDE))
    reset = w.Button(description="复原", icon="undo", layout=w.Layout(width="80px"))
    name = w.Text(value="mine.toml", layout=w.Layout(width="130px"))
    save = w.Button(description="存为情景", icon="save", layout=w.Layout(width="100px"))
    handles = [w.VBox([_heading(lever), sliders[lever.key]]) for lever in levers]
    left = w.VBox([*handles, reset, w.HBox([name, save]), message], layout=w.Layout(width=SIDE))
    box = w.HBox([left, w.VBox([table, picture])])
    return Explorer(scenario, levers, sliders, table, picture, reset, name, save, message, box)


def _heading(lever: AdjustableLever) -> w.HTML:
    unit = f"（{lever.shown_in.unit}）" if lever.shown_in.unit else ""
    about = f"{html.escape(lever.clause)}　{exact(lever.low)} 至 {exact(lever.high)}"
    return w.HTML(
        f'<div title="{html.escape(lever.key)}" style="line-height:1.3">'
        f"<b>{html.escape(lever.label)}</b>{unit}"
        f'<br><span style="font-size:11px;opacity:.7">{about}</span></div>'
    )


def _slider(lever: AdjustableLever) -> w.FloatSlider:
    return w.FloatSlider(
        value=lever.initial,
        min=lever.low,
        max=lever.high,
        step=lever.step,
        readout_format=f",.{lever.digits}f",
        layout=w.Layout(width="95%"),
    )
