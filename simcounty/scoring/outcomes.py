"""What came: which variable of the model is held against which published figure, and classes of counties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from simcounty import catalog, toml_files
from simcounty.accounts.variables import Variable, variables
from simcounty.errors import Findings, InputError, ScenarioError, did_you_mean
from simcounty.model import Model
from simcounty.scenario import Scenario
from simcounty.toml_files import Shape
from simcounty.units import express

FILE = "scenarios/panel/outcomes.toml"


class ObservedOutcomeShape(Shape):
    """A variable of the model, and the variable of the panel that measures it."""

    variable: str
    figure: str
    scale: Literal["log", "points"] = "log"


class ClassesShape(Shape):
    """Ends of classes of residents, in 10,000, and groups of provinces by the digits of their codes."""

    residents: list[int] = Field(min_length=1)
    provinces: dict[str, list[str]]


class StartRatioShape(Shape):
    """A variable of the model, or the ratio of two, and the two figures of the panel whose ratio it is.

    Amounts are in the same unit in the model and in the panel.
    """

    label: str
    variables: list[str] = Field(min_length=1, max_length=2)
    figures: list[str] = Field(min_length=2, max_length=2)


class OutcomesShape(Shape):
    """The file of outcomes; `vintage` is the constant up to which the model's paths are observed."""

    vintage: str
    outcome: list[ObservedOutcomeShape] = Field(min_length=1)
    start_ratio: list[StartRatioShape] = Field(default_factory=list)
    classes: ClassesShape


@dataclass(frozen=True)
class ObservedOutcome:
    """A variable of a model held against a published figure, in the unit of the figure.

    `factor` brings the model's numbers to that unit; `log`: errors are of logarithms, else differences.
    """

    variable: str
    figure: str
    log: bool
    factor: float

    @property
    def about(self) -> Variable:
        """What the figure is."""
        return variables()[self.figure]


def outcomes(model: Model, names: Iterable[str] = ()) -> tuple[ObservedOutcome, ...]:
    """Return the outcomes of a model, or those named: by the key or label of the figure or the variable.

    Raises ScenarioError for a file that does not fit the model, InputError for names it does not have.

    >>> [each.figure for each in outcomes(model, ["地区生产总值"])]
    ['gdp']
    """
    findings = Findings()
    found = [_bound(each, model, findings) for each in _file().outcome]
    findings.raise_as(ScenarioError, f"{catalog.home() / FILE}: cannot be used with {model.path}:")
    bound = [each for each in found if each is not None]
    if not (wanted := list(names)):
        return tuple(bound)
    by_name = {name: each for each in bound for name in _names(each, model)}
    findings += [
        f"{name}: nothing of this name is scored.{did_you_mean(name, by_name)} "
        f"Known: {'、'.join(each.about.label for each in bound)}."
        for name in wanted
        if name.strip() not in by_name
    ]
    findings.raise_as(InputError, "these variables cannot be scored:")
    return tuple(dict.fromkeys(by_name[name.strip()] for name in wanted))


def _names(outcome: ObservedOutcome, model: Model) -> tuple[str, ...]:
    label = model.variables[outcome.variable][0].label
    return label, outcome.variable, outcome.about.label, outcome.figure


def _bound(shape: ObservedOutcomeShape, model: Model, findings: Findings) -> ObservedOutcome | None:
    """Return an outcome bound to a model; None, and a finding, where it does not fit."""
    if shape.variable not in model.variables or shape.figure not in variables():
        findings.append(f"{shape.variable}, {shape.figure}: no such variable, of the model or of the panel.")
        return None
    stock = model.accumulator(shape.variable)
    if variables()[shape.figure].kind == "flow" and not stock:
        findings.append(f"{shape.variable}: is of a year, and no stock of the model adds it up. Add one.")
        return None
    unit = model.variables[stock or shape.variable][0].about.unit
    factor = express(1.0, unit, variables()[shape.figure].unit)
    return ObservedOutcome(shape.variable, shape.figure, shape.scale == "log", factor)


def start_ratios() -> list[StartRatioShape]:
    """Return the ratios of a start that are held against what is published."""
    return _file().start_ratio


def size_class(residents: float) -> str:
    """Return the class of a county by its residents.

    >>> size_class(453_106), size_class(2_000_000)
    ('20–50万人', '≥100万人')
    """
    ends = _file().classes.residents
    low = max((end for end in ends if residents >= 1e4 * end), default=0)
    high = next((end for end in ends if residents < 1e4 * end), None)
    if high is None:
        return f"≥{low}万人"
    return f"{low}–{high}万人" if low else f"<{high}万人"


def size_classes() -> list[str]:
    """Return all classes of residents, the smallest first."""
    ends = _file().classes.residents
    return [size_class(1e4 * end) for end in (0, *ends)]


def province_group(code: str) -> str:
    """Return the group of provinces that the code of a county belongs to, or "".

    >>> province_group("330122")
    '东部'
    """
    groups = _file().classes.provinces
    return next((name for name, digits in groups.items() if code[:2] in digits), "")


def province_groups() -> Mapping[str, list[str]]:
    """Return the groups of provinces by name: the first two digits of codes."""
    return _file().classes.provinces


def observed_until(year: int, scenario: Scenario) -> Scenario:
    """Return a scenario whose observed paths of the nation end with a year, and assumed after it."""
    vintage = _file().vintage
    return scenario.replace({vintage: min(float(year), scenario.model.constants[vintage].value)})


def _file() -> OutcomesShape:
    return toml_files.shipped(FILE, OutcomesShape)
