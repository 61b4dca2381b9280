"""What a model reads from files beside it: constants, lookups, subscripts and data series.

Where numbers stand in spreadsheets (.xlsx, .xls, .ods) and .csv files is found by PySD's own reader; a cell
among them that holds something else is refused. Series that a user gives apart are tables with a column or
row of times, or Vensim's exported .dat files.
"""

from __future__ import annotations

import hashlib
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from simcounty.errors import CONTROL, Findings, InputError, listed, repeated
from simcounty.input_files import is_file
from simcounty.model.arithmetic import NOT_AVAILABLE
from simcounty.model.ast import (
    Apply,
    Data,
    Dimension,
    Equation,
    EquationError,
    Literal,
    Numbers,
    ParsedModel,
    Quoted,
    Syntax,
    Unsupported,
)
from simcounty.model.graph import element_key
from simcounty.model.indexing import Dimensions
from simcounty.model.parse import lookup_of
from simcounty.model.series_files import (
    SHEETS,
    Block,
    Points,
    assert_numbers,
    cause_of,
    cells_of,
    numbers_in,
    places_of,
    places_of_series,
    reading_failures,
    series_of,
    sheet_of,
)

_KINDS = {"constants": 3, "lookups": 4, "data": 4, "subscript": 5}
_CALLS = {f"get_{of}_{kind}": kind for of in ("xls", "direct") for kind in _KINDS}
Series = Mapping[str, Points]


def with_files(model: ParsedModel, data: Sequence[Path] = ()) -> ParsedModel:
    """Return a model with everything filled in that it reads from files, and from those given as `data`.

    What cannot be read becomes the reason why an equation is not computed. Raises InputError for a file of
    `data` that is missing or is no table of series.
    """
    given: dict[str, tuple[tuple[float, float], ...]] = {}
    reader = _Reader(model.path.parent)
    wanted = {equation.key for equation in model.equations if isinstance(equation.body, Data)}
    for path in data:
        series = series_of(path)
        if not any(name.partition("[")[0] in wanted for name in series):
            has = f"The model has {listed(sorted(wanted))}." if wanted else "The model has none."
            raise InputError(f"{path}: none of {listed(list(series))} is a data variable. {has}")
        given |= series
        reader.files.append(path.absolute())
    if not given and not any(_calls(model)):
        return model
    findings = Findings(model.findings)
    dims = {key: _dimension(each, reader, findings) for key, each in model.dimensions.items()}
    try:
        dimensions = Dimensions.of(dims)
    except EquationError:
        return model  # lowering says why
    equations = [each for e in model.equations for each in _filled(e, dimensions, reader, given)]
    notes = [note for each in model.equations for note in _without_series(each, dimensions, given)]
    files = tuple((str(path), _digest(model.path.parent / path)) for path in dict.fromkeys(reader.files))
    marks = "".join(digest for _, digest in files)
    return replace(
        model,
        hash=hashlib.sha256((model.hash + marks).encode()).hexdigest(),
        equations=tuple(equations),
        dimensions=dims,
        files=files,
        notes=(*model.notes, *notes),
        findings=tuple(findings),
    )


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "missing"


def is_current(files: Iterable[tuple[str, str]], folder: Path) -> bool:
    """Return whether files, named from a model's folder, still have the content they were read with."""
    return all(_digest(folder / name) == digest for name, digest in files)


def _calls(model: ParsedModel) -> Iterator[Apply]:
    for each in model.dimensions.values():
        if each.external:
            yield each.external
    for equation in model.equations:
        if call := _call_of(equation.body):
            yield call


def _call_of(body: Syntax) -> Apply | None:
    """Return the call that reads a whole right-hand side from a file, if it is one."""
    inner = body.source if isinstance(body, Data) else body
    return inner if isinstance(inner, Apply) and inner.function.key in _CALLS else None


def _filled(equation: Equation, dimensions: Dimensions, reader: _Reader, given: Series) -> Iterator[Equation]:
    """Yield an equation, or one for each element where its values come from a file."""
    call, body = _call_of(equation.body), equation.body
    try:
        cells = list(dimensions.cells(equation.subscripts))
        if isinstance(body, Data) and any(element_key(equation.key, cell) in given for cell in cells):
            yield from _given(equation, body, cells, given)
        elif call is None:
            yield equation
        else:
            yield from _external(
                equation, call, [dimensions.elements(s) for s in equation.subscripts], reader
            )
    except EquationError as reason:
        yield replace(equation, body=Unsupported(str(reason)))


def _given(
    equation: Equation, body: Data, cells: Sequence[tuple[str, ...]], given: Series
) -> Iterator[Equation]:
    """Yield an equation for each element; those without a series among others that have one are :NA:."""
    for cell in cells:
        if points := given.get(element_key(equation.key, cell)):
            made = Data(body.keyword, lookup_of(list(points)))
        else:
            made = body if body.source else Data(source=Literal(NOT_AVAILABLE))
        yield replace(equation, subscripts=cell, body=made)


def _without_series(equation: Equation, dimensions: Dimensions, given: Series) -> Iterator[str]:
    """Yield a note of what is :NA: because the files have series of other elements alone."""
    if not isinstance(equation.body, Data) or equation.body.source:
        return
    try:
        keys = [element_key(equation.key, cell) for cell in dimensions.cells(equation.subscripts)]
    except EquationError:
        return  # lowering says why
    missing = [key for key in keys if key not in given]
    if 0 < len(missing) < len(keys):
        yield f"{listed(missing)} has no series and is :NA:, as in Vensim."


def _external(
    equation: Equation, call: Apply, elements: Sequence[tuple[str, ...]], reader: _Reader
) -> Iterator[Equation]:
    kind = _CALLS[call.function.key]
    if kind == "constants":
        yield replace(equation, body=Numbers(tuple(reader.constants(call, elements))))
        return
    if kind == "subscript":
        raise EquationError("GET … SUBSCRIPT defines a dimension, not a variable")
    for cell, points in reader.series(call, elements):
        lookup = lookup_of(points)
        keyword = equation.body.keyword if isinstance(equation.body, Data) else ""
        yield replace(equation, subscripts=cell, body=lookup if kind == "lookups" else Data(keyword, lookup))


def _dimension(dimension: Dimension, reader: _Reader, findings: Findings) -> Dimension:
    if dimension.external is None:
        return dimension
    try:
        return replace(dimension, subscripts=tuple(reader.subscripts(dimension.external)), external=None)
    except EquationError as reason:
        findings.append(f"{dimension.name}: {reason}.")
        return replace(dimension, external=None)


class _Reader:
    """PySD's reader of external data, on files beside the model alone; `files` are those it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[Path] = []
        self.tables: dict[tuple[Path, str], np.ndarray[Any, Any]] = {}

    def arguments(self, call: Apply) -> list[str]:
        """Return the texts of a call, its file first; raise EquationError for a file that cannot be used."""
        name = call.function.key.replace("_", " ").upper()
        count = _KINDS[_CALLS[call.function.key]]
        texts = [arg.value.strip() for arg in call.args if isinstance(arg, Quoted)]
        if len(texts) != len(call.args) or len(texts) != count:
            raise EquationError(f"{name} takes {count} texts in quotes")
        if texts[0].startswith("?"):
            raise EquationError(
                f"{texts[0]} is a name that Vensim asks a file for; write the file, or give --data"
            )
        if CONTROL.search(texts[0]):
            raise EquationError("the name of its file holds a character that is not seen")
        path = self.folder / texts[0]
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise EquationError(
                f"{texts[0]} is not beside the model; put it there, or give its series by --data"
            )
        if not is_file(path) and path.parent.is_dir():  # as on the systems that Vensim runs on
            alike = [each for each in path.parent.iterdir() if each.name.lower() == path.name.lower()]
            path = alike[0] if len(alike) == 1 else path
            texts[0] = str(path.relative_to(self.folder))
        self.files.append(Path(texts[0]))
        if not is_file(path):
            raise EquationError(f"{texts[0]} is not there beside the model")
        if path.suffix.lower() in SHEETS:
            texts[1] = sheet_of(path, texts[1])
        return texts

    def cells(self, file: str, tab: str) -> np.ndarray[Any, Any]:
        """Return the cells of a sheet, or of a table whose separator is `tab`, as they stand."""
        path = self.folder / file
        if (path, tab) not in self.tables:
            self.tables[path, tab] = cells_of(path, tab)
        return self.tables[path, tab]

    def read(self, call: Apply, make: Callable[[Any, list[str]], Any]) -> Any:
        """Run PySD's reader on the numbers of a table; what it fails on is told in words of our own."""
        from pysd.py_backend import external

        with warnings.catch_warnings():  # of what later versions of readers will do otherwise
            warnings.simplefilter("ignore")
            texts = self.arguments(call)
            try:
                if _CALLS[call.function.key] != "subscript":  # what its cache holds, it does not read itself
                    place = (self.folder / texts[0]).resolve() / texts[1]
                    external.Excels._Excels[place] = numbers_in(self.cells(*texts[:2]))
                return make(external, texts)
            except reading_failures() as error:
                what = f"{texts[0]} has no numbers of the shape asked for at {' '.join(texts[1:])}"
                raise EquationError(f"{what} ({cause_of(error)})") from None
            finally:
                external.Excels.clean()

    def constants(self, call: Apply, elements: Sequence[tuple[str, ...]]) -> list[float]:
        coords = {str(place): list(own) for place, own in enumerate(elements)}

        def make(external: Any, texts: list[str]) -> Any:
            found = external.ExtConstant(*texts, coords, self.folder, coords, "constants")
            cells = self.cells(*texts[:2])
            (block,) = _initialized(found, *cells.shape)
            assert_numbers(texts, cells, places_of(block), may_be_empty=False)
            return found.data

        return np.asarray(self.read(call, make), float).ravel().tolist()

    def series(
        self, call: Apply, elements: Sequence[tuple[str, ...]]
    ) -> Iterator[tuple[tuple[str, ...], list[tuple[float, float]]]]:
        """Yield the subscripts and the points of each element; cells that are empty are left out."""
        coords = {str(place): list(own) for place, own in enumerate(elements)}
        lookups = _CALLS[call.function.key] == "lookups"

        def make(external: Any, texts: list[str]) -> Any:
            external.External.missing = "keep"
            around = (coords, self.folder, coords, "series")
            if lookups:
                found = external.ExtLookup(*texts, *around)
            else:
                found = external.ExtData(*texts, "interpolate", *around)
            cells = self.cells(*texts[:2])
            times, values = _initialized(found, *cells.shape)
            assert_numbers(texts, cells, places_of_series(cells, times, values), may_be_empty=True)
            return found.data

        data = self.read(call, make)
        at = data.dims[0]
        for place in np.ndindex(*data.shape[1:]):
            cell = tuple(own[i] for own, i in zip(elements, place, strict=True))
            pairs = zip(
                data[at].to_numpy().tolist(), data.to_numpy()[(slice(None), *place)].tolist(), strict=True
            )
            points = [(float(x), float(y)) for x, y in pairs if math.isfinite(x) and math.isfinite(y)]
            if twice := repeated(f"{x:g}" for x, _ in points):
                raise EquationError(f"its series has two values at {twice[0]}; keep one")
            yield cell, points

    def subscripts(self, call: Apply) -> list[str]:
        def make(external: Any, texts: list[str]) -> Any:
            file, tab, first, last, prefix = texts
            return external.ExtSubscript(file, tab, first, last, prefix, self.folder).subscript

        return [str(each) for each in self.read(call, make)]


def _initialized(found: Any, height: int, width: int) -> list[Block]:
    """Have a reader of PySD's take its numbers, and return the blocks of cells that it took them from."""
    blocks: list[Block] = []
    take = found._get_data_from_file

    def noted(rows: Sequence[int | None], cols: Sequence[int | None]) -> Any:
        blocks.append((range(*slice(*rows).indices(height)), range(*slice(*cols).indices(width))))
        return take(rows, cols)

    found._get_data_from_file = noted
    found.initialize()
    return blocks
