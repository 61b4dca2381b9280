"""What is uncertain in the counties of a region, drawn: some for all counties at once, some for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from simcounty.counties.region import Region
from simcounty.errors import Findings, ScenarioError
from simcounty.sampling.designs import Design, part_of_stream
from simcounty.sampling.draws import correlated
from simcounty.scenario import County
from simcounty.scenario.distributions import Column
from simcounty.scenario.uncertainty import Correlated, Uncertain, Uncertainty, within
from simcounty.sweeps.uncertain_inputs import uncertain_of


@dataclass(frozen=True, eq=False)
class RegionDraws:
    """Independent draws of what counties say to be uncertain.

    streams: what names the random numbers of each county, "" where there is one county only. own: the
    constants that each draws for itself; of all others a future has one point, the same for all counties.
    """

    counties: tuple[Uncertain, ...]
    streams: tuple[str, ...]
    own: tuple[frozenset[str], ...]
    design: Design

    @cached_property
    def shared(self) -> dict[str, Uncertainty]:
        """What is the same for all counties, as the first of them says it."""
        found: dict[str, Uncertainty] = {}
        for uncertain, own in zip(self.counties, self.own, strict=True):
            for key, each in uncertain.each.items():
                if key not in own:
                    found.setdefault(key, each)
        return found

    def common(self, members: range) -> dict[str, Column]:
        """Return the values of what is the same for all counties."""
        return _values(Uncertain(self.shared, self._groups), "", frozenset(), self.design.seed, members)

    @property
    def _groups(self) -> tuple[Correlated, ...]:
        groups = [group for each in self.counties for group in each.correlated]
        return tuple(
            dict.fromkeys(group for group in groups if all(key in self.shared for key in group.keys))
        )

    def of_county(self, place: int, members: range) -> dict[str, Column]:
        """Return the values of a county's uncertain constants."""
        parts = self.counties[place], self.streams[place], self.own[place]
        return _values(*parts, self.design.seed, members)

    def part(self, place: int, columns: Mapping[str, Column], *, own: bool) -> dict[str, Column]:
        """Return of a county's columns those it draws for itself, or all others."""
        return {key: column for key, column in columns.items() if (key in self.own[place]) == own}


def _values(
    uncertain: Uncertain, stream: str, own: frozenset[str], seed: int, members: range
) -> dict[str, Column]:
    names = {key: f"{key} of {stream}" if stream and key in own else key for key in uncertain.each}
    points = {key: part_of_stream(name, seed, members) for key, name in names.items()}
    for group in uncertain.correlated:
        points |= correlated(group, points)
    return {key: each.distribution.quantile(points[key]) for key, each in uncertain.each.items()}


def region_draws(region: Region, n: int, seed: int) -> RegionDraws:
    """Return draws of what a region's counties and policies say to be uncertain.

    What the rule makes of a county's start is its own, and what the region says to be. Raises
    ScenarioError, all findings at once, where nothing is uncertain or an uncertain constant is set too.
    """
    findings, counties, alone = Findings(), [], len(region.scenarios) == 1
    for scenario in region.scenarios:
        uncertain = uncertain_of([scenario], findings)
        for key, each in uncertain.each.items():
            with findings.at(scenario.name, key):
                within(each, scenario.limits(key), scenario.model.constants[key].unit)
        counties.append(uncertain)
    own = tuple(frozenset() if alone else _own(each.county, region) for each in region.scenarios)
    findings += [
        f"{', '.join(group.keys)}: correlated, but only some are counties' own. Name all under `own`."
        for uncertain, keys in zip(counties, own, strict=True)
        for group in uncertain.correlated
        if keys & {*group.keys} and not keys >= {*group.keys}
    ]
    if not any(each.each for each in counties) and not findings:
        findings.append("nothing varies: neither its counties nor their policies say what is uncertain.")
    findings.raise_as(ScenarioError, f"{region.name}: futures cannot be drawn:")
    streams = tuple("" if alone else each.county.identity or each.name for each in region.scenarios)
    keys = tuple(dict.fromkeys(key for each in counties for key in each.each))
    return RegionDraws(tuple(counties), streams, own, Design("random", keys, n, seed))


def _own(county: County, region: Region) -> frozenset[str]:
    return frozenset({value.key for value in county.values} | set(region.own))
