"""The figures of a report: the headline variables, a few to a page, and where their numbers come from."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from functools import cache, partial

from simcounty.plot import styled, trajectories
from simcounty.plot.years import BEFORE
from simcounty.presentation.messages import Messages, chinese_number
from simcounty.presentation.report.blocks import Picture
from simcounty.presentation.report.chapters import source
from simcounty.presentation.report.data import Told

DPI = 300
PANELS = 6  # a figure


def pictures(told: Told, words: Messages) -> Iterator[Picture]:
    """Yield figures of a scenario's headline variables, each with its source."""
    scenario = told.scenario
    names = [words("baseline"), words("plan")] if told.compared else [scenario.title]
    run = told.run.assign_coords(scenario=names)
    sheets = shared(told.headline)
    for place, keys in enumerate(sheets, start=1):
        number = chinese_number(place) if words.is_chinese else place
        part = words("report.part", part=number, parts=len(sheets)) if len(sheets) > 1 else ""
        yield Picture(
            words("report.caption_picture", county=scenario.county.title or scenario.name, part=part),
            cache(partial(trajectories, run, keys, scenario.targets, scenario.county.observations)),
            " ".join(filter(None, (source(told, words), _observed(told, keys, words)))),
        )


def shared(keys: Sequence[str], most: int = PANELS) -> list[list[str]]:
    """Share variables out over figures, evenly, and in pairs as far as that goes.

    >>> [len(each) for each in shared(list("abcdefghijk"))]
    [6, 5]
    """
    if not keys:
        return []
    figures = -(-len(keys) // most)
    each = -(-len(keys) // figures)
    each += each % 2 if each > 1 else 0
    return [list(keys[start : start + each]) for start in range(0, len(keys), each)]


def _observed(told: Told, keys: Sequence[str], words: Messages) -> str:
    """Name where the observed values that are drawn were read."""
    first = told.scenario.years.start - BEFORE
    dots = (dot for dot in told.scenario.county.observations if dot.variable in keys and dot.year >= first)
    sources = dict.fromkeys(dot.source for dot in dots)
    return words("report.observed", each=words("report.list_mark").join(sources)) if sources else ""


def png(picture: Picture) -> bytes:
    """Return a picture as the bytes of a PNG file for print."""
    sheet = io.BytesIO()
    with styled():
        picture.drawn().savefig(sheet, format="png", dpi=DPI, metadata={"Software": None})
    return sheet.getvalue()
