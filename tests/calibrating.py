"""Villages with known habits: county files, their observed series, and a calibration of them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

VILLAGE = Path(__file__).parent / "village"
FILE = """
title = "小村校准"
years = [2020, 2030]
scenarios = [{scenarios}]

[quality]
census = 0.002

[parameters.moving_rate]
distribution = "truncated-normal"
mean = 0.05
sd = 0.03
low = 0.0
high = 0.2
assumption = "made up for the tests"
{more}

[[observe]]
name = "town-2030"
variable = "urban_population"
year = 2030
scale = "log"
quality = "census"
forecast = true
{observe}
"""


def town_after(rate: float, openness: float = 0.5, rural: float = 1000.0, urban: float = 1000.0) -> float:
    """People in the town after ten years by 160 Euler steps of 1/16 year, worked out by hand."""
    stay = (1 - rate * openness / 16) ** 160
    return urban + rural * (1 - stay)


def villages(
    folder: Path,
    towns: Mapping[str, float],
    rural: Mapping[str, float] | None = None,
    province: Mapping[str, str] | None = None,
    more: str = "",
    observe: str = "",
    rows: Sequence[str] = (),
) -> Path:
    """Write villages whose towns have so many people in 2030, and a calibration of them; return its path."""
    shutil.copy(VILLAGE / "village.mdl", folder)
    for name, people in towns.items():
        lived = (rural or {}).get(name, 1000.0)
        county = f'title = "村{name}"\nname = "{name}"\nmodel = "village.mdl"\nobserved = "{name}.csv"\n'
        county += f'province = "{(province or {}).get(name, "甲省")}"\n'
        county += f'[values.initial_rural_population]\nvalue = {lived}\nyear = 2020\nsource = "made up"\n'
        (folder / f"{name}.toml").write_text(county, encoding="utf-8")
        series = [
            "variable,year,value,unit,source",
            f"urban_population,2030,{people!r},person,made up",
            *rows,
        ]
        (folder / f"{name}.csv").write_text("\n".join(series) + "\n", encoding="utf-8")
        scenario = (
            f'title = "村{name}"\ncounty = "{name}.toml"\nmodel = "village.mdl"\nyears = [2020, 2035]\n'
        )
        (folder / f"{name}-run.toml").write_text(scenario, encoding="utf-8")
    listed = ", ".join(f'"{name}-run.toml"' for name in towns)
    file = folder / "calibration.toml"
    file.write_text(FILE.format(scenarios=listed, more=more, observe=observe), encoding="utf-8")
    return file


def towns_with(rates: Sequence[float], noise: float = 0.0, seed: int = 0) -> dict[str, float]:
    """Name villages, and give each the town its rate makes, off by a random share."""
    off = np.exp(noise * np.random.default_rng(seed).normal(size=len(rates)))
    return {f"v{i}": float(town_after(rate) * o) for i, (rate, o) in enumerate(zip(rates, off, strict=True))}
