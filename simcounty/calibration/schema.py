"""How a calibration file is written, and what its parameters and observables are in a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Literal

from pydantic import Field

from simcounty.calibration.problem import Observable, Prior
from simcounty.errors import ScenarioError, did_you_mean
from simcounty.model import Model
from simcounty.model.graph import Constant
from simcounty.scenario import binding
from simcounty.scenario.distributions import Discrete
from simcounty.scenario.uncertainty import Uncertainty, UncertaintyShape, bind_uncertainty
from simcounty.toml_files import Number, Shape


class PriorShape(UncertaintyShape):
    """`[parameters.NAME]`: the prior of one constant, or of several that move together.

    Without `keys` the name is the constant's own.
    """

    keys: list[str] = Field(default_factory=list)
    relative: bool = False
    label: str = ""
    by: Literal["", "province"] = ""
    spread: float = 0.0


class ObservableShape(Shape):
    """`[[observe]]`: a number that a run gives and that was observed too."""

    name: str
    label: str = ""
    variable: str
    select: dict[str, list[str]] = Field(default_factory=dict)
    per: str = ""
    year: int
    since: int | None = None
    measure: Literal["at", "year"] = "at"
    scale: Literal["level", "log"] = "level"
    error: Number | None = None
    quality: str = ""
    discrepancy: Number = 0.0
    possible: list[Number] = Field(default_factory=list)
    cases: list[str] = Field(default_factory=list)
    forecast: bool = False
    note: str = ""


class CensusShape(Shape):
    """`[census]`: counties of provinces, started from one census and compared with a later one."""

    provinces: list[str]
    without: dict[str, str] = Field(default_factory=dict)


class CalibrationShape(Shape):
    """A calibration file."""

    title: str
    model: str = ""
    years: list[int]
    scenarios: list[str] = Field(default_factory=list)
    census: CensusShape | None = None
    quality: dict[str, float] = Field(default_factory=dict)
    parameters: dict[str, PriorShape]
    observe: list[ObservableShape]


def bind_prior(name: str, shape: PriorShape, model: Model) -> Prior:
    """Bind a parameter to its constants. Raises ScenarioError for one that cannot be fitted."""
    constants = [binding.constant_of(model, key) for key in shape.keys or [name]]
    if len({constant.unit for constant in constants}) > 1:
        raise ScenarioError(
            f"keys: {', '.join(shape.keys)} have different units; they cannot be moved together."
        )
    if not (math.isfinite(shape.spread) and shape.spread >= 0.0):
        raise ScenarioError(f"spread = {shape.spread}: a number from 0 on is needed.")
    first, *_ = (_uncertainty(shape, constant, model) for constant in constants)
    if isinstance(first.distribution, Discrete):
        raise ScenarioError("a discrete distribution cannot be fitted. Give one without gaps.")
    return Prior(
        name=name,
        keys=tuple(constant.key for constant in constants),
        distribution=first.distribution,
        label=shape.label or constants[0].label,
        unit="Dmnl" if shape.relative else constants[0].unit,
        source=first.source,
        assumption=first.assumption,
        relative=shape.relative,
        by_province=shape.by == "province",
        spread=shape.spread,
    )


def _uncertainty(shape: PriorShape, constant: Constant, model: Model) -> Uncertainty:
    """Bind the distribution to a constant's range; a factor has no unit and is above 0."""
    limits = binding.limits_of(constant, model)
    if shape.relative:
        constant = replace(constant, about=replace(constant.about, unit="Dmnl"))
        limits = binding.Limits(0.0, None, "being a factor")
    return bind_uncertainty(shape, constant, limits)


def bind_observable(shape: ObservableShape, file: CalibrationShape, model: Model) -> Observable:
    """Bind an observable to its elements. Raises ScenarioError for one that no run gives."""
    keys = _elements(shape, model)
    elements = [binding.element_of(model, key) for key in (*keys, *([shape.per] if shape.per else []))]
    flow = shape.measure == "year"
    without = [each.key for each in elements if flow and not model.accumulator(each.key)]
    if without:
        raise ScenarioError(
            f'measure = "year" needs the flow of a calendar year, and no stock accumulates {without[0]}. '
            "Leave `measure` out."
        )
    made = Observable(
        name=shape.name,
        label=shape.label or elements[0].label,
        unit="Dmnl" if shape.per else elements[0].unit,
        keys=keys,
        year=shape.year,
        per=elements[-1].key if shape.per else "",
        since=shape.since,
        flow=flow,
        log=shape.scale == "log",
        counties=tuple(shape.cases),
        forecast=shape.forecast,
    )
    _assert_years(made, file.years)
    return replace(
        made,
        error=_error(shape, file, made),
        discrepancy=_positive("discrepancy", shape.discrepancy, made, least=0.0),
        possible=_possible(shape, made),
    )


def _elements(shape: ObservableShape, model: Model) -> tuple[str, ...]:
    """Return the elements that are added up: the variable itself, or those that `select` chooses."""
    if not shape.select:
        return (binding.element_of(model, shape.variable).key,)
    variable = binding.variable_of_name(model, shape.variable)
    dims = model.variables[variable][0].about.dims
    strange = [dim for dim in shape.select if dim not in dims]
    if strange:
        raise ScenarioError(
            f"select: {', '.join(strange)}: {shape.variable} has the dimensions {list(dims)}."
        )
    chosen = [shape.select.get(dim, list(model.graph.dims[dim])) for dim in dims]
    wanted = [f"{variable}[{','.join(each)}]" for each in product(*chosen)]
    return tuple(binding.element_of(model, key).key for key in wanted)


def _assert_years(made: Observable, years: Sequence[int]) -> None:
    needed = [year - made.flow for year in made.years]
    if min(needed) < years[0] or made.year > years[1] or (made.since or years[0]) >= made.year:
        raise ScenarioError(
            f"is made from {', '.join(map(str, made.years))}, and the run goes from the end of {years[0]} to "
            f"the end of {years[1]}. Choose years inside, the later one last."
        )


def _error(shape: ObservableShape, file: CalibrationShape, made: Observable) -> float:
    """Return the standard error of an observation: its own, else that of its quality."""
    if (shape.error is None) == (not shape.quality):
        raise ScenarioError("needs either `error`, or `quality` with a row in [quality].")
    if shape.error is not None:
        return _positive("error", shape.error, made)
    if shape.quality not in file.quality:
        known = ", ".join(file.quality) or "none"
        raise ScenarioError(
            f"quality = {shape.quality!r}: not in [quality].{did_you_mean(shape.quality, file.quality)} "
            f"Known: {known}."
        )
    if not made.log and made.unit != "Dmnl":
        raise ScenarioError(
            f"quality = {shape.quality!r} is a relative error, and this is a level in {made.unit}. "
            'Give `error`, or take scale = "log".'
        )
    return _positive("error", file.quality[shape.quality], replace(made, log=True))


def _positive(name: str, given: float | str, made: Observable, least: float = 1e-12) -> float:
    value = binding.amount(given, "", "Dmnl" if made.log else made.unit)
    if not (math.isfinite(value) and value >= least):
        raise ScenarioError(f"{name} = {given}: a number {'from' if least == 0.0 else 'above'} 0 is needed.")
    return value


def _possible(shape: ObservableShape, made: Observable) -> tuple[float, float]:
    if not shape.possible:
        return (0.0 if made.log else -math.inf), math.inf
    if len(shape.possible) != 2:
        raise ScenarioError(f"possible = {shape.possible}: its two ends are expected.")
    low, high = (binding.amount(end, "", made.unit) for end in shape.possible)
    return low, high
