"""Uncertainties: distributions of constants, correlated or jointly drawn, as files give them."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from simcounty import units
from simcounty.errors import Findings, InputError, ScenarioError, did_you_mean
from simcounty.language import said
from simcounty.model import Model
from simcounty.model.graph import Constant
from simcounty.model.names import once
from simcounty.scenario import binding
from simcounty.scenario.binding import Limits
from simcounty.scenario.distributions import DISTRIBUTIONS, Discrete, Distribution
from simcounty.toml_files import Number, Shape

PLAIN = {"alpha", "beta", "factor", "weights"}  # parameters without the constant's unit
OPTIONAL = {"weights"}


def _known(name: str) -> str:
    if name not in DISTRIBUTIONS:
        raise ValueError(f"one of {', '.join(DISTRIBUTIONS)}.{did_you_mean(name, DISTRIBUTIONS)}")
    return name


@dataclass(frozen=True)
class Uncertainty:
    """A constant with a distribution, in the model's unit, and the source of it or the reason for it."""

    key: str
    distribution: Distribution
    source: str = ""
    assumption: str = ""


@dataclass(frozen=True)
class Correlated:
    """Constants that vary together, by a Gaussian copula with this correlation matrix."""

    keys: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        square = np.array(self.matrix)
        if square.shape != (len(self.keys),) * 2 or not np.allclose(np.diag(square), 1.0):
            raise ScenarioError(
                f"the correlation of {len(self.keys)} keys is a square table with ones across."
            )
        if not np.allclose(square, square.T) or np.linalg.eigvalsh(square).min() <= 1e-12:
            raise ScenarioError(
                "no quantities can be correlated so: not symmetric, or not positive definite."
            )

    def among(self, keys: Container[str]) -> Correlated:
        """Return the correlations of some of its keys alone."""
        places = [place for place, key in enumerate(self.keys) if key in keys]
        matrix = tuple(tuple(self.matrix[i][j] for j in places) for i in places)
        return Correlated(tuple(self.keys[place] for place in places), matrix)


@dataclass(frozen=True, eq=False)
class Joint:
    """Constants whose values are drawn together, as rows of a posterior; all rows are equally likely.

    columns: one number a row, all of one length. `source` names what they were drawn from.
    """

    columns: Mapping[str, NDArray[np.float64]]
    source: str

    def at(self, points: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Return the values in the rows that points of [0, 1) choose."""
        rows = len(next(iter(self.columns.values())))
        chosen = np.minimum((points * rows).astype(np.int64), rows - 1)
        return {key: column[chosen] for key, column in self.columns.items()}

    def equals(self, other: Joint) -> bool:
        """Return whether another has the same keys and numbers."""
        return self.columns.keys() == other.columns.keys() and all(
            np.array_equal(column, other.columns[key]) for key, column in self.columns.items()
        )


class UncertaintyShape(Shape):
    """`[uncertainties.KEY]` of a county, policy or sweep file."""

    distribution: Annotated[str, AfterValidator(_known)] = "uniform"
    low: Number | None = None
    mode: Number | None = None
    high: Number | None = None
    mean: Number | None = None
    sd: Number | None = None
    median: Number | None = None
    factor: float | None = None
    alpha: float | None = None
    beta: float | None = None
    values: list[Number] | None = None
    weights: list[float] | None = None
    unit: str = ""
    source: str = ""
    assumption: str = ""


class CorrelatedShape(Shape):
    """`[[correlated]]`: a number for every pair, or the whole matrix."""

    keys: list[str]
    correlation: float | list[list[float]]
    source: str = ""
    assumption: str = ""


class UncertainShape(Shape):
    """The two tables of uncertainties that a county, policy or sweep file may hold."""

    uncertainties: dict[str, UncertaintyShape] = Field(default_factory=dict)
    correlated: list[CorrelatedShape] = Field(default_factory=list)


@dataclass(frozen=True)
class Uncertain:
    """All uncertainties of one file, or of several together."""

    each: Mapping[str, Uncertainty] = field(default_factory=dict)
    correlated: tuple[Correlated, ...] = ()
    joint: Joint | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The constants that are uncertain."""
        return (*self.each, *(self.joint.columns if self.joint else ()))

    def beside(self, joint: Joint) -> Uncertain:
        """Return the same with a posterior's draws in place of the distributions of their constants.

        Correlations with such a constant are dropped; those between others stay.
        """
        each = {key: uncertainty for key, uncertainty in self.each.items() if key not in joint.columns}
        still = (group for group in self.correlated if sum(key in each for key in group.keys) > 1)
        return Uncertain(each, tuple(group.among(each) for group in still), joint)


CERTAIN = Uncertain()
"""Nothing is uncertain."""


def bind_uncertain(path: Path, shape: UncertainShape, model: Model, findings: Findings) -> Uncertain:
    """Bind the uncertainties of a file to a model; what does not fit becomes a finding."""
    bound: dict[str, Uncertainty] = {}
    for name, given in shape.uncertainties.items():
        with findings.at(path, *shape.at("uncertainties", name)):
            constant = binding.constant_of(model, name)
            key = once(constant.key, bound)
            bound[key] = bind_uncertainty(given, constant, binding.limits_of(constant, model))
    groups = []
    for group in shape.correlated:
        with findings.at(path, f"correlated, {', '.join(group.keys)}"):
            groups.append(_group(group, shape.uncertainties, model))
    return Uncertain(bound, tuple(groups))


def together(parts: Iterable[tuple[Path | None, Uncertain]], findings: Findings) -> Uncertain:
    """Return the uncertainties of several files as one; a constant that two files give is a finding."""
    each: dict[str, Uncertainty] = {}
    seen: dict[str, Path | None] = {}
    groups: list[Correlated] = []
    joint: Joint | None = None
    for path, part in parts:
        joint = part.joint or joint
        for key, uncertainty in part.each.items():
            if key in seen:
                findings.append(said("spread.repeated", path=path, key=key, where=seen[key]))
            seen.setdefault(key, path)
            each.setdefault(key, uncertainty)
        groups += part.correlated
    return Uncertain(each, tuple(groups), joint)


def within(uncertainty: Uncertainty, limits: Limits, unit: str) -> Uncertainty:
    """Return an uncertainty if all its values are inside the limits; raise ScenarioError if not."""
    low, high = uncertainty.distribution.ends
    if math.isinf(low) and limits.low is None and limits.high is None:
        return uncertainty
    if math.isinf(low):
        about = {"given_by": limits.given_by, "limits": limits, "unit": units.shown(unit)}
        raise ScenarioError(said("spread.endless", **about), "distribution")
    for name, end in (("low", low), ("high", high)):
        binding.inside(end, unit, limits, name)
    return uncertainty


def bind_uncertainty(shape: UncertaintyShape, constant: Constant, limits: Limits) -> Uncertainty:
    """Bind one uncertainty of a file to its constant; raise ScenarioError for what does not fit."""
    if bool(shape.source) == bool(shape.assumption):
        having = said("spread.basis_both" if shape.source else "spread.basis_none")
        raise ScenarioError(said("spread.basis", having=having), "source")
    made = distribution_of(shape, constant.unit)
    low, high = made.ends
    if low == high and not isinstance(made, Discrete):
        raise ScenarioError(said("spread.flat", low=low, high=high), "low")
    return within(Uncertainty(constant.key, made, shape.source, shape.assumption), limits, constant.unit)


def distribution_of(shape: UncertaintyShape, unit: str) -> Distribution:
    """Return the distribution of a file, in a unit; raise ScenarioError for parameters that do not fit it."""
    made: Distribution = DISTRIBUTIONS[shape.distribution](**_parameters(shape, unit))
    return made


def without_unit(shape: UncertaintyShape) -> list[str]:
    """Return the parameters of a distribution in no unit, neither behind the number nor as its `unit`."""
    names = [each.name for each in fields(DISTRIBUTIONS[shape.distribution]) if each.name not in PLAIN]
    given = {name: getattr(shape, name) for name in names if getattr(shape, name) is not None}
    numbers = {name: each if isinstance(each, list) else [each] for name, each in given.items()}
    return [
        name
        for name, every in numbers.items()
        if not shape.unit and not all(units.parse_number(each)[1] for each in every)
    ]


def _parameters(shape: UncertaintyShape, unit: str) -> dict[str, Any]:
    """Return a distribution's parameters in the model's unit; raise for those that lack or do not belong."""
    wanted = [each.name for each in fields(DISTRIBUTIONS[shape.distribution])]
    every = {name for kind in DISTRIBUTIONS.values() for name in (each.name for each in fields(kind))}
    given = {name: getattr(shape, name) for name in every if getattr(shape, name) is not None}
    missing = [name for name in wanted if name not in given and name not in OPTIONAL]
    idle = sorted(given.keys() - set(wanted))
    if missing or idle:
        wrong = [said("spread.missing", names=_names(missing))] if missing else []
        wrong += [said("spread.idle", names=_names(idle))] if idle else []
        kind = said(f"distribution.{shape.distribution}")
        parts = {"distribution": kind, "wanted": _names(wanted), "wrong": "; ".join(wrong)}
        raise ScenarioError(said("spread.parameters", **parts), (missing or idle)[0])
    return {name: _parameter(name, given[name], shape.unit, unit) for name in wanted if name in given}


def _names(parameters: Iterable[str]) -> str:
    return said("listed").join(said(f"parameter.{each}") for each in parameters)


def _parameter(name: str, given: Any, written: str, unit: str) -> Any:
    if isinstance(given, list):
        return tuple(_parameter(name, each, written, unit) for each in given)
    return given if name in PLAIN else binding.amount(given, written, unit)


def _group(shape: CorrelatedShape, uncertain: Iterable[str], model: Model) -> Correlated:
    keys, known = ([_meant(model, name) for name in names] for names in (shape.keys, uncertain))
    strangers = [key for key in keys if key not in known]
    if strangers or len(set(keys)) < max(2, len(keys)):
        unknown = f"{', '.join(strangers)} not among the uncertainties of this file"
        advice = unknown if strangers else "name two or more"
        raise ScenarioError(f"keys = {shape.keys}: {advice}, each once.")
    if not (shape.source or shape.assumption):
        raise ScenarioError("needs `source` or `assumption`, and has neither.")
    return Correlated(tuple(keys), _matrix(shape.correlation, len(shape.keys)))


def _meant(model: Model, name: str) -> str:
    """Return the key of a name, or the name itself where nothing has it: that is a finding elsewhere."""
    try:
        return model.key_of(name)
    except InputError:
        return name


def _matrix(given: float | Sequence[Sequence[float]], size: int) -> tuple[tuple[float, ...], ...]:
    if isinstance(given, int | float):
        given = [[1.0 if i == j else given for j in range(size)] for i in range(size)]
    if len(given) != size or any(len(row) != size for row in given):
        raise ScenarioError(f"correlation: {size} rows of {size} numbers are expected.")
    return tuple(tuple(float(number) for number in row) for row in given)
