"""A county: the values it gives the model's constants, each with a source, and what was observed there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from simcounty import catalog, toml_files
from simcounty.errors import Findings, ScenarioError
from simcounty.model import Model, load_model
from simcounty.model.names import once
from simcounty.scenario import binding
from simcounty.scenario.uncertainty import CERTAIN, Uncertain, UncertainShape, bind_uncertain
from simcounty.tables import read_table, sourced_year
from simcounty.toml_files import Number, Shape

SHEET = "observed"
COLUMNS = ("variable", "year", "value", "unit", "source")


KINDS = {
    "source": "sourced",
    "derived": "derived",
    "imputed": "imputed",
    "calibrated": "calibrated",
    "assumption": "assumed",
}
"""What a value rests on, by the key of a county file that says it: `source`, where the number stands;
`derived`, the rule that made it from this county's own figures; `imputed`, the rule that made it from
others'; `calibrated`, the data it was fitted to; `assumption`, why it is taken.
"""

KNOWN = ("sourced", "derived")
"""The kinds that rest on this county's own figures."""


@dataclass(frozen=True, slots=True)
class CountyValue:
    """One constant's value in a county, in the model's unit, with its provenance.

    `kind` is one of those of `KINDS`, `basis` its source, rule or reason; `confidence` grades a source;
    `sd` is how far a rule may be off, as the standard deviation of the logarithm.
    """

    key: str
    value: float
    unit: str
    year: int | None
    kind: str
    basis: str
    confidence: str = ""
    sd: float = 0.0

    @property
    def is_known(self) -> bool:
        """Whether it rests on this county's own figures."""
        return self.kind in KNOWN


@dataclass(frozen=True)
class Observation:
    """A measured value of a variable, at the end of a year or over it, in the model's unit."""

    variable: str
    year: int
    value: float
    source: str


@dataclass(frozen=True)
class County:
    """A county file bound to a model."""

    name: str
    title: str
    path: Path | None = None
    code: str = ""
    prefecture: str = ""
    province: str = ""
    areas: tuple[str, ...] = ()
    values: tuple[CountyValue, ...] = ()
    observed: Path | None = None
    observations: tuple[Observation, ...] = ()
    uncertain: Uncertain = CERTAIN
    hash: str = ""

    @property
    def identity(self) -> str:
        """What tells it from other counties: its code, or its name if it has none."""
        return self.code or self.name

    def is_meant_by(self, name: str) -> bool:
        """Return whether a policy that says `name` means this county; "each" means every county.

        `areas` are the groups of counties it belongs to, as documents name them.
        """
        return name in {"each", self.name, self.title, self.code, *self.areas}


NOWHERE = County(name="", title="")
"""The county of a scenario that names none: nothing is set, nothing was observed."""


class ValueShape(Shape):
    """`[values.KEY]` of a county file."""

    value: Number | None = None
    unit: str = ""
    year: int | None = None
    source: str = ""
    derived: str = ""
    imputed: str = ""
    calibrated: str = ""
    assumption: str = ""
    confidence: str = ""

    def basis(self) -> tuple[str, str]:
        """Return the kind of the value and its basis; raise ScenarioError unless there is one."""
        given = [name for name in KINDS if getattr(self, name)]
        if len(given) != 1:
            raise ScenarioError(
                "needs one of `source` (where the number stands), `derived` (the rule that made it from the "
                "county's own figures), `imputed` (from others'), `calibrated` (what it was fitted to) and "
                f"`assumption` (why it is taken), and has {' and '.join(given) or 'none of them'}."
            )
        return KINDS[given[0]], getattr(self, given[0])


class CountyShape(UncertainShape):
    """A county file."""

    title: str
    name: str = ""
    code: str = ""
    prefecture: str = ""
    province: str = ""
    areas: list[str] = Field(default_factory=list)
    model: str = ""
    observed: str = ""
    values: dict[str, ValueShape] = Field(default_factory=dict)


def bind_county(path: Path, shape: CountyShape, model: Model, findings: Findings) -> County:
    """Bind a county file to a model; what does not fit becomes a finding."""
    values = _values(path, shape, model, findings)
    observed = toml_files.named_file(path, "observed", shape.observed, findings) if shape.observed else None
    return County(
        **shape.model_dump(include={"title", "code", "prefecture", "province"}),
        name=shape.name or path.stem,
        path=path,
        areas=tuple(shape.areas),
        values=values,
        observed=observed,
        observations=_observations(observed, model, findings) if observed else (),
        uncertain=bind_uncertain(path, shape, model, findings),
        hash=toml_files.digest(each for each in (path, observed) if each),
    )


def _values(path: Path, shape: CountyShape, model: Model, findings: Findings) -> tuple[CountyValue, ...]:
    values: dict[str, CountyValue] = {}
    for name, given in shape.values.items():
        with findings.at(path, f"values, {name}"):
            constant = binding.constant_of(model, name)
            key = once(constant.key, values)
            if given.value is None:
                raise ScenarioError(f"value is missing. {how_to_impute(key)}")
            value = binding.bound(given.value, given.unit, constant, binding.limits_of(constant, model))
            values[key] = CountyValue(key, value, constant.unit, given.year, *given.basis(), given.confidence)
    return tuple(values.values())


def _observations(path: Path, model: Model, findings: Findings) -> tuple[Observation, ...]:
    """Read an observed series: a CSV file, or the sheet `observed` of a workbook, with these `COLUMNS`."""
    observations: list[Observation] = []
    table = read_table(path, SHEET, COLUMNS, findings)
    for row in table.rows if table else ():
        with findings.at(path, row.where):
            element, year = binding.element_of(model, row.text("variable")), sourced_year(row)
            value = binding.amount(row.text("value"), row.text("unit"), element.unit)
            observations.append(Observation(element.key, year, value, row.text("source")))
    return tuple(observations)


def how_to_impute(key: str) -> str:
    """Return a message of the rule by which the model `start` imputes a value, or that there is none.

    >>> how_to_impute("arrival_rate").partition(":")[0]
    '`simcounty new` imputes it'
    """
    rule = load_model(catalog.find(catalog.MODEL, "start"))
    found = next((each for e in rule.variables.values() for each in e if each.key == key), None)
    if found is None:
        return "No rule imputes it: give a number with `source` or `assumption`."
    about = found.about
    text = about.source.partition(":")[2] or about.explanation.partition("imputed:")[2]
    return (
        f"`simcounty new` imputes it: {text.strip().format(region='the region', structure='its province')}. "
        "Take the number from there with `imputed`, or give your own with `source` or `assumption`."
    )
