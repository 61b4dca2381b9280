"""Models: `load_model` reads and checks a model file, and returns it frozen."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real
from pathlib import Path
from types import MappingProxyType

from simcounty import cache
from simcounty.errors import Findings, InputError, ModelError, did_you_mean
from simcounty.language import in_chinese_now, said
from simcounty.model.encoding import decode, encode
from simcounty.model.graph import Constant, Element, Graph, Number, Ref, Stock
from simcounty.model.influence import is_read
from simcounty.model.names import chinese_name, keys_by_name, names_of, once, spelled
from simcounty.model.ordering import initial_values

__all__ = ["Model", "load_model"]

MANY = 6  # elements that a message names


@dataclass(frozen=True)
class Model:
    """A checked, frozen model: the graph of a file, with its own or with replaced constants.

    Elements are known by key: `model.constants["death_rate[age_0_4]"].value`.
    """

    path: Path
    graph: Graph

    def __getstate__(self) -> dict[str, object]:
        """Leave out the cached properties: they cannot be sent to another process."""
        return {"path": self.path, "graph": self.graph}

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def hash(self) -> str:
        """SHA-256 of the file's bytes."""
        return self.graph.hash

    @cached_property
    def constants(self) -> Mapping[str, Constant]:
        """The numbers that a user may set, by element key."""
        return MappingProxyType({c.key: c for c in self.graph.constants if not c.about.hidden})

    @property
    def free(self) -> tuple[str, ...]:
        """The constants that a setting acts on: an equation reads them, and the time axis does not."""
        reads = self.graph.clock.reads
        return tuple(key for key in self.constants if key not in reads and is_read(self.graph, key))

    @cached_property
    def stocks(self) -> Mapping[str, Stock]:
        """The stocks by element key; `.value` is the level at the start that the model's constants give."""
        values = initial_values(self.graph)
        return MappingProxyType({s.key: replace(s, value=values[s.key]) for s in self.graph.stocks})

    @property
    def variables(self) -> Mapping[str, tuple[Element, ...]]:
        """Every variable's elements, by the variable's key."""
        return self.graph.variables

    @cached_property
    def balances(self) -> tuple[Element, ...]:
        """The elements named `check …`, which must stay at zero in every run."""
        return tuple(e for elements in self.variables.values() for e in elements if e.is_balance)

    def accumulator(self, key: str) -> str | None:
        """Return the stock whose rate is a flow itself: `cumulative_gdp` for `gdp`; None if there is none.

        Of several, it is the one that starts from a literal number, else the first.
        """
        return self._accumulators.get(key)

    @cached_property
    def _accumulators(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for stock in sorted(self.graph.stocks, key=lambda s: not isinstance(s.initial, Number)):
            if isinstance(stock.rate, Ref):
                found.setdefault(stock.rate.key, stock.key)
        return found

    def key_of(self, name: str, *, settable: bool = False) -> str:
        """Return the key of the variable or element that a person means, by its key or its Chinese label.

        Raises InputError, whose text follows the name: with a guess (at constants alone where what is meant
        must be `settable`) where the model has no such name, with the keys where several have it.

        >>> model.key_of("落户放开度"), model.key_of("常住人口城镇化率")
        ('hukou_openness', 'urbanisation_rate')
        """
        if name in self.variables or name in self.constants:
            return name
        if (key := _as_written(name)) in self.variables or key in self.constants:
            return key
        keys = list(self._keys_by_name.get(spelled(name), ()))
        if len(keys) == 1:
            return keys[0]
        if keys:
            raise InputError(said("name.several", count=len(keys), keys=", ".join(keys)), "name")
        named = self._keys_by_name.get(spelled(name).partition("[")[0], ())
        arrays = [each for key in named for each in self.variables.get(key, ()) if each.subscripts]
        own = [chinese_name(each) if in_chinese_now() else each.key for each in arrays]
        known = self.graph.constants if settable else self.graph.elements.values()
        elements = said("name.elements", names=said("listed").join(own[:MANY]))
        guess = elements if own else did_you_mean(name, names_of(known))
        raise InputError(said("name.unknown", path=self.path, guess=guess), "name")

    @cached_property
    def _keys_by_name(self) -> Mapping[str, Collection[str]]:
        return keys_by_name(self.variables)

    def unsettable(self, keys: Collection[str]) -> Findings:
        """Return which of these are no constants, or constants that set the time axis."""
        constants, clock = self.constants, self.graph.clock
        unknown = [key for key in keys if key not in constants]
        findings = Findings(
            f"{key}: no such constant in {self.path}.{did_you_mean(key, constants)}" for key in unknown
        )
        findings += [f"{key}: {clock.why_fixed}" for key in keys if key in clock.reads]
        return findings

    def replace(self, values: Mapping[str, float] | None = None, /, **more: float) -> Model:
        """Return the same model with other constants, by key or label; the file stays as it is.

        Raises ModelError, all findings at once, for unknown keys, for values that are no finite numbers
        and for constants that set the time axis.

        >>> model.replace({"death_rate[age_80_plus]": 0.1}, forward_inflation=0.01).name
        'county'
        """
        wanted, findings = {**(values or {}), **more}, Findings()
        if not wanted.keys() <= self.constants.keys():
            wanted = self._by_key(wanted, findings)
        findings += self.unsettable(wanted)
        findings += [
            f"{key} = {value!r} is not a finite number."
            for key, value in wanted.items()
            if not _is_finite(value)
        ]
        findings.raise_as(ModelError, f"{self.path}: these values cannot be set:")
        constants = tuple(
            replace(c, value=float(wanted[c.key])) if c.key in wanted else c for c in self.graph.constants
        )
        return replace(self, graph=replace(self.graph, constants=constants))

    def _by_key(self, values: Mapping[str, float], findings: Findings) -> dict[str, float]:
        """Return values by the model's keys; a name that means none, or stands twice, is a finding."""
        found: dict[str, float] = {}
        for name, value in values.items():
            with findings.at(name):
                found[once(self.key_of(name, settable=True), found)] = value
        return found


def _as_written(name: str) -> str:
    """Return the key of a name as a model file writes it, in any case."""
    from simcounty.model.ast import key_of

    return key_of(name)


def _is_finite(value: object) -> bool:
    """Return whether a value is a finite number, be it one of numpy."""
    return type(value) is not bool and isinstance(value, Real) and math.isfinite(value)


def load_model(path: str | Path, data: str | Path | Sequence[str | Path] = ()) -> Model:
    """Read a Vensim (.mdl) or XMILE (.xmile, .stmx, .itmx) model file.

    `data` are files with series of the model's data variables: .csv or .tab with times in the first column
    and a name above each other one, or Vensim's .dat. Files that the model itself names are read beside it.

    Raises ModelError for a file that is missing, is no model, or has equations that simcounty would
    not compute as Vensim does: every finding at once, with variable, equation and function.

    >>> load_model(county).constants["forward_inflation"].unit
    '1/year'
    """
    from simcounty.model import graph_of

    file, given = Path(path), [data] if isinstance(data, str | Path) else data
    return Model(file, graph_of(file, tuple(map(Path, given))))


_loaded: dict[str, Graph] = {}  # by name in the cache: several files of a scenario name one model


def graph_of(path: Path, data: tuple[Path, ...] = ()) -> Graph:
    """Return the graph of a model file, from the cache if the same content was read before."""
    try:
        content = path.read_bytes()
    except (OSError, ValueError):  # a name with a NUL is a ValueError
        return _read(path, data)
    about = "".join([path.suffix, *map(str, data)])
    name = f"{hashlib.sha256(content + about.encode()).hexdigest()[:32]}.graph"
    graph = _loaded.get(name) or _cached(name)
    if graph is None or not _is_current(graph, path):
        graph = _read(path, data)
        if path.read_bytes() != content:
            return graph  # the file has just been changed
        cache.write(name, _code_version() + b"\n" + encode(graph))
    _loaded[name] = graph
    return graph


def _is_current(graph: Graph, path: Path) -> bool:
    """Return whether the files that a model reads are those of this folder, and unchanged."""
    if not graph.files:
        return True
    from simcounty.model.external import is_current

    return is_current(graph.files, path.parent)


def _cached(name: str) -> Graph | None:
    """Return a graph written by the same code; None where there is none."""
    code, _, text = (cache.read(name) or b"").partition(b"\n")
    return decode(text) if code == _code_version() else None


def _read(path: Path, data: tuple[Path, ...]) -> Graph:
    from simcounty.model.external import with_files
    from simcounty.model.lower import lower
    from simcounty.model.read import read

    try:
        with cache.uncollected():
            return lower(with_files(read(path), data))
    except RecursionError:
        raise ModelError(
            f"{path}: an equation has thousands of terms, or functions within another. Split it up."
        ) from None


def _code_version() -> bytes:
    """Return the version of the code that makes a graph: ours, and the translator's."""
    return cache.fingerprint("simcounty.model", "pysd").encode()
