"""The parameter census: what the numbers of a model and of a county rest on, and what a county leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from simcounty.counties.generate import LIKE
from simcounty.counties.imputation import keys_of_county
from simcounty.model import Model, load_model
from simcounty.model.graph import About, Constant, variable_of
from simcounty.scenario import County, CountyValue, load, toml_files

CALIBRATED = "assumption: calibrated"
"""How the comment of a constant begins whose value was fitted to data."""


def of_model(model: Model) -> str:
    """Say what the named numbers of a model rest on, and how many have a range.

    >>> of_model(model).partition(":")[0].split()[-1]
    'numbers'
    """
    named = {each.about.key: each.about for each in model.constants.values()}
    counts = Counter(map(_standing, named.values()))
    ranged = sum(each.range != (None, None) for each in named.values())
    return f"{len(named)} numbers: {_told(counts)}; {ranged} with a range"


def of_county(county: County) -> str:
    """Say how many values of a county are sourced, imputed or assumed, and how many are uncertain."""
    counts = Counter(map(_kind, county.values))
    uncertain = len(county.uncertain.each)
    return f"{county.title}: {len(county.values)} values: {_told(counts)}; {uncertain} uncertain"


def model_named_by(path: Path) -> Model:
    """Return the model that a county file names."""
    return load_model(toml_files.beside(path, str(toml_files.tomllib_table(path).get("model", ""))))


@dataclass(frozen=True)
class Standing:
    """A value a county starts from and what it rests on.

    `rests_on` is "sourced", "imputed" or "assumed", or "model" where the county file leaves it to the model.
    """

    key: str
    label: str
    value: float
    unit: str
    year: int | None
    rests_on: str
    said: str


def standings(county: County, model: Model) -> list[Standing]:
    """Return every value that is a county's own, or that its file gives, in the order of the model."""
    given, left = {value.key: value for value in county.values}, set(left_to_model(county, model))
    return [
        _stands(constant, given.get(key))
        for key, constant in model.constants.items()
        if key in given or key in left
    ]


def left_to_model(county: County, model: Model, also: Collection[str] = ()) -> tuple[str, ...]:
    """Return what is each county's own but stands in neither this county's file nor `also`.

    The model's own value holds there, which is that of the county the model was written for.

    >>> from simcounty.scenario import load
    >>> left_to_model(load("fuping/baseline").county, load("fuping/baseline").model)
    ()
    """
    given = {value.key for value in county.values}.union(also)
    return tuple(key for key in keys_of_county(model) if key not in given)


def told_left(county: County, model: Model, also: Collection[str] = ()) -> str:
    """Say in a sentence which values of a county stand as the model file has them; nothing if none does."""
    own, left = keys_of_county(model), left_to_model(county, model, also)
    if not left:
        return ""
    like = load(LIKE)
    written_for = f", written for {like.county.title}" if like.model.path == model.path else ""
    return (
        f"{len(left)} of the {len(own)} values that are a county's own stand as in {model.path.name}"
        f"{written_for}: {', '.join(_shortened(left, own))}. `simcounty new CODE` imputes them"
    )


def _shortened(keys: Iterable[str], own: Collection[str]) -> list[str]:
    """Return keys, an array whose elements all stand among them by its name."""
    found, elements = set(keys), Counter(map(variable_of, own))
    counts = Counter(map(variable_of, found))
    whole = {name for name in counts if counts[name] == elements[name]}
    return list(dict.fromkeys(variable_of(k) if variable_of(k) in whole else k for k in keys))


def _stands(constant: Constant, value: CountyValue | None) -> Standing:
    about = (constant.key, constant.label)
    if value is None:
        return Standing(*about, constant.value, constant.unit, None, "model", constant.about.source)
    said = value.source or value.imputed or value.assumption
    return Standing(*about, value.value, value.unit, value.year, _kind(value), said)


def _kind(value: CountyValue) -> str:
    return "sourced" if value.source else "imputed" if value.imputed else "assumed"


def _standing(about: About) -> str:
    if about.source.startswith(CALIBRATED):
        return "calibrated"
    return {"source": "sourced", "assumption": "assumed"}.get(about.source.partition(":")[0], "unexplained")


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[name]} {name}" for name in _ordered(counts))


def _ordered(counts: Iterable[str]) -> list[str]:
    order = ("sourced", "calibrated", "imputed", "assumed", "unexplained")
    return [name for name in order if name in set(counts)]
