"""A model by itself: where its headline begins and ends, and what is doubtful of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcounty import catalog
from simcounty.presentation.formatting import MISSING, format_of
from simcounty.presentation.messages import NO_UNIT, Messages
from simcounty.presentation.records import Record
from simcounty.presentation.tables import Table, table_of

if TYPE_CHECKING:
    from simcounty.assessment import Assessment

ENDS = ("indicator", "unit", "at_start", "baseline_at_end", "at_end")
MOST_ENDS = 40  # elements shown where there are no targets
SHOWN_CLASHES = 3  # equations whose units do not fit


def own_model_record(found: Assessment) -> Record:
    """Return what is doubtful of a model of one's own; those that are shipped were checked before."""
    from simcounty.model.lint import clashing_units, unknown_units

    model = found.scenario.model
    if catalog.names(catalog.MODEL).get(model.name) == model.path:
        return {"below_nought": [], "units": {"clashes": [], "unknown": []}}
    clashes = map(str, clashing_units(model.graph))
    unknown = (each.variable for each in unknown_units(model.graph))
    return {"below_nought": _below_nought(found), "units": {"clashes": [*clashes], "unknown": [*unknown]}}


def _below_nought(found: Assessment) -> Sequence[Record]:
    """Return the stocks that fall below nought, and when they first do."""
    stocks = {each.key for each in found.scenario.model.graph.stocks}
    times, values = found.result.inputs.times, found.result.outcome.values
    return [
        {"label": each.label, "time": float(times[np.argmax(own[:, -1] < 0.0)])}
        for each, own in zip(found.result.keep, values, strict=False)
        if each.key in stocks and (own[:, -1] < 0.0).any()
    ][:MOST_ENDS]


def ends_record(found: Assessment) -> Sequence[Record]:
    """Return the first and the last value of each headline variable, and the baseline's last."""
    values = found.result.outcome.values
    return [
        {
            **{"label": each.label, "unit": each.unit},
            **{"first": float(own[0, -1]), "baseline": float(own[-1, 0]), "last": float(own[-1, -1])},
        }
        for each, own in zip(found.result.keep, values, strict=False)
        if each.about.key in found.scenario.headline
    ][:MOST_ENDS]


def ends_table(record: Record, words: Messages) -> Table:
    """Return where the headline variables begin and end; a column for the baseline if there is one."""
    rows = []
    for each in record["ends"]:
        numbers = [each[name] for name in ("first", "baseline", "last")]
        shown = format_of(each["unit"], each["label"], numbers)
        rows.append((each["label"], shown.unit or MISSING, *map(shown.number, numbers)))
    table = table_of(words, ENDS, rows, right=ENDS[2:])
    return table if record["compared"] else table.without([words.heading("baseline_at_end")])


def model_view(record: Record, words: Messages) -> Iterator[str]:
    """Yield how a model is run, and what is doubtful of one's own."""
    if record["time_unit"] == NO_UNIT:
        yield words("no_time_unit")
    yield from record["notes"]
    for each in record["below_nought"]:
        yield words("below_nought", label=each["label"], time=f"{each['time']:g}")
    clashes, unknown = record["units"]["clashes"], record["units"]["unknown"]
    yield from (words("unit_finding", text=each) for each in clashes[:SHOWN_CLASHES])
    if count := len(clashes) + len(unknown):
        yield words("unit_findings", count=count, clashes=len(clashes), model=record["model_file"])
