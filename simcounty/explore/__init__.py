"""Exploring a scenario in a notebook: sliders for its levers, verdicts and trajectories that follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simcounty.errors import InputError, raise_findings
from simcounty.scenario import Scenario

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
        from simcounty.explore.levers import moved

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
    from simcounty.explore.levers import ends, levers_of
    from simcounty.explore.views import variables_of, view
    from simcounty.explore.widgets import explorer

    findings: list[str] = []
    chosen = levers_of(scenario, levers, findings)
    keys = variables_of(scenario, variables, findings)
    raise_findings(InputError, f"{scenario.name}: cannot be explored:", findings)
    return explorer(scenario, chosen, view(scenario, keys, ends(scenario, chosen), backend))
