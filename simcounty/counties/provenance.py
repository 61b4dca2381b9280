"""Provenance: what the numbers of a model and of a county rest on, and what a county leaves to the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from simcounty import toml_files
from simcounty.counties import TEMPLATE
from simcounty.errors import Findings, ScenarioError
from simcounty.language import said
from simcounty.model import Model, load_model
from simcounty.model.graph import About, Constant, variable_of
from simcounty.scenario import County, CountyValue, load
from simcounty.scenario.county_value import KINDS
from simcounty.scenario.load import read_county
from simcounty.scenario.starting_values import keys_of_county

CALIBRATED = "assumption: calibrated"
"""How the comment of a constant begins whose value was fitted to data."""

ORDER = (*KINDS.values(), "unexplained")


@dataclass(frozen=True)
class ValueProvenance:
    """A value a county starts from and what it rests on.

    `rests_on` is one of `KINDS`, or "model" where the county file leaves it to the model;
    `source` is the source, the rule or the reason; `at_limit`: an imputed value outside the model's range,
    brought to its end.
    """

    key: str
    label: str
    variable_label: str
    value: float
    unit: str
    year: int | None
    rests_on: str
    source: str
    at_limit: bool = False


def summarise_model(model: Model) -> str:
    """Return in words what the named numbers of a model rest on, and how many have a range.

    >>> summarise_model(model).partition(":")[0].split()[-1]
    'numbers'
    """
    named = {each.about.key: each.about for each in model.constants.values()}
    counts = Counter(map(_kind_of_constant, named.values()))
    ranged = sum(each.range != (None, None) for each in named.values())
    return f"{len(named)} numbers: {_counted(counts)}; {ranged} with a range"


def summarise_county(county: County) -> str:
    """Return in words how many values of a county rest on what, and how many are uncertain."""
    counts = Counter(value.kind for value in county.values)
    uncertain = len(county.uncertain.each)
    return f"{county.title}: {len(county.values)} values: {_counted(counts)}; {uncertain} uncertain"


def model_of_county_file(path: Path) -> Model:
    """Return the model that a county file names."""
    findings = Findings()
    shape = read_county(path, findings)
    findings.raise_as(ScenarioError, said("file.unusable", path=path, what="county"))
    assert shape is not None, "what cannot be read has findings"
    return load_model(toml_files.beside(path, shape.model))


def values_of_county(county: County, model: Model) -> list[ValueProvenance]:
    """Return every value that is a county's own, or that its file gives, in the order of the model."""
    given, left = {value.key: value for value in county.values}, set(left_to_model(county, model))
    return [
        _provenance(constant, given.get(key))
        for key, constant in model.constants.items()
        if key in given or key in left
    ]


def left_to_model(county: County, model: Model, also: Collection[str] = ()) -> tuple[str, ...]:
    """Return what is each county's own but is given neither by this county's file nor in `also`.

    The model's own value holds there, which is that of the county the model was written for.

    >>> from simcounty.scenario import load
    >>> left_to_model(load("fuping/baseline").county, load("fuping/baseline").model)
    ()
    """
    given = {value.key for value in county.values}.union(also)
    return tuple(key for key in keys_of_county(model) if key not in given)


def left_to_model_text(county: County, model: Model, also: Collection[str] = ()) -> str:
    """Return a sentence that names the values a county leaves to the model; empty if there is none."""
    own, left = keys_of_county(model), left_to_model(county, model, also)
    if not left:
        return ""
    like = load(TEMPLATE)
    written_for = f", written for {like.county.title}" if like.model.path == model.path else ""
    return (
        f"{len(left)} of the {len(own)} values that are a county's own stand as in {model.path.name}"
        f"{written_for}: {', '.join(_shortened(left, own))}. `simcounty new CODE` imputes them"
    )


def _shortened(keys: Collection[str], own: Collection[str]) -> list[str]:
    """Return keys, with an array that is among them with all of its elements by its name."""
    counts, elements = Counter(map(variable_of, keys)), Counter(map(variable_of, own))
    complete = {name for name in counts if counts[name] == elements[name]}
    return list(dict.fromkeys(variable_of(key) if variable_of(key) in complete else key for key in keys))


def _provenance(constant: Constant, value: CountyValue | None) -> ValueProvenance:
    about = (constant.key, constant.label, constant.about.label)
    if value is None:
        return ValueProvenance(*about, constant.value, constant.unit, None, "model", constant.about.source)
    return ValueProvenance(
        *about, value.value, value.unit, value.year, value.kind, value.basis, value.at_limit
    )


def _kind_of_constant(about: About) -> str:
    if about.source.startswith(CALIBRATED):
        return "calibrated"
    return {"source": "sourced", "assumption": "assumed"}.get(about.source.partition(":")[0], "unexplained")


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[kind]} {kind}" for kind in ORDER if counts[kind])
