"""The panel: figures by place, variable and year, as columns; what is shipped, and what a user adds."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcounty import catalog
from simcounty.accounts.variables import Level, variables
from simcounty.atomic import atomic_write
from simcounty.errors import InputError

FILE = "scenarios/panel/panel.npz"
TENFOLD = math.log(10)  # a leap that is doubted where nothing that goes with a figure is known
NATION = "000000"
Integers = NDArray[np.int32]
TEXTS = ("codes", "names", "variables", "sources", "grades", "reasons")
NUMBERED = {
    "place": "codes", "variable": "variables", "source": "sources", "grade": "grades", "reason": "reasons",
}  # fmt: skip
"""The columns that count texts, and which."""

NUMBERS = ("place", "variable", "year", "value", "source", "grade", "reason", "doubted_from")


@dataclass(frozen=True)
class Figure:
    """A published figure: in the unit of its variable, of a calendar year.

    `grade` says how it was matched or how official it is; `set_aside` is why it is shown but not used, or "",
    and `doubted_from` the year from which that could be known.
    """

    code: str
    name: str
    variable: str
    year: int
    value: float
    source: str
    grade: str = ""
    set_aside: str = ""
    doubted_from: int = 0


@dataclass(frozen=True, eq=False)
class Panel:
    """Figures as columns: texts once each, and for every figure the place of its texts in them.

    The figures are in the order of place, variable and year.
    """

    texts: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, figures: Iterable[Figure]) -> Panel:
        """Return the panel of figures; of two for one place, variable and year the last stays.

        >>> figure = Figure("330122", "桐庐县", "gdp", 2023, 469.23, "县域统计年鉴2024版")
        >>> Panel.of([figure]).years("330122", "gdp")
        {2023: 469.23}
        """
        kept = {(each.code, each.variable, each.year): each for each in figures}
        ordered = [kept[key] for key in sorted(kept)]
        names = {each.code: each.name for each in ordered}
        listed = {
            "codes": tuple(names),
            "variables": tuple(sorted({each.variable for each in ordered})),
            "sources": tuple(sorted({each.source for each in ordered})),
            "grades": tuple(sorted({each.grade for each in ordered})),
            "reasons": tuple(sorted({"", *(each.set_aside for each in ordered)})),
        }
        at = {kind: {text: i for i, text in enumerate(texts)} for kind, texts in listed.items()}
        rows = [
            (
                at["codes"][each.code],
                at["variables"][each.variable],
                each.year,
                at["sources"][each.source],
                at["grades"][each.grade],
                at["reasons"][each.set_aside],
                each.doubted_from,
            )
            for each in ordered
        ]
        counted = [name for name in NUMBERS if name != "value"]
        whole = np.array(rows, dtype=np.int32).reshape(-1, len(counted)).T
        columns = dict(zip(counted, whole, strict=True))
        columns["value"] = np.array([each.value for each in ordered], dtype=np.float64)
        return cls(MappingProxyType(listed | {"names": tuple(names.values())}), MappingProxyType(columns))

    def figures(self, code: str, variable: str = "") -> list[Figure]:
        """Return the figures of a place, of one variable or all, by variable and year."""
        return [self._figure(row) for row in range(*self._rows(code, variable))]

    def years(self, code: str, variable: str) -> dict[int, float]:
        """Return the figures in use of a place and variable, by year."""
        rows, used = slice(*self._rows(code, variable)), self.texts["reasons"].index("")
        years, values, reasons = (self.columns[name][rows] for name in ("year", "value", "reason"))
        return {
            int(year): float(value)
            for year, value, reason in zip(years, values, reasons, strict=True)
            if reason == used
        }

    def source(self, code: str, variable: str, year: int) -> str:
        """Return the source of a figure; "" where there is none."""
        first, end = self._rows(code, variable)
        row = first + int(np.searchsorted(self.columns["year"][first:end], year))
        there = row < end and int(self.columns["year"][row]) == year
        return self.texts["sources"][int(self.columns["source"][row])] if there else ""

    def known_by(self, year: int) -> Panel:
        """Return the panel without figures of later years, and without series that were revised later.

        What only a later year speaks against is in use: nobody doubted it then.

        >>> max(shipped().known_by(2021).years("330122", "gdp"))
        2021
        """
        known = self.columns["year"] <= year
        for number, key in enumerate(self.texts["variables"]):
            unknown = np.isin(self.levels, list(variables()[key].unknown_in(year)))[self.columns["place"]]
            known &= (self.columns["variable"] != number) | ~unknown
        used = self.texts["reasons"].index("")
        reasons = np.where(self.columns["doubted_from"] <= year, self.columns["reason"], used)
        return replace(self, columns={**self.columns, "reason": reasons.astype(np.int32)})._where(known)

    def beside(self, other: Panel) -> Panel:
        """Return both panels as one; where both have a figure, that of the other stays."""
        names = dict(zip(other.codes, other.texts["names"], strict=True))
        names |= dict(zip(self.codes, self.texts["names"], strict=True))
        texts = {name: tuple(sorted({*self.texts[name], *other.texts[name]})) for name in TEXTS}
        texts["names"] = tuple(names[code] for code in texts["codes"])
        one, two = self._numbered_by(texts), other._numbered_by(texts)
        joined = {name: np.concatenate([one[name], two[name]]) for name in NUMBERS}
        order = np.lexsort(
            [joined[name] for name in ("year", "variable", "place")]
        )  # stable: other comes last
        ordered = {name: column[order] for name, column in joined.items()}
        cells = np.array([ordered[name] for name in ("place", "variable", "year")])
        last = np.append(np.any(cells[:, 1:] != cells[:, :-1], axis=0), True)[: len(self) + len(other)]
        return Panel(MappingProxyType(texts), ordered)._where(last)

    def __iter__(self) -> Iterator[Figure]:
        return (self._figure(row) for row in range(len(self)))

    def __len__(self) -> int:
        return len(self.columns["year"])

    @property
    def codes(self) -> tuple[str, ...]:
        return self.texts["codes"]

    def name(self, code: str) -> str:
        """Return the name of a place."""
        return self.texts["names"][self._places[code]]

    def table(self, variable: str) -> tuple[Integers, Integers, NDArray[np.float64]]:
        """Return places, years and values of all figures in use of a variable; places count `codes`."""
        if variable not in self.texts["variables"]:
            return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0)
        chosen = (self.columns["variable"] == self.texts["variables"].index(variable)) & (
            self.columns["reason"] == self.texts["reasons"].index("")
        )
        place, year, value = (self.columns[name][chosen] for name in ("place", "year", "value"))
        return place, year, value

    def _numbered_by(self, texts: Mapping[str, tuple[str, ...]]) -> dict[str, NDArray[Any]]:
        """Return the columns with the places that their texts have in `texts`."""
        columns = dict(self.columns)
        for name, kind in NUMBERED.items():
            at = {text: place for place, text in enumerate(texts[kind])}
            columns[name] = np.array([at[text] for text in self.texts[kind]], dtype=np.int32)[columns[name]]
        return columns

    def _where(self, chosen: NDArray[np.bool_]) -> Panel:
        return replace(self, columns={name: column[chosen] for name, column in self.columns.items()})

    @cached_property
    def levels(self) -> NDArray[np.str_]:
        """The level of each place of `codes`: county, prefecture, province or nation."""
        return np.array([level_of(code) for code in self.codes])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {code: place for place, code in enumerate(self.codes)}

    def _rows(self, code: str, variable: str) -> tuple[int, int]:
        if code not in self._places or (variable and variable not in self.texts["variables"]):
            return 0, 0
        place = self._places[code]
        first, end = np.searchsorted(self.columns["place"], np.array([place, place + 1], np.int32))
        if variable:
            number = self.texts["variables"].index(variable)
            within = np.searchsorted(self.columns["variable"][first:end], [number, number + 1])
            first, end = first + within
        return int(first), int(end)

    def _figure(self, row: int) -> Figure:
        at = {name: int(self.columns[name][row]) for name in NUMBERS if name != "value"}
        return Figure(
            code=self.codes[at["place"]],
            name=self.texts["names"][at["place"]],
            variable=self.texts["variables"][at["variable"]],
            year=at["year"],
            value=float(self.columns["value"][row]),
            source=self.texts["sources"][at["source"]],
            grade=self.texts["grades"][at["grade"]],
            set_aside=self.texts["reasons"][at["reason"]],
            doubted_from=at["doubted_from"],
        )


NO_FIGURES = Panel.of(())


def level_of(code: str) -> Level:
    """Return the level of a place by its code.

    >>> level_of("330122"), level_of("330100"), level_of("330000"), level_of("000000")
    ('county', 'prefecture', 'province', 'nation')
    """
    if code == NATION:
        return "nation"
    return "province" if code.endswith("0000") else "prefecture" if code.endswith("00") else "county"


def pack(panel: Panel) -> bytes:
    """Return the bytes of a compressed file of arrays (npz), undated: the same panel gives the same bytes."""
    arrays = {name: np.array("\n".join(panel.texts[name])) for name in TEXTS}
    arrays |= {name: _smallest(panel.columns[name]) for name in NUMBERS}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return written.getvalue()


def unpack(content: bytes) -> Panel:
    """Return the panel of such bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        arrays = {name: _array(archive, name) for name in (*TEXTS, *NUMBERS)}
    texts = {name: tuple(str(arrays[name]).split("\n")) for name in TEXTS}
    columns = {name: arrays[name] for name in NUMBERS}
    wide = {name: column if name == "value" else column.astype(np.int32) for name, column in columns.items()}
    return Panel(MappingProxyType(texts), MappingProxyType(wide))


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as file:
        return np.asarray(np.lib.format.read_array(file, allow_pickle=False))


def _smallest(column: NDArray[Any]) -> NDArray[Any]:
    return column if column.dtype == np.float64 else column.astype(np.min_scalar_type(int(column.max())))


@cache
def shipped() -> Panel:
    """Return the panel that is shipped.

    >>> shipped().years("330122", "gdp")[2023]
    469.23
    """
    path = catalog.home() / FILE
    try:
        return unpack(path.read_bytes())
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path}: cannot be read ({error}). Install simcounty again.") from error


def save(panel: Panel, path: Any) -> None:
    """Write a panel, all of it or nothing."""
    with atomic_write(path) as part:
        part.write_bytes(pack(panel))
