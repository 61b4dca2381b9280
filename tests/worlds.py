"""Futures made up from formulas: a sweep's dataset whose answers can be worked out by hand."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from simcounty.scenario import Target

Numbers = np.ndarray[Any, Any]
YEARS = np.arange(2020.0, 2031.0)


def target(
    name: str = "t", variable: str = "y", operator: str = ">=", goal: float = 0.0, **more: Any
) -> Target:
    """A target for the end of 2030, with or without a unit."""
    about = {"unit": "", "year": 2030, "clause": "（一）", "label": "产出", "document": "省 2023"}
    made = {**about, **more}
    return Target(name, variable, operator, goal, made.pop("unit"), made.pop("year"), **made)


def futures(
    inputs: Mapping[str, Numbers],
    outcome: Numbers,
    targets: Sequence[Target] = (target(),),
    design: str = "random",
    failed: Numbers | None = None,
    **attrs: Any,
) -> xr.Dataset:
    """A sweep of one scenario, or several: `outcome` (scenario?, member) holds from 2020 to 2030.

    With years it is (scenario, member, time). Failed runs hold NaN, as those of a sweep do.
    """
    values = outcome if outcome.ndim > 1 else outcome[None]
    values = values if values.ndim > 2 else np.repeat(values[..., None], YEARS.size, axis=2)
    gone = np.zeros(values.shape[:2], bool) if failed is None else failed
    names = ["plan", "baseline", "other"][: len(values)]
    told = {name: [dataclasses.asdict(each) for each in targets] for name in names}
    about = {"role": "uncertainty", "units": "Dmnl", "distribution": json.dumps({"distribution": "uniform"})}
    columns = {
        key: ("member", np.asarray(x, float), about | {"long_name": f"投入 {key}"})
        for key, x in inputs.items()
    }
    members = values.shape[1]
    return xr.Dataset(
        {
            "y": (
                ("scenario", "member", "time"),
                np.where(gone[..., None], np.nan, values),
                {"long_name": "产出", "units": "Dmnl"},
            )
        },
        coords={
            "scenario": names,
            "member": np.arange(members),
            "time": YEARS,
            "failed": (("scenario", "member"), gone),
            **columns,
        },
        attrs={
            "design": design,
            "n": members,
            "seed": 0,
            "members": members,
            "unfinished": 0,
            "targets": json.dumps(told),
            "correlated": "[]",
            "model": "world.mdl",
            "model_hash": "0123456789",
            **attrs,
        },
    )
