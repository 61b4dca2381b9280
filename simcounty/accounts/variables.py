"""The variables of the panel: what a figure is of, its unit, and where two figures do not compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from simcounty import catalog, toml_files
from simcounty.errors import Findings, InputError, did_you_mean
from simcounty.language import said
from simcounty.toml_files import Shape

FILE = "scenarios/panel/variables.toml"
Level = Literal["county", "prefecture", "province", "nation"]


class Break(Shape):
    """A change of definition between two years; `levels` are the places whose figures have it."""

    between: list[int] = Field(min_length=2, max_length=2)
    reason: str
    levels: list[Level]


class Note(Shape):
    """What figures of some provinces are of that others are not."""

    provinces: list[str]
    text: str


class Revision(Shape):
    """Series that were revised backwards: nobody knew them so before a year."""

    levels: list[Level]
    known_from: int


class Variable(Shape):
    """A variable of the panel: its Chinese name, the unit yearbooks print, and its breaks.

    `kind` is "flow" for the sum of a year and "stock" for the end of it; `published_in` names the documents
    in which a county's figure is printed.
    """

    label: str
    unit: str
    kind: Literal["flow", "stock"]
    meaning: str
    taken_as: str = ""
    published_in: str = ""
    breaks: list[Break] = Field(default_factory=list)
    notes: list[Note] = Field(default_factory=list)
    revised: list[Revision] = Field(default_factory=list)

    def comparable(self, year: int, other: int, level: Level) -> bool:
        """Return whether figures of two years are of one definition: no break of the level lies between.

        >>> [variables()["gdp"].comparable(year, 2020, "county") for year in (2017, 2021)]
        [False, True]
        """
        first, last = sorted((year, other))
        return not any(level in each.levels and first <= each.between[0] < last for each in self.breaks)

    def unknown_in(self, year: int) -> set[Level]:
        """Return the levels whose series nobody knew so in a year: they were revised later."""
        return {level for each in self.revised if each.known_from > year for level in each.levels}


class VariablesShape(Shape):
    """The file of variables; `expected` are those looked for first, and told where they are missing."""

    expected: dict[Level, list[str]]
    variables: dict[str, Variable]


def variables() -> Mapping[str, Variable]:
    """Return every variable by its key, in the order of the file.

    >>> variables()["bank_loans"].label, variables()["gdp"].unit
    ('金融机构各项贷款余额', '亿元')
    """
    return MappingProxyType(toml_files.shipped(FILE, VariablesShape).variables)


def expected(level: Level) -> list[str]:
    """Return the variables that are looked for first of places of a level.

    >>> expected("county")[0]
    'gdp'
    """
    return toml_files.shipped(FILE, VariablesShape).expected[level]


def key_of(name: str) -> str:
    """Return the key of a variable given by its key or its Chinese name.

    >>> key_of("地区生产总值"), key_of("gdp")
    ('gdp', 'gdp')
    """
    wanted = name.strip()
    if wanted in variables():
        return wanted
    labels = {each.label: key for key, each in variables().items()}
    if wanted in labels:
        return labels[wanted]
    guess = did_you_mean(wanted, [*variables(), *labels])
    about = {"path": catalog.home() / FILE, "count": len(labels)}
    raise InputError(said("name.figure", name=name, guess=guess, **about), "name")


def keys_of(names: Iterable[str]) -> list[str]:
    """Return the keys of variables, in the order given; raise InputError with all that are not known."""
    keys, findings = [], Findings()
    for name in names:
        try:
            keys.append(key_of(name))
        except InputError as error:
            findings.append(str(error))
    findings.raise_as(InputError, "these variables cannot be found:")
    return keys
