"""Designs: the point of the unit cube of each member of an ensemble.

    random      independent points                         any n
    lhs         a Latin hypercube                          any n
    sobol       scrambled Sobol points                     n a power of two
    saltelli    blocks for Sobol indices (SALib)           n blocks, a power of two
    morris      trajectories for elementary effects (SALib)     n trajectories
    factorial   every combination of n levels              n levels a constant

In a random or a Sobol design member i is the same whatever n is and however the work is split.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from simcounty.errors import ScenarioError, did_you_mean
from simcounty.scenario.distributions import Column

MORRIS_LEVELS = 4
MOST_MEMBERS = 100_000_000
"""More members than this are taken for a mistake."""


@dataclass(frozen=True)
class Design:
    """A plan of points: one for each member, with a coordinate for each varied constant.

    `counted` is what errors call n, such as the option it was given by. Raises ScenarioError, all findings
    at once, for an unknown name and for an n or a seed it cannot use.
    """

    name: str
    keys: tuple[str, ...]
    n: int
    seed: int = 0
    counted: str = field(default="n", compare=False)

    def __post_init__(self) -> None:
        findings = []
        if self.name not in DESIGNS:
            known = ", ".join(DESIGNS)
            findings.append(
                f"design = {self.name!r}: choose one of {known}.{did_you_mean(self.name, DESIGNS)}"
            )
        if not _is_integer(self.n) or self.n < 1:
            findings.append(f"{self.counted} = {self.n}: a whole number is needed, at least one.")
        if not _is_integer(self.seed) or self.seed < 0:
            findings.append(f"seed = {self.seed}: a whole number from 0 on is needed.")
        if findings:
            raise ScenarioError(" ".join(findings))
        if wrong := DESIGNS[self.name].wrong(self.n):
            raise ScenarioError(f"{self.counted} = {self.n}: {wrong}")
        if self.members > MOST_MEMBERS:
            raise ScenarioError(
                f"{self.counted} = {self.n}: {self.name} would have {self.members:,} members; take fewer, "
                f"at most {MOST_MEMBERS:,} members."
            )

    @property
    def members(self) -> int:
        """How many members there are."""
        return DESIGNS[self.name].members(self.n, len(self.keys))

    def points(self, members: range) -> list[Column]:
        """Return the points of some members: a column of numbers in [0, 1] for each key."""
        return DESIGNS[self.name].points(self, members)


@dataclass(frozen=True)
class _Kind:
    """How a design makes the points of any members, and how many members n gives.

    `wrong` returns why it cannot use an n, `balanced` why it should not, "" if it can; `ends` is set where
    its points reach 0 and 1.
    """

    points: Callable[[Design, range], list[Column]]
    members: Callable[[int, int], int] = lambda n, keys: n
    wrong: Callable[[int], str] = lambda n: ""
    ends: bool = False
    balanced: Callable[[int], str] = lambda n: ""


def unbalanced(design: Design) -> str:
    """Return why a design does not fill its space evenly with this n, or ""."""
    return DESIGNS[design.name].balanced(design.n)


def _is_integer(number: object) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def _power_of_two(n: int) -> str:
    if n & (n - 1) == 0:
        return ""
    below = 1 << (n.bit_length() - 1)
    return f"Sobol points come in powers of two; {below} or {2 * below} would do."


def _random(design: Design, members: range) -> list[Column]:
    """Draw each constant from its own stream, independent of n and of the other constants."""
    return [part_of_stream(key, design.seed, members) for key in design.keys]


def part_of_stream(key: str, seed: int, members: range) -> Column:
    """Return the numbers in [0, 1) of some members from the stream of a name, independent of all others."""
    name = int.from_bytes(hashlib.sha256(key.encode()).digest()[:16], "big")
    stream = np.random.Philox(np.random.SeedSequence([seed, name]))
    skipped = members.start % 4  # a step of the counter gives four numbers
    stream.advance(members.start // 4)
    return np.random.Generator(stream).random(skipped + len(members))[skipped:]


def _sobol(design: Design, members: range) -> list[Column]:
    from scipy.stats import qmc

    with warnings.catch_warnings():  # SciPy warns where n is no power of two, which is allowed here
        warnings.simplefilter("ignore", UserWarning)
        points = qmc.Sobol(len(design.keys), rng=np.random.default_rng(design.seed))
        if members.start:
            points.fast_forward(members.start)
        return list(points.random(len(members)).T)


def _part_of(complete: Callable[[Design], Any]) -> Callable[[Design, range], list[Column]]:
    """Return a function for the points of some members of a design that is made as one."""
    cached = lru_cache(maxsize=2)(complete)
    return lambda design, members: list(cached(design)[members.start : members.stop].T)


def _latin_hypercube(design: Design) -> Any:
    from scipy.stats import qmc

    return qmc.LatinHypercube(len(design.keys), rng=np.random.default_rng(design.seed)).random(design.n)


def _saltelli(design: Design) -> Any:
    from SALib.sample import sobol

    cube = problem(len(design.keys))
    return sobol.sample(cube, design.n, calc_second_order=False, scramble=True, seed=design.seed)


def _morris(design: Design) -> Any:
    from SALib.sample import morris

    return morris.sample(problem(len(design.keys)), design.n, num_levels=MORRIS_LEVELS, seed=design.seed)


def _factorial(design: Design) -> Any:
    levels = [np.linspace(0.0, 1.0, design.n)] * len(design.keys)
    return np.stack([each.ravel() for each in np.meshgrid(*levels, indexing="ij")], axis=1)


def problem(count: int) -> dict[str, Any]:
    """Return the unit cube of a number of inputs as SALib describes a problem."""
    return {"num_vars": count, "names": [f"x{i}" for i in range(count)], "bounds": [[0.0, 1.0]] * count}


DESIGNS: Mapping[str, _Kind] = {
    "random": _Kind(_random),
    "lhs": _Kind(_part_of(_latin_hypercube)),
    "sobol": _Kind(_sobol, balanced=_power_of_two),
    "saltelli": _Kind(_part_of(_saltelli), lambda n, keys: n * (keys + 2), _power_of_two),
    "morris": _Kind(_part_of(_morris), lambda n, keys: n * (keys + 1), ends=True),
    "factorial": _Kind(
        _part_of(_factorial),
        lambda n, keys: int(n) ** keys,
        lambda n: "" if n > 1 else "a factorial needs two levels at least.",
        ends=True,
    ),
}
