"""Exploring a scenario in a notebook: sliders for its levers, verdicts and trajectories that follow."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from simcounty.errors import Findings, InputError, SimcountyError
from simcounty.notebook.levers import Lever
from simcounty.notebook.views import MISSED, View
from simcounty.scenario import Scenario, save_scenario
from simcounty.scenario.save import new_file

if TYPE_CHECKING:
    import ipywidgets


__all__ = ["Explorer", "explore"]


@dataclass(frozen=True, eq=False)
class Explorer:
    """What a notebook shows of a scenario that is explored: its widgets.

    sliders: one a lever, in the unit it shows. table: verdicts. picture: trajectories.
    reset: puts all sliders back. name, save: where a file goes, and what writes it. said: messages.
    """

    base: Scenario
    sliders: Mapping[str, ipywidgets.FloatSlider]
    table: ipywidgets.HTML
    picture: ipywidgets.Image
    reset: ipywidgets.Button
    name: ipywidgets.Text
    save: ipywidgets.Button
    said: ipywidgets.HTML
    box: ipywidgets.Widget
    levers: tuple[Any, ...]

    @property
    def scenario(self) -> Scenario:
        """The scenario with its levers where the sliders stand."""
        from simcounty.notebook.levers import moved

        return moved(self.base, self.levers, {key: each.value for key, each in self.sliders.items()})

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
    open; `variables` the first six of the headline. What is on the screen is `.scenario`, and is saved as a
    file that `simcounty run` takes. The figure holds baseline, plan and what is set now. The compiled
    equations, built once for a model, give the same bits as the others.
    Raises InputError, all findings at once, for levers and variables that are none, or have no range.

    >>> import simcounty as sc
    >>> board = sc.explore(sc.load("tonglu/plan-2027"), ["ecological_relocation"], backend="interpreted")
    >>> board.sliders["ecological_relocation"].value = 0.0
    >>> board.scenario.levers["ecological_relocation"].final
    0.0
    """
    from simcounty.notebook import explorer
    from simcounty.notebook.levers import ends, levers_of
    from simcounty.notebook.views import variables_of, view

    findings = Findings()
    chosen = levers_of(scenario, levers, findings)
    keys = variables_of(scenario, variables, findings)
    findings.raise_as(InputError, f"{scenario.name}: cannot be explored:")
    return explorer(scenario, chosen, view(scenario, keys, ends(scenario, chosen), backend))


SIDE, WIDE = "300px", "760px"


def explorer(scenario: Scenario, levers: Sequence[Lever], view: View) -> Explorer:
    """Return widgets for levers, joined to what shows where they stand."""
    made = _widgets(scenario, levers)
    still: list[bool] = []  # not empty while many sliders move at once

    def follow(_: Any = None, afresh: bool = False) -> None:
        if still:
            return
        try:
            made.table.value, made.picture.value = view(made.scenario, afresh)
            made.said.value = ""
        except SimcountyError as error:
            made.said.value = _warning(error)

    def back(_: Any) -> None:
        still.append(True)
        for lever in levers:
            made.sliders[lever.key].value = lever.begins
        still.clear()
        follow(afresh=True)

    def keep(_: Any) -> None:
        try:
            named = dataclasses.replace(made.scenario, title=f"{scenario.title}（调整）")
            made.said.value = f"已存为 <code>{html.escape(str(_saved(named, made.name.value)))}</code>。"
        except SimcountyError as error:
            made.said.value = _warning(error)

    for slider in made.sliders.values():
        slider.observe(follow, names="value")
    made.reset.on_click(back)
    made.save.on_click(keep)
    follow()
    return made


def _saved(scenario: Scenario, name: str) -> Path:
    return save_scenario(scenario, new_file(Path(name.strip())))


def _warning(error: SimcountyError) -> str:
    return f'<pre style="white-space:pre-wrap;color:{MISSED}">{html.escape(str(error))}</pre>'


def _widgets(scenario: Scenario, levers: Sequence[Lever]) -> Explorer:
    sliders = {lever.key: _slider(lever) for lever in levers}
    table, said = w.HTML(), w.HTML()
    picture = w.Image(format="jpeg", layout=w.Layout(width=WIDE))
    reset = w.Button(description="复原", icon="undo", layout=w.Layout(width="80px"))
    name = w.Text(value="mine.toml", layout=w.Layout(width="130px"))
    save = w.Button(description="存为情景", icon="save", layout=w.Layout(width="100px"))
    handles = [w.VBox([_heading(lever), sliders[lever.key]]) for lever in levers]
    left = w.VBox([*handles, reset, w.HBox([name, save]), said], layout=w.Layout(width=SIDE))
    box = w.HBox([left, w.VBox([table, picture])])
    return Explorer(
        *(scenario, sliders, table, picture, reset, name, save, said, box),
        levers=tuple(levers),
    )


def _heading(lever: Lever) -> w.HTML:
    unit = f"（{lever.style.unit}）" if lever.style.unit else ""
    ends = f"{lever.low:,.6g} 至 {lever.high:,.6g}"
    return w.HTML(
        f'<div title="{html.escape(lever.key)}" style="line-height:1.3">'
        f"<b>{html.escape(lever.label)}</b>{unit}"
        f'<br><span style="font-size:11px;opacity:.7">{html.escape(lever.clause)}　{ends}</span></div>'
    )


def _slider(lever: Lever) -> w.FloatSlider:
    return w.FloatSlider(
        value=lever.begins,
        min=lever.low,
        max=lever.high,
        step=lever.step,
        readout_format=f",.{lever.digits}f",
        layout=w.Layout(width="95%"),
    )
