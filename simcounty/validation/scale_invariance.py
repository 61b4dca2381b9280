"""The scale check: a county twice as large has twice of everything, and the same shares, prices and rates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from simcounty.conditions.measures import Band, Measurement
from simcounty.errors import Findings, did_you_mean
from simcounty.judgement import series_of
from simcounty.model import Model
from simcounty.model.graph import Element, variable_of
from simcounty.scenario import Scenario
from simcounty.scenario.scenario import chained
from simcounty.simulation import simulate
from simcounty.units import UnitError, registry, unit_of
from simcounty.validation.schema import Check, Evaluation, ScaleShape

if TYPE_CHECKING:
    import xarray as xr

EXTENSIVE = ("person", "household", "yuan", "m2", "m3", "cap", "ton", "joule")
"""One unit for each thing a larger county has more of."""
WORST, FIRST = 5, 3  # variables named: those furthest off, and those where it begins


@dataclass(frozen=True)
class ScaleCheck:
    """A scale check, bound: the larger county, and by which power of the factor each variable grows."""

    shape: ScaleShape
    run: Scenario
    degrees: dict[str, int]
    moved: int


@cache
def degree(unit: str) -> int:
    """Return the power of a county's size that a unit grows with.

    >>> degree("person/year"), degree("yuan/m2"), degree("1/person"), degree("yuan/YiYuan"), degree("m^2")
    (1, 0, -1, 0, 1)
    """
    known = [registry().Quantity(1, unit_of(each)).dimensionality for each in EXTENSIVE]
    total, length = 0, 0
    for name, raised in registry().Quantity(1, unit_of(unit)).unit_items():
        power = int(str(raised))
        found = registry().Quantity(1, unit_of(name)).dimensionality
        if found in known:
            total += power
        elif found == {"[length]": 1}:
            length += power
    return total + int(length / 2)  # a plain length is none, a length squared an area


def bind(shape: ScaleShape, base: Scenario, findings: Findings, where: str) -> ScaleCheck | None:
    """Bind a scale check; None, and findings, where that cannot be done."""
    model = base.model
    names = dict.fromkeys(variable_of(key) for key in model.constants)
    wrong = Findings(
        f"{where}, exempt: {key} is not a constant of {model.path}.{did_you_mean(key, names)}"
        for key in shape.exempt
        if key not in names
    )
    if not (np.isfinite(shape.factor) and shape.factor > 0.0 and shape.factor != 1.0):
        wrong.append(
            f"{where}, factor = {shape.factor:g}: give a finite number above 0 other than 1, such as 2."
        )
    if not shape.tolerance > 0.0:
        wrong.append(f"{where}, tolerance = {shape.tolerance:g}: give a number above 0, such as 1e-9.")
    degrees = _degrees(model, set(shape.exempt), wrong, where)
    findings += wrong
    if wrong:
        return None
    values = {
        key: constant.value * shape.factor ** degrees[variable_of(key)]
        for key, constant in model.constants.items()
        if degrees[variable_of(key)] and constant.value
    }
    larger = replace(
        base,
        name=f"{base.name} × {shape.factor:g}",
        model=model.replace(values),
        hash=chained(base.hash, repr(values)),
    )
    return ScaleCheck(shape, larger, degrees, len(values))


def _degrees(model: Model, exempt: set[str], wrong: Findings, where: str) -> dict[str, int]:
    degrees = {}
    for key, elements in model.variables.items():
        try:
            degrees[key] = 0 if key in exempt else degree(elements[0].unit)
        except UnitError as error:
            wrong.append(f"{where}: {key}: {error} Without units there is no scale to check.")
    return degrees


def evaluate(check: Check) -> Evaluation:
    """Run the base and the larger county, and name the variables that did not grow with their units."""
    spec: ScaleCheck = check.spec
    both = simulate([check.run, spec.run], "interpreted")
    off = {e.key: _off(both, e, spec) for key in spec.degrees for e in check.run.model.variables[key]}
    worst = sorted(off, key=lambda key: -off[key].max())
    failing = [key for key in worst if not off[key].max() <= spec.shape.tolerance]
    shown = failing[:WORST] or worst[:1]
    years = (int(both.time.values[0]), int(both.time.values[-1]))
    measured = tuple(_measurement(key, float(off[key].max()), spec.shape.tolerance, years) for key in shown)
    detail = (
        f"× {spec.shape.factor:g}: {spec.moved} constants scaled, {len(failing)} of {len(off)} variables off"
    )
    if failing:
        detail += f"; it begins with {', '.join(_origins(check.run.model, off, spec.shape.tolerance))}"
    return measured, detail


def _off(both: xr.Dataset, element: Element, spec: ScaleCheck) -> Any:
    """Return at each time how far the larger run is off, relative to the largest value expected."""
    base, larger = series_of(both, element.key).transpose("scenario", ...).values
    expected = base * spec.shape.factor ** spec.degrees[variable_of(element.key)]
    largest = 1.0 if element.is_balance else float(np.abs(expected).max()) or 1.0
    return np.nan_to_num(np.abs(larger - expected) / largest, nan=np.inf)


def _origins(model: Model, off: dict[str, Any], tolerance: float) -> list[str]:
    """Return the elements that deviate earliest, in the order of computation: the deviation starts there."""
    order = [key for key in model.graph.elements if key in off and not off[key].max() <= tolerance]
    first = min(int(np.argmax(off[key] > tolerance)) for key in order)
    return [key for key in order if off[key][first] > tolerance][:FIRST]


def _measurement(key: str, off: float, tolerance: float, years: tuple[int, ...]) -> Measurement:
    return Measurement(key, years, "scale", off, off, Band(0.0, tolerance), off <= tolerance)
