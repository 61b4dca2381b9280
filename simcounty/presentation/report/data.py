"""What a report tells of a scenario: its run beside its baseline, and how it came out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from simcounty.calendar import by_year, is_total
from simcounty.conditions.constraints import Constraint, ConstraintStatus, constraint_status, constraints_of
from simcounty.judgement import judge, series_of
from simcounty.presentation.formatting import NumberFormat, format_of
from simcounty.simulation import simulate

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from simcounty.scenario import Scenario, Target


@dataclass(frozen=True)
class Verdict:
    """How a target came out, in its own unit, with and without the plan."""

    target: Target
    baseline: float
    value: float
    margin: float
    met: bool
    met_without: bool


@dataclass(frozen=True)
class Stand:
    """How a run and its baseline come out under a constraint; None where they hold none of its years."""

    constraint: Constraint
    plan: ConstraintStatus | None
    baseline: ConstraintStatus | None


@dataclass(frozen=True, eq=False)
class Told:
    """A scenario and its run, along `scenario`: the baseline first where there is one, the plan last."""

    scenario: Scenario
    run: xr.Dataset
    verdicts: tuple[Verdict, ...]
    stands: tuple[Stand, ...]

    @property
    def compared(self) -> bool:
        """Whether it was run beside a baseline."""
        return self.run.sizes["scenario"] > 1

    @cached_property
    def yearly(self) -> xr.Dataset:
        """Levels at the end of each year, and totals of each year."""
        return by_year(self.run)

    def series(self, key: str) -> xr.DataArray:
        """Return the yearly values of an element along `scenario` and `time`."""
        return series_of(self.yearly, key).transpose("scenario", "time")

    def at(self, key: str, year: int, run: int = -1) -> float:
        """Return an element's value of a year, by default in the plan."""
        return float(self.series(key).isel(scenario=run).sel(time=year))

    def style(self, key: str) -> NumberFormat:
        """Return how an element is written: in the unit of its target if it has one."""
        series = self.series(key)
        asked = next((each.unit for each in self.scenario.targets if each.variable == key), "")
        values: np.ndarray = series.values
        return format_of(series.attrs.get("units", ""), self.label(key), values.ravel(), asked)

    def label(self, key: str) -> str:
        """Return what an element is called."""
        return str(self.scenario.model.graph.elements[self.element(key)].label)

    def element(self, key: str) -> str:
        """Return the key of an element from the key of a variable that has only one."""
        own = self.scenario.model.variables.get(key, ())
        return own[0].key if len(own) == 1 else key

    def is_total(self, key: str) -> bool:
        """Tell whether an element's values are totals of years."""
        return is_total(self.series(key))

    @property
    def headline(self) -> list[str]:
        """Its headline variables without dimensions of their own, then those of its targets."""
        keys = dict.fromkeys([*self.scenario.headline, *(each.variable for each in self.scenario.targets)])
        return [key for key in keys if key in self.run and self.run[key].dims == ("scenario", "time")]


def tell(scenario: Scenario) -> Told:
    """Run a scenario beside its baseline and judge it."""
    constraints = constraints_of(scenario.model)  # found out before the run what is wrong with them
    runs = [scenario.baseline, scenario] if scenario.levers else [scenario]
    run = simulate(runs)
    judged = judge(run, scenario.targets)
    first, last = (judged.isel(scenario=place) for place in (0, -1))
    verdicts = tuple(verdicts_of(first, last, scenario.targets))
    return Told(scenario, run, verdicts, tuple(_stand(constraint, run) for constraint in constraints))


def verdicts_of(baseline: xr.Dataset, plan: xr.Dataset, targets: Iterable[Target]) -> Iterator[Verdict]:
    """Put together what `judge` says of a run and of its baseline, target by target."""
    for place, target in enumerate(targets):
        yield Verdict(
            target=target,
            baseline=float(baseline.value.values[place]),
            value=float(plan.value.values[place]),
            margin=float(plan.margin.values[place]),
            met=bool(plan.met.values[place]),
            met_without=bool(baseline.met.values[place]),
        )


def _stand(constraint: Constraint, run: xr.Dataset) -> Stand:
    status = constraint_status(constraint, run)
    return Stand(constraint, status[-1] if status else None, status[0] if status else None)
