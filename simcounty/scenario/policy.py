"""A policy document: its clauses, and under each clause its levers and targets."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import Field

from simcounty import toml_files
from simcounty.calendar import time_of
from simcounty.errors import Findings, ScenarioError
from simcounty.model import Model
from simcounty.model.graph import Constant
from simcounty.scenario import binding
from simcounty.scenario.binding import Limits
from simcounty.scenario.delivery import Delivery, DeliveryShape, bind_delivery
from simcounty.scenario.target import EACH, Target, TargetShape, bind_target
from simcounty.scenario.uncertainty import CERTAIN, Uncertain, UncertainShape, bind_uncertain
from simcounty.toml_files import Number, Shape

NOW = "now"
"""The low end of a lever's range that is what the county does without the policy."""


@dataclass(frozen=True)
class Lever:
    """A constant that a clause lets the county set; `setting` is its value where the clause fixes it.

    `more` is set where the clause asks for more than the county does without it: the range begins at the
    county's own value. A lever takes full effect at the model time `full_effect`, on a straight line from
    the policy's first day; None means at once.
    """

    key: str
    limits: Limits
    clause: str
    first_day: float
    scope: str = EACH
    setting: float | None = None
    full_effect: float | None = None
    more: bool = False
    note: str = ""
    assumption: str = ""


@dataclass(frozen=True)
class Clause:
    """One clause: its number, our summary of it, and the levers and targets it sets."""

    number: str
    summary: str
    levers: tuple[Lever, ...] = ()
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A policy file bound to a model; the scope of a lever or target names the counties it is for."""

    title: str
    document: str
    status: str
    issued: datetime.date
    first_day: float
    source: str
    path: Path
    clauses: tuple[Clause, ...]
    hash: str
    uncertain: Uncertain = CERTAIN
    delivery: Delivery | None = None

    @property
    def levers(self) -> Iterator[Lever]:
        """Every lever, in the order of the clauses."""
        return (lever for clause in self.clauses for lever in clause.levers)

    @property
    def targets(self) -> Iterator[Target]:
        """Every target, in the order of the clauses."""
        return (target for clause in self.clauses for target in clause.targets)


class LeverShape(Shape):
    """`[[clause.lever]]` of a policy file."""

    key: str
    scope: str = EACH
    range: list[Number] | None = None
    unit: str = ""
    setting: Number | None = None
    full_effect: datetime.date | int | None = None
    note: str = ""
    assumption: str = ""


class ClauseShape(Shape):
    """`[[clause]]` of a policy file."""

    number: str
    summary: str
    lever: list[LeverShape] = Field(default_factory=list)
    target: list[TargetShape] = Field(default_factory=list)


class PolicyShape(UncertainShape):
    """A policy file."""

    title: str
    document: str
    status: str
    issued: datetime.date
    first_day: datetime.date
    source: str
    note: str = ""
    delivery: DeliveryShape | None = None
    clause: list[ClauseShape] = Field(default_factory=list)


def bind_policy(path: Path, shape: PolicyShape, model: Model, findings: Findings) -> Policy:
    """Bind a policy file to a model, whatever county it is for; what does not fit becomes a finding."""
    policy = Policy(
        **shape.model_dump(include={"title", "document", "status", "issued", "source"}),
        first_day=time_of(shape.first_day),
        path=path,
        clauses=(),
        hash=toml_files.digest([path]),
        uncertain=bind_uncertain(path, shape, model, findings),
        delivery=bind_delivery(path, shape.delivery, findings),
    )
    clauses = tuple(_clause(clause, policy, model, findings) for clause in shape.clause)
    return replace(policy, clauses=clauses)


def _clause(shape: ClauseShape, policy: Policy, model: Model, findings: Findings) -> Clause:
    levers, targets = [], []
    where = f"{policy.path}: clause {shape.number}"
    for lever in shape.lever:
        with findings.at(where, f"lever {lever.key}"):
            levers.append(_lever(lever, shape.number, policy, model))
    for target in shape.target:
        with findings.at(where, f"target {target.name}"):
            targets.append(bind_target(target, shape.number, policy.document, model))
    return Clause(shape.number, shape.summary, tuple(levers), tuple(targets))


def _lever(shape: LeverShape, number: str, policy: Policy, model: Model) -> Lever:
    constant = binding.constant_of(model, shape.key)
    limits = _limits(shape, constant, model, f"{policy.path} {number}")
    setting = None
    if shape.setting is not None:
        setting = binding.bound(shape.setting, shape.unit, constant, limits)
    full = None if shape.full_effect is None else time_of(shape.full_effect)
    if full is not None and full <= policy.first_day:
        raise ScenarioError(f"full_effect = {shape.full_effect} is not after the policy's first day.")
    return Lever(
        **shape.model_dump(include={"scope", "note", "assumption"}),
        key=constant.key,
        limits=limits,
        clause=f"{policy.document} {number}",
        first_day=policy.first_day,
        setting=setting,
        full_effect=full,
        more=shape.range is not None and shape.range[0] == NOW,
    )


def _limits(shape: LeverShape, constant: Constant, model: Model, clause: str) -> Limits:
    """Return the clause's own range, which must lie inside the model's; else the model's."""
    wide = binding.limits_of(constant, model)
    if shape.range is None:
        return wide
    if len(shape.range) != 2:
        raise ScenarioError(f"range = {shape.range}: two numbers are expected, [low, high].")
    if shape.range[0] == NOW:
        return Limits(wide.low, binding.bound(shape.range[1], shape.unit, constant, wide), clause)
    low, high = (binding.bound(end, shape.unit, constant, wide) for end in shape.range)
    if low >= high:
        raise ScenarioError(f"range = {shape.range}: the low end must be below the high end.")
    return Limits(low, high, clause)
