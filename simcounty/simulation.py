"""Run a model, scenarios or an ensemble by a backend, and return a labelled Dataset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from simcounty.backends import INTEGRATORS, ConstantPath, Inputs, Outcome, integrate
from simcounty.backends.job import TINY, Floats
from simcounty.dataset import Result, to_dataset
from simcounty.errors import Findings, InputError, RunError, did_you_mean
from simcounty.model import Model
from simcounty.model.graph import BALANCE, FINAL_TIME, Clock, Element, Graph, variable_of
from simcounty.sampling import Ensemble
from simcounty.scenario import Scenario, binding

if TYPE_CHECKING:
    import xarray as xr

MOST_STEPS, MOST_VALUES = 1_000_000, 50_000_000
"""A run of more steps, or that holds more values at once, is refused as a mistake."""
_FIXED = "these constants cannot be varied:"

Base = Model | Scenario


@dataclass(frozen=True)
class _Options:
    """How to integrate, and which variables to keep; None stands for the default, which the file may give."""

    backend: str
    integrator: str | None
    keep: Sequence[str] | None
    step: float | None
    cores: int | None
    seed: int = 0

    def splits_steps(self, inputs: Inputs) -> bool:
        """Return whether steps end where equations bend."""
        return inputs.integrator != "euler" or self.backend == "adaptive"

    def integrator_of(self, clock: Clock) -> str:
        """Return the one asked for, else that of the file; a backend with a rule of its own takes none."""
        return self.integrator or ("euler" if self.backend == "adaptive" else clock.integrator)

    def __post_init__(self) -> None:
        if self.integrator is not None and self.integrator not in INTEGRATORS:
            known, meant = ", ".join(INTEGRATORS), did_you_mean(self.integrator, INTEGRATORS)
            raise InputError(f"integrator {self.integrator!r}: choose one of {known}.{meant}")
        if self.step is not None and not (math.isfinite(self.step) and self.step > 0.0):
            raise InputError(f"step = {self.step!r}: give a finite number above 0, in the unit of time.")
        if isinstance(self.keep, str):
            raise InputError(f"keep = {self.keep!r}: give a list of variables, [{self.keep!r}].")


def simulate(
    what: Base | Ensemble | Sequence[Scenario],
    backend: str = "auto",
    integrator: str | None = None,
    keep: Sequence[str] | None = None,
    step: float | None = None,
    cores: int | None = None,
) -> xr.Dataset:
    """Integrate, and return a Dataset over `time` (TIME = Y is 31 December of year Y).

    A list of scenarios of one model adds the dim `scenario`, an ensemble the dim `member`; subscripted
    variables keep their dimensions. `keep` names variables: by default a single run keeps all, an
    ensemble the headline and the targets' ones (of a bare model: its stocks). A single run is saved as
    often as the model states, an ensemble once a unit of time. `integrator` and `step` replace the method
    and the TIME STEP of the model file.
    `cores` is how many the compiled backend uses, by default all; the numbers do not depend on it.

    Raises InputError for what cannot be run, RunError for a run that turns non-finite or whose
    balance breaks; in an ensemble such members are flagged in the coordinate `failed` instead.

    >>> run = simulate(load("tonglu/baseline"), keep=["urbanisation_rate"])
    >>> run["urbanisation_rate"].attrs["units"]
    'Dmnl'
    """
    options = _Options(backend, integrator, keep, step, cores)
    if isinstance(what, Ensemble):
        return _simulate_ensemble(what, options)
    if isinstance(what, Base):
        return to_dataset(_run_singles([what], options, dim=None))
    if isinstance(what, str | Path) or not isinstance(what, Sequence):
        raise InputError(f"{what!r} cannot be simulated. Give a model, a scenario, an ensemble or scenarios.")
    return to_dataset(_run_singles(list(what), options, dim="scenario"))


def run_scenarios(
    scenarios: Sequence[Scenario], backend: str, integrator: str | None, seed: int = 0
) -> Result:
    """Integrate scenarios of one model, every variable; `simulate` also labels what comes out."""
    return _run_singles(scenarios, _Options(backend, integrator, None, None, None, seed), dim="scenario")


def _run_singles(bases: Sequence[Base], options: _Options, dim: str | None) -> Result:
    """Run models or scenarios of one model; together where they differ only in numbers."""
    if not bases:
        raise InputError("no scenario to simulate; give at least one.")
    _assert_comparable(bases)
    model = _model(bases[0])
    shown = _elements(model, options.keep or tuple(model.variables))
    keep = _with_balances(shown, model)
    inputs = [_inputs(base, options, keep, every=model.graph.clock.save) for base in bases]
    outcomes: dict[int, Outcome] = {}
    for group in _alike(inputs):
        together = _side_by_side([inputs[i] for i in group])
        outcome = _integrate(model, together, options)
        for place, i in enumerate(group):
            if outcome.failed[place]:
                reason = outcome.reason if len(group) == 1 else ""
                reason = reason or _reason(model, inputs[i], options)
                raise RunError(f"{bases[i].name} ({model.path}): {reason}")
            outcomes[i] = replace(outcome, values=outcome.values[:, :, place : place + 1])
    values = np.concatenate([outcomes[i].values for i in range(len(bases))], axis=2)
    if FINAL_TIME in model.graph.elements:
        inputs, values = _ended(bases, keep, inputs, values)
    for i, base in enumerate(bases):
        _assert_balanced(base, keep, values[:, :, i], inputs[i])
    return Result(tuple(bases), inputs[0], shown, replace(outcomes[0], values=values), dim)


def _ended(
    bases: Sequence[Base], keep: Sequence[Element], inputs: list[Inputs], values: Floats
) -> tuple[list[Inputs], Floats]:
    """Cut runs at the first instant that reaches a FINAL TIME which moves."""
    end = values[[each.key for each in keep].index(FINAL_TIME)]
    reached = inputs[0].times[:, None] >= end - TINY * inputs[0].step
    if not reached.any(axis=0).all():
        name, last = bases[int(reached.any(axis=0).argmin())].name, float(inputs[0].times[-1])
        raise RunError(
            f"{name}: FINAL TIME moves beyond {last:g}, where it stood at the start; let it come nearer."
        )
    counts = set((reached.argmax(axis=0) + 1).tolist())
    if len(counts) > 1:
        raise InputError("FINAL TIME moves, and these scenarios end at different times; run them one by one.")
    (count,) = counts
    return [replace(each, saves=each.saves[:count]) for each in inputs], values[:, :count]


def _simulate_ensemble(ensemble: Ensemble, options: _Options) -> xr.Dataset:
    base, model = ensemble.base, _model(ensemble.base)
    if FINAL_TIME in model.graph.elements:
        raise InputError("FINAL TIME moves, so that members end at different times; run the model by itself.")
    shown = _elements(model, options.keep or headline_of(base))
    keep = _with_balances(shown, model)
    single = _inputs(base, options, keep, every=max(1.0, model.graph.clock.save))
    inputs = _ensemble_inputs(ensemble, single, options)
    outcome = _integrate(model, inputs, options)
    broken = [np.abs(row) > BALANCE for e, row in zip(keep, outcome.values, strict=True) if e.is_balance]
    failed = outcome.failed | np.any(np.array(broken, bool).reshape(-1, inputs.members), axis=0)
    outcome = replace(outcome, failed=failed)
    return to_dataset(Result((base,), inputs, shown, outcome, "member", ensemble.table))


def _integrate(model: Model, inputs: Inputs, options: _Options) -> Outcome:
    """Integrate members; where steps are split, those that bend at other instants are run apart."""
    if not (options.splits_steps(inputs) and inputs.members):
        return integrate(model.graph, model.path, inputs, options.backend, options.cores)
    from simcounty.backends.corners import by_corners

    parts = [
        (places, integrate(model.graph, model.path, group, options.backend, options.cores))
        for places, group in by_corners(model.graph, inputs)
    ]
    if len(parts) == 1:
        return parts[0][1]
    values, failed = np.empty(inputs.shape), np.zeros(inputs.members, bool)
    for places, part in parts:
        values[:, :, places], failed[places] = part.values, part.failed
    return replace(parts[0][1], values=values, failed=failed, reason="")


def _reason(model: Model, inputs: Inputs, options: _Options) -> str:
    """Run a failed member alone, in plain Python, which knows what went wrong."""
    alone = _integrate(model, inputs, replace(options, backend="interpreted"))
    return alone.reason or "the run turned non-finite."


def _model(base: Base) -> Model:
    return base.model if isinstance(base, Scenario) else base


def _clock(base: Base) -> Clock:
    clock = _model(base).graph.clock
    if isinstance(base, Scenario):
        return replace(clock, start=base.years.start, end=base.years.end)
    return clock


def _assert_comparable(bases: Sequence[Base]) -> None:
    if len({(_model(base).hash, _clock(base)) for base in bases}) > 1:
        names = ", ".join(base.name for base in bases)
        raise InputError(f"{names}: scenarios run together must have the same model and the same years.")


def headline_of(base: Base) -> tuple[str, ...]:
    """Return what an ensemble keeps by default: the headline and the targets' variables, a model's stocks."""
    if isinstance(base, Model):
        return tuple(s.about.key for s in base.graph.stocks)
    return variables_needed(base.model, *base.headline, *base.targets)


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


def _elements(model: Model, keys: Sequence[str]) -> tuple[Element, ...]:
    """Return the elements of variables; raise InputError for names that the model does not have."""
    findings, found = Findings(), dict[str, None]()
    for name in keys:
        with findings.at():
            found[binding.variable_of_name(model, name)] = None
    findings.raise_as(InputError, "these variables cannot be kept:")
    return tuple(element for key in found for element in model.variables[key])


def _with_balances(shown: Sequence[Element], model: Model) -> tuple[Element, ...]:
    """Add the balances to the elements to show: they are checked in every run; so is an end that moves."""
    end = [e for key, e in model.graph.elements.items() if key == FINAL_TIME]
    return tuple({e.key: e for e in (*shown, *model.balances, *end)}.values())


def _inputs(base: Base, options: _Options, keep: Sequence[Element], every: float) -> Inputs:
    graph, clock = _model(base).graph, _clock(base)
    step, span = options.step or clock.step, clock.end - clock.start
    saves = _saves(clock, step, max(every, step)) if span / step <= MOST_STEPS else ()
    if not saves or len(saves) * len(keep) > MOST_VALUES:
        most = f"{MOST_VALUES:,} values" if saves else f"{MOST_STEPS:,} steps"
        raise InputError(
            f"{base.name}: {clock.start:g} to {clock.end:g} by {step:g} is more than {most}. "
            "Run fewer years, take a longer step, or keep fewer variables."
        )
    rows = {c.key: row for row, c in enumerate(graph.constants)}
    levers = tuple(base.levers.values()) if isinstance(base, Scenario) else ()
    _model(base).unsettable([lever.key for lever in levers]).raise_as(InputError, _FIXED)
    if step > max(span, clock.step):
        raise InputError(f"step = {step:g} is longer than the run from {clock.start:g} to {clock.end:g}.")
    inputs = Inputs(
        constants=np.array([[c.value] for c in graph.constants]).reshape(-1, 1),
        start=clock.start,
        end=clock.end,
        step=step,
        saves=saves,
        keep=tuple(e.key for e in keep),
        paths=tuple(ConstantPath(rows[s.key], s.times, np.array(s.values)[:, None]) for s in levers),
        integrator=options.integrator_of(clock),
    )
    return _with_streams(graph, inputs, options.backend, options.seed, range(1))


def _with_streams(graph: Graph, inputs: Inputs, backend: str, seed: int, members: range) -> Inputs:
    """Let random functions draw, where a model has any."""
    if not graph.streams:
        return inputs
    from simcounty.backends.streams import with_streams

    return with_streams(graph, inputs, backend, seed, members)


def _saves(clock: Clock, step: float, every: float) -> tuple[int, ...]:
    """Return the first step at or after each instant to be saved, the start included."""
    steps = math.floor((clock.end - clock.start) / step * (1.0 + TINY) + TINY)
    due = np.arange(0.0, clock.end - clock.start + 1e-9 * every, every)
    return tuple(int(k) for k in np.unique(np.ceil(due / step - 1e-6)) if k <= steps)


def _alike(inputs: Sequence[Inputs]) -> list[list[int]]:
    """Group the places of inputs that differ only in numbers: the same constants move at the same dates."""
    groups: dict[Any, list[int]] = {}
    for i, each in enumerate(inputs):
        groups.setdefault(tuple((p.row, p.times) for p in each.paths), []).append(i)
    return list(groups.values())


def _side_by_side(inputs: Sequence[Inputs]) -> Inputs:
    """Return the inputs of one job that has each of these as a member."""
    paths = tuple(
        replace(path, values=np.concatenate([each.paths[j].values for each in inputs], axis=1))
        for j, path in enumerate(inputs[0].paths)
    )
    constants = np.concatenate([each.constants for each in inputs], axis=1)
    return replace(inputs[0], constants=constants, paths=paths)


def _ensemble_inputs(ensemble: Ensemble, single: Inputs, options: _Options) -> Inputs:
    """Give every member its values; a varied lever without a path has its number from its first date on."""
    base, members = ensemble.base, ensemble.members
    _model(base).unsettable(ensemble.table.keys()).raise_as(InputError, _FIXED)
    rows = {c.key: row for row, c in enumerate(_model(base).graph.constants)}
    constants = np.repeat(single.constants, members, axis=1)
    paths = {path.row: path for path in single.paths}
    paths |= {rows[key]: _arriving(ensemble, key, rows[key]) for key in ensemble.delivered}
    for key, column in ensemble.table.items():
        if key in ensemble.paths:
            path = ensemble.paths[key]
            follows, values = np.array(path.follows)[:, None], np.array(path.values)[:, None]
            paths[rows[key]] = ConstantPath(rows[key], path.times, np.where(follows, column, values))
        elif isinstance(base, Scenario) and (key in base.levers or key in base.clause_levers):
            paths[rows[key]] = ConstantPath(rows[key], (base.starts(key),), np.array(column)[None, :])
        else:
            constants[rows[key]] = column
    inputs = replace(single, constants=constants, paths=tuple(paths.values()))
    numbers = range(ensemble.first, ensemble.first + members)
    return _with_streams(_model(base).graph, inputs, options.backend, ensemble.seed, numbers)


def _arriving(ensemble: Ensemble, key: str, row: int) -> ConstantPath:
    """Return the path of a lever as it is delivered in each member."""
    base = ensemble.base
    assert isinstance(base, Scenario), "levers are of scenarios"
    lever = base.levers[key]
    times, values = ensemble.delivered[key].along(lever.times, lever.values, base.model.constants[key].value)
    return ConstantPath(row, times, values)


def _assert_balanced(base: Base, keep: Sequence[Element], values: Floats, inputs: Inputs) -> None:
    findings = Findings()
    for element, row in zip(keep, values, strict=True):
        if element.is_balance and not np.abs(row).max() <= BALANCE:
            worst = int(np.nanargmax(np.abs(row)))
            when = inputs.start + inputs.saves[worst] * inputs.step
            findings.append(f"{element.key} ({element.label}) is {row[worst]:.3g} at time {when:g}.")
    findings.raise_as(RunError, f"{base.name}: these balances do not hold to {BALANCE:g} of their terms:")
