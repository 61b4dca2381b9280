"""Run a model, a scenario or an ensemble: put the question into the backends' words, and label the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from simcounty.backends import INTEGRATORS, ConstantPath, Inputs, Outcome, integrate
from simcounty.backends.job import TINY
from simcounty.dataset import Answer, labelled
from simcounty.errors import Findings, InputError, RunError, did_you_mean
from simcounty.model import Model
from simcounty.model.graph import BALANCE, Clock, Element, variable_of
from simcounty.sampling import Ensemble
from simcounty.scenario import Scenario

if TYPE_CHECKING:
    import xarray as xr

MOST_STEPS = 1_000_000
"""More steps than this are taken for a slip of the pen."""

Question = Model | Scenario | Ensemble


@dataclass(frozen=True)
class _Options:
    """How a question is to be run."""

    backend: str
    integrator: str
    keep: tuple[str, ...] | None
    step: float | None
    cores: int | None = None


def simulate(
    question: Question | Sequence[Scenario],
    backend: str = "auto",
    integrator: str = "euler",
    keep: Sequence[str] | None = None,
    step: float | None = None,
    cores: int | None = None,
) -> xr.Dataset:
    """Integrate, and return a Dataset over `time` (TIME = Y is 31 December of year Y).

    A list of scenarios of one model adds the dim `scenario`, an ensemble the dim `member`; subscripted
    variables keep their dimensions. `keep` names variables: by default a single run keeps all, an
    ensemble the headline and the targets' ones (of a bare model: its stocks). A single run is saved as
    often as the model says, an ensemble once a unit of time. `step` replaces the model's TIME STEP.
    `cores` is how many the compiled backend uses, by default all; the numbers do not depend on it.

    Raises InputError for what cannot be asked, RunError for a run that turns non-finite or whose
    balance breaks; in an ensemble such members are flagged in the coordinate `failed` instead.

    >>> run = simulate(load("tonglu/baseline"), keep=["urbanisation_rate"])
    >>> run["urbanisation_rate"].attrs["units"]
    'Dmnl'
    """
    if integrator not in INTEGRATORS:
        known = ", ".join(INTEGRATORS)
        meant = did_you_mean(integrator, INTEGRATORS)
        raise InputError(f"integrator {integrator!r}: choose one of {known}.{meant}")
    if step is not None and not (math.isfinite(step) and step > 0.0):
        raise InputError(f"step = {step!r}: give a finite number above 0, in the model's unit of time.")
    if isinstance(question, str | Path) or not isinstance(question, Model | Scenario | Ensemble | Sequence):
        raise InputError(
            f"{question!r} cannot be simulated. Give a model, a scenario, an ensemble or scenarios."
        )
    if isinstance(keep, str):
        raise InputError(f"keep = {keep!r}: give a list of variables, [{keep!r}].")
    options = _Options(backend, integrator, None if keep is None else tuple(keep), step, cores)
    if isinstance(question, Ensemble):
        return _ensemble(question, options)
    if isinstance(question, Model | Scenario):
        return _singles([question], options, many=False)
    return _singles(list(question), options, many=True)


def _singles(questions: Sequence[Model | Scenario], options: _Options, many: bool) -> xr.Dataset:
    """Run questions of one model one by one, or together where only numbers differ."""
    if not questions:
        raise InputError("no scenario to simulate; give at least one.")
    first = questions[0]
    _assert_comparable(questions)
    wanted = _kept(_model(first), options.keep or tuple(_model(first).variables))
    keep = _with_balances(wanted, _model(first))
    inputs = [_inputs(q, options, keep, every=_model(q).graph.clock.save) for q in questions]
    outcomes: list[Outcome | None] = [None] * len(questions)
    for group in _alike(inputs):
        together = _joined([inputs[i] for i in group])
        try:
            outcome = integrate(_model(first).graph, _model(first).path, together, options.backend)
        except RunError as reason:
            raise RunError(f"{questions[group[0]].name}: {reason}") from None
        for place, i in enumerate(group):
            if outcome.failed[place]:
                _raise_failure(questions[i], inputs[i])
            outcomes[i] = replace(outcome, values=outcome.values[:, :, place : place + 1])
    found = [o for o in outcomes if o is not None]
    values = np.concatenate([o.values for o in found], axis=2)
    for i, question in enumerate(questions):
        _assert_balanced(question, keep, values[:, :, i], inputs[i])
    dim = "scenario" if many else None
    shown = values[: len(wanted)]
    return labelled(Answer(tuple(questions), inputs[0], wanted, shown, found[0], options.step, dim))


def _ensemble(ensemble: Ensemble, options: _Options) -> xr.Dataset:
    model = _model(ensemble.base)
    wanted = _kept(model, options.keep or headline_of(ensemble.base))
    keep = _with_balances(wanted, model)
    single = _inputs(ensemble.base, options, keep, every=max(1.0, model.graph.clock.save))
    inputs = _spread(ensemble, single)
    outcome = integrate(model.graph, model.path, inputs, options.backend, options.cores)
    broken = [np.abs(row) > BALANCE for e, row in zip(keep, outcome.values, strict=True) if e.is_balance]
    failed = outcome.failed | np.any(np.array(broken, bool).reshape(-1, inputs.members), axis=0)
    shown = outcome.values[: len(wanted)]
    answer = Answer(
        (ensemble.base,), inputs, wanted, shown, outcome, options.step, "member", ensemble.table, failed
    )
    return labelled(answer)


def _model(question: Model | Scenario) -> Model:
    return question.model if isinstance(question, Scenario) else question


def _assert_comparable(questions: Sequence[Model | Scenario]) -> None:
    hashes = {_model(q).hash for q in questions}
    spans = {_clock(q) for q in questions}
    if len(hashes) > 1 or len(spans) > 1:
        names = ", ".join(q.name for q in questions)
        raise InputError(f"{names}: scenarios run together must have the same model and the same years.")


def _clock(question: Model | Scenario) -> Clock:
    clock = _model(question).graph.clock
    if isinstance(question, Scenario):
        return replace(clock, start=question.years.start, end=question.years.end)
    return clock


def headline_of(question: Model | Scenario) -> tuple[str, ...]:
    """Return what an ensemble keeps by default: the headline and the targets' variables, a model's stocks."""
    if isinstance(question, Model):
        return tuple(s.about.key for s in question.graph.stocks)
    return variables_needed(question.model, *question.headline, *question.targets)


class ReadsElements(Protocol):
    """What is read from a run: a target, a predicate, a constraint."""

    @property
    def elements(self) -> tuple[str, ...]:
        """The keys of the elements it is read from."""


def variables_needed(model: Model, *needs: str | ReadsElements) -> tuple[str, ...]:
    """Return the variables a run must keep so that all of this can be read from it, each once.

    `needs` are keys of elements or variables, targets, predicates and constraints. The stocks that add up the
    years of a flow come last.

    >>> variables_needed(model, "gdp", "population[age_0_4,local]")
    ('gdp', 'population', 'cumulative_gdp')
    """
    keys = [key for need in needs for key in ((need,) if isinstance(need, str) else need.elements)]
    names = list(dict.fromkeys(map(variable_of, keys)))
    totals = filter(None, map(model.accumulator, names))
    return tuple(dict.fromkeys([*names, *totals]))


def _kept(model: Model, keys: Sequence[str]) -> tuple[Element, ...]:
    missing = [
        f"{key}: no such variable in {model.path}.{did_you_mean(key, model.variables)}"
        for key in keys
        if key not in model.variables
    ]
    Findings(missing).raise_as(InputError, "these variables cannot be kept:")
    return tuple(element for key in dict.fromkeys(keys) for element in model.variables[key])


def _with_balances(wanted: Sequence[Element], model: Model) -> tuple[Element, ...]:
    """Add the balances to what is wanted: they are looked at in every run."""
    balances = (e for elements in model.variables.values() for e in elements if e.is_balance)
    return tuple({e.key: e for e in (*wanted, *balances)}.values())


def _inputs(question: Model | Scenario, options: _Options, keep: Sequence[Element], every: float) -> Inputs:
    graph, clock = _model(question).graph, _clock(question)
    step = options.step or clock.step
    if (clock.end - clock.start) / step > MOST_STEPS:
        raise InputError(
            f"{question.name}: {clock.start:g} to {clock.end:g} by {step:g} is more than {MOST_STEPS:,} "
            "steps. Run fewer years, or take a longer step."
        )
    rows = {c.key: row for row, c in enumerate(graph.constants)}
    levers = tuple(question.levers.values()) if isinstance(question, Scenario) else ()
    _assert_free(_model(question), [lever.key for lever in levers])
    if step > max(clock.end - clock.start, clock.step):
        raise InputError(f"step = {step:g} is longer than the run from {clock.start:g} to {clock.end:g}.")
    return Inputs(
        constants=np.array([[c.value] for c in graph.constants]).reshape(-1, 1),
        start=clock.start,
        end=clock.end,
        step=step,
        saves=_saves(clock, step, max(every, step)),
        keep=tuple(e.key for e in keep),
        paths=tuple(ConstantPath(rows[s.key], s.times, np.array(s.values)[:, None]) for s in levers),
        integrator=options.integrator,
    )


def _saves(clock: Clock, step: float, every: float) -> tuple[int, ...]:
    """Return the first step at or after each instant that is to be saved, the start included."""
    steps = math.floor((clock.end - clock.start) / step * (1.0 + TINY) + TINY)
    due = np.arange(0.0, clock.end - clock.start + 1e-9 * every, every)
    return tuple(int(k) for k in np.unique(np.ceil(due / step - 1e-6)) if k <= steps)


def _alike(inputs: Sequence[Inputs]) -> list[list[int]]:
    """Group runs that differ in numbers alone: the same constants move at the same dates."""
    groups: dict[Any, list[int]] = {}
    for i, each in enumerate(inputs):
        groups.setdefault(tuple((p.row, p.times) for p in each.paths), []).append(i)
    return list(groups.values())


def _joined(inputs: Sequence[Inputs]) -> Inputs:
    paths = tuple(
        replace(path, values=np.concatenate([each.paths[j].values for each in inputs], axis=1))
        for j, path in enumerate(inputs[0].paths)
    )
    constants = np.concatenate([each.constants for each in inputs], axis=1)
    return replace(inputs[0], constants=constants, paths=paths)


def _spread(ensemble: Ensemble, single: Inputs) -> Inputs:
    """Give every member its values; a varied lever without a path holds its number from its first date."""
    base, members = ensemble.base, ensemble.members
    _assert_free(_model(base), list(ensemble.table))
    rows = {c.key: row for row, c in enumerate(_model(base).graph.constants)}
    constants = np.repeat(single.constants, members, axis=1)
    paths = {path.row: path for path in single.paths}
    for key, column in ensemble.table.items():
        if key in ensemble.paths:
            path = ensemble.paths[key]
            follows, values = np.array(path.follows)[:, None], np.array(path.values)[:, None]
            paths[rows[key]] = ConstantPath(rows[key], path.times, np.where(follows, column, values))
        elif isinstance(base, Scenario) and (key in base.levers or key in base.clause_levers):
            paths[rows[key]] = ConstantPath(rows[key], (base.starts(key),), np.array(column)[None, :])
        else:
            constants[rows[key]] = column
    return replace(single, constants=constants, paths=tuple(paths.values()))


def _assert_free(model: Model, keys: Sequence[str]) -> None:
    """Refuse to vary or move what is no constant of the model, or decides its time axis."""
    findings = [
        f"{key}: no such constant in {model.path}.{did_you_mean(key, model.constants)}"
        for key in keys
        if key not in model.constants
    ]
    findings += [f"{key}: {model.graph.clock.why_fixed}" for key in keys if key in model.graph.clock.reads]
    Findings(findings).raise_as(InputError, "these constants cannot be varied:")


def _raise_failure(question: Model | Scenario, inputs: Inputs) -> None:
    """Run a failed member alone, in plain Python, so that what went wrong is named."""
    model = _model(question)
    try:
        integrate(model.graph, model.path, inputs, "interpreted")
    except RunError as reason:
        raise RunError(f"{question.name}: {reason}") from None
    raise RunError(f"{question.name}: the run turned non-finite.")


def _assert_balanced(
    question: Model | Scenario, keep: Sequence[Element], values: np.ndarray[Any, Any], inputs: Inputs
) -> None:
    findings = []
    for element, row in zip(keep, values, strict=True):
        if element.is_balance and not np.abs(row).max() <= BALANCE:
            worst = int(np.nanargmax(np.abs(row)))
            when = inputs.start + inputs.saves[worst] * inputs.step
            findings.append(f"{element.key} ({element.label}) is {row[worst]:.3g} at time {when:g}.")
    Findings(findings).raise_as(
        RunError, f"{question.name}: these balances do not hold to {BALANCE:g} of their terms:"
    )
