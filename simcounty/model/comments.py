"""What a model file says of a variable beside its equation: label, explanation, source, unit and range."""

from __future__ import annotations

import re

from simcounty.model.ast import bare, key_of
from simcounty.model.graph import About

_RANGE = re.compile(r"^(.*)\[([^\[\],]*),([^\[\],]*)(?:,[^\[\]]*)?\]\s*$", re.S)


def about_of(name: str, unit: str, comment: str, group: str = "", equation: str = "", line: int = 0) -> About:
    """Return the documentation of a variable.

    A unit may end in a range, `person [0, 1000]`. A comment has the form
    `中文名：English explanation. 中文说明。 source: …`, of which any part may be missing.

    >>> about_of("births", "person/year [0, ?]", "出生：Who is born. source: a yearbook").range
    (0.0, None)
    """
    unit, bounds = _unit_and_range(unit)
    own = " ".join(bare(name).split())
    label, explanation, source = _comment(comment, own)
    explanation, chinese = _two_languages(explanation)
    return About(
        key=key_of(name),
        name=own,
        unit=unit,
        range=bounds,
        label=label,
        explanation=explanation,
        explanation_zh=chinese,
        source=source,
        group=group,
        equation=equation,
        line=line,
    )


def _unit_and_range(text: str) -> tuple[str, tuple[float | None, float | None]]:
    found = _RANGE.match(text)
    if found is None:
        return " ".join(text.split()), (None, None)
    try:
        bounds = _bound(found[2]), _bound(found[3])
    except ValueError:
        return " ".join(text.split()), (None, None)
    return " ".join(found[1].split()), bounds


def _bound(text: str) -> float | None:
    return None if text.strip() in ("?", "") else float(text)


def _two_languages(explanation: str) -> tuple[str, str]:
    """Split `English explanation. 中文说明。` into the two; a comment in one language is the first alone."""
    english, stop, chinese = explanation.rpartition(". ")
    return (f"{english}.", chinese) if stop and chinese.endswith("。") else (explanation, "")


def _comment(text: str, name: str) -> tuple[str, str, str]:
    """Split `中文名：explanation. 中文说明。 source: …` into label, explanations and source."""
    words = " ".join(text.split())
    label, colon, rest = words.partition("：")
    if not colon:
        label, rest = name, words
    for mark in ("source:", "assumption:"):
        before, found, after = rest.partition(mark)
        if found:
            return label.strip(), before.strip(), f"{mark} {after.strip()}"
    return label.strip(), rest.strip(), ""
