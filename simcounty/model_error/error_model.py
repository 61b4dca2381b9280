"""The model error: what the model misses of each headline outcome, as a process in time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from simcounty import catalog, toml_files
from simcounty.atomic import atomic_write
from simcounty.errors import InputError, in_file
from simcounty.input_files import opened_as, text_of
from simcounty.model_error.growth import Growth
from simcounty.model_error.specification import FILE, Floats, combined, specification

FITTED = "scenarios/panel/model_error.json"
FARTHEST = 3.0  # standard deviations: a start farther out is taken as if it stood there
LONGEST = 12.0  # years over which drifts were seen; later they stand still
GROWTHS = ("county_growth", "province_growth")
MATRICES = ("drift", "county", "province")


@dataclass(frozen=True, eq=False)
class ErrorModel:
    """How the changes of outcomes are missed, on their scales.

    Expected is a drift a year: a level, slopes on the county's predictors and on the pace that the model
    foretells, times `persistence`, what of it holds in another decade. Around it errors that begin with 0 and
    grow by shocks of every year: the county's, with heavy tails (`county`: covariances of their scales,
    `tails`: degrees of freedom), and its province's (`province`: covariances).

    centres: means of predictors, then of paces, by the year of the start; spread: their standard deviations.
    drift: (outcomes, 1 + predictors + 1).
    """

    outcomes: tuple[str, ...]
    predictors: tuple[str, ...]
    centres: Mapping[int, Floats]
    spread: Floats
    drift: Floats
    persistence: float
    county: Floats
    province: Floats
    county_growth: tuple[Growth, ...]
    province_growth: tuple[Growth, ...]
    tails: float
    fitted: Mapping[str, Any]

    def standardised(self, predictors: Floats, pace: Floats, year: float) -> Floats:
        """Return predictors and paces against the counties of the same start: (counties, both)."""
        years = sorted(self.centres)
        weight = (year - years[0]) / (years[-1] - years[0]) if len(years) > 1 else 0.0
        centre = (1 - weight) * self.centres[years[0]] + weight * self.centres[years[-1]]
        apart: Floats = (np.hstack([predictors, pace]) - centre) / self.spread
        return np.clip(apart, -FARTHEST, FARTHEST)

    def expected(self, predictors: Floats, pace: Floats, year: float) -> Floats:
        """Return the drift a year of counties started in a year: (counties, outcomes)."""
        apart, number = self.standardised(predictors, pace, year), len(self.predictors)
        rows = np.vstack([np.ones((1, len(apart))), apart[:, :number].T])
        own = apart[:, number:] * self.drift[:, -1]
        found: Floats = self.persistence * (combined(self.drift[:, :-1], rows).T + own)
        return found

    def label(self, k: int) -> str:
        """Return the Chinese name of an outcome."""
        labels = {each.variable: each.label for each in specification().outcome}
        return labels[self.outcomes[k]]

    def save(self, path: Path) -> Path:
        """Write it as JSON; raise InputError for one that lacks an outcome.

        >>> fitted_error_model().save(Path("model_error.json")).name
        'model_error.json'
        """
        if lacking := [name for name in specification().variables if name not in self.outcomes]:
            raise InputError(
                f"{path}: not written, too few counties have figures of {', '.join(lacking)}. "
                "Name tables that have them with --panel."
            )
        plain = {
            "outcomes": self.outcomes,
            "predictors": self.predictors,
            "centres": {str(year): _rounded(each) for year, each in self.centres.items()},
            "spread": _rounded(self.spread),
            **{name: _rounded(getattr(self, name)) for name in MATRICES},
            **{name: [asdict(each) for each in getattr(self, name)] for name in GROWTHS},
            "persistence": round(self.persistence, 4),
            "tails": round(self.tails, 3),
            "fitted": dict(self.fitted),
        }
        with atomic_write(path) as part:
            part.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", "utf-8")
        return path


def read_error_model(path: Path) -> ErrorModel:
    """Read a model error that was saved; raise InputError for a file that holds none."""
    with in_file(path), opened_as("error_model"):
        plain = json.loads(text_of(path))
        centres = {int(year): np.array(each) for year, each in plain["centres"].items()}
        made = plain | {name: np.array(plain[name]) for name in ("spread", *MATRICES)}
        made |= {name: tuple(plain[name]) for name in ("outcomes", "predictors")}
        made |= {name: tuple(Growth(**each) for each in plain[name]) for name in GROWTHS}
        return ErrorModel(**(made | {"centres": centres}))


@cache
def fitted_error_model() -> ErrorModel:
    """Return the one that is shipped."""
    return read_error_model(catalog.home() / FITTED)


def fitted_hash() -> str:
    """Return a SHA-256 of what is shipped: of what was fitted, and of what it is of."""
    return toml_files.digest([catalog.home() / FITTED, catalog.home() / FILE])


def _rounded(values: Floats) -> Any:
    return np.array([float(f"{each:.6g}") for each in values.ravel()]).reshape(values.shape).tolist()
