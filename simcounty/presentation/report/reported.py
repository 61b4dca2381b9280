"""A scenario as reports show it: its assessment, the record of its verdicts, and its series by year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from simcounty.assessment import Assessment
from simcounty.calendar import by_year, is_total
from simcounty.judgement import series_of
from simcounty.presentation.formatting import NumberFormat, format_of
from simcounty.presentation.verdicts import Record, verdict_record

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.scenario import Scenario


@dataclass(frozen=True, eq=False)
class ReportedScenario:
    """An assessed scenario with what a report shows of it.

    Runs are along `scenario`: the baseline first if there is one, the plan last.
    """

    assessment: Assessment

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run."""
        return self.assessment.scenario

    @property
    def run(self) -> xr.Dataset:
        """Its run beside its baseline, at every saved time."""
        return self.assessment.run

    @property
    def is_compared(self) -> bool:
        """Whether it was run beside a baseline."""
        return self.assessment.is_compared

    @cached_property
    def record(self) -> Record:
        """Its verdicts as plain data, as `run --json` prints them."""
        return verdict_record(self.assessment)

    @property
    def targets(self) -> Sequence[Record]:
        """The records of its targets, in the order of `scenario.targets`."""
        found: Sequence[Record] = self.record["targets"]
        return found

    @cached_property
    def yearly(self) -> xr.Dataset:
        """Levels at the end of each year, and totals of each year."""
        return by_year(self.run)

    @property
    def headline(self) -> list[str]:
        """Its headline variables without dimensions of their own, then those of its targets."""
        keys = dict.fromkeys([*self.scenario.headline, *(each.variable for each in self.scenario.targets)])
        return [key for key in keys if key in self.run and self.run[key].dims == ("scenario", "time")]

    def series(self, key: str) -> xr.DataArray:
        """Return the yearly values of an element along `scenario` and `time`."""
        return series_of(self.yearly, key).transpose("scenario", "time")

    def at(self, key: str, year: int, run: int = -1) -> float:
        """Return an element's value in a year, by default in the plan."""
        return float(self.series(key).isel(scenario=run).sel(time=year))

    def format(self, key: str) -> NumberFormat:
        """Return how an element is written: in the unit of its target if it has one."""
        series = self.series(key)
        unit = next((each.unit for each in self.scenario.targets if each.variable == key), "")
        return format_of(series.attrs.get("units", ""), self.label(key), series.values.ravel(), unit)

    def label(self, key: str) -> str:
        """Return the label of an element, or of a variable that has only one element."""
        model = self.scenario.model
        own = model.variables.get(key, ())
        return str(model.graph.elements[own[0].key if len(own) == 1 else key].label)

    def is_total(self, key: str) -> bool:
        """Return whether an element's values are totals of years."""
        return is_total(self.series(key))
