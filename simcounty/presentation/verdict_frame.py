"""Verdicts as a table to look at in a notebook, or to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcounty.presentation.report.chapters import verdict_columns, verdict_row
from simcounty.presentation.report.data import tell
from simcounty.presentation.report_words import Language, Words

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

    from simcounty.scenario import Scenario

__all__ = ["verdicts"]


def verdicts(scenario: Scenario, lang: Language = "zh") -> pd.DataFrame:
    """Run a scenario beside its baseline; return a row a target, written as a plan writes numbers.

    For numbers to compute with, use `judge`.

    >>> import simcounty as sc
    >>> verdicts(sc.load("tonglu/plan-2027"), "en").loc["常住人口城镇化率", "Verdict"]
    'met'
    """
    import pandas as pd

    told, words = tell(scenario), Words(lang)
    first, *others = (column.heading for column in verdict_columns(told.compared, words))
    rows = [verdict_row(each, told.compared, words) for each in told.verdicts]
    index = pd.Index([row[0] for row in rows], name=first)
    return pd.DataFrame([row[1:] for row in rows], index=index, columns=others)
