"""The language of a reader, and the findings on what planners fill in, each under a code in both languages.

`findings.json` beside this file holds them: `"code": {"en": …, "zh": …}`, with the placeholders of
`str.format`; texts of results stand in `presentation/messages.json`. An error is written when it is raised,
in the language of the command's `--lang`, else of the system.
"""

from __future__ import annotations

import json
import locale
import os
from collections.abc import Mapping
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Language(StrEnum):
    """The languages a person may read."""

    en = "en"
    zh = "zh"


_chosen: ContextVar[Language | None] = ContextVar("language", default=None)


def default_language() -> Language:
    """Return Chinese on a Chinese system, else English."""
    settings = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next(filter(None, settings), None) or locale.getlocale()[0] or ""
    return Language.zh if chosen.lower().startswith(("zh", "chinese")) else Language.en


def use_language(language: Language | None) -> Language | None:
    """Write what is found from now on in a language, None for that of the system; return it."""
    _chosen.set(language)
    return language


def in_chinese_now() -> bool:
    """Return whether what is found is written in Chinese."""
    return (_chosen.get() or default_language()) is Language.zh


def said(code: str, /, **parts: object) -> str:
    """Return the text of a code in the reader's language, with its placeholders filled.

    >>> said("name.repeated", key="gdp")
    'is gdp, which stands here already. Keep one of the two.'
    """
    return findings()[code]["zh" if in_chinese_now() else "en"].format(**parts)


@cache
def findings() -> Mapping[str, Mapping[str, str]]:
    """Return every text by its code and its language."""
    found: Mapping[str, Mapping[str, str]] = json.loads(
        files("simcounty").joinpath("findings.json").read_text("utf-8")
    )
    return found
