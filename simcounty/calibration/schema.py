"""How a calibration file is written."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from simcounty.scenario.toml_files import Number, Shape
from simcounty.scenario.uncertainty import UncertaintyShape


class PriorShape(UncertaintyShape):
    """`[parameters.NAME]`: what is believed before the data are seen of one constant, or of several together.

    Without `keys` the name is the constant's own.
    """

    keys: list[str] = Field(default_factory=list)
    relative: bool = False
    label: str = ""
    by: Literal["", "province"] = ""
    spread: float = 0.0


class ObservableShape(Shape):
    """`[[observe]]`: a number that a run gives and that was observed too."""

    name: str
    label: str = ""
    variable: str
    select: dict[str, list[str]] = Field(default_factory=dict)
    per: str = ""
    year: int
    since: int | None = None
    measure: Literal["at", "year"] = "at"
    scale: Literal["level", "log"] = "level"
    error: Number | None = None
    quality: str = ""
    discrepancy: Number = 0.0
    possible: list[Number] = Field(default_factory=list)
    cases: list[str] = Field(default_factory=list)
    forecast: bool = False
    note: str = ""


class CensusShape(Shape):
    """`[census]`: counties of provinces, started from one census and held against a later one."""

    provinces: list[str]
    without: dict[str, str] = Field(default_factory=dict)


class CalibrationShape(Shape):
    """A calibration file."""

    title: str
    model: str = ""
    years: list[int]
    scenarios: list[str] = Field(default_factory=list)
    census: CensusShape | None = None
    quality: dict[str, float] = Field(default_factory=dict)
    parameters: dict[str, PriorShape]
    observe: list[ObservableShape]
