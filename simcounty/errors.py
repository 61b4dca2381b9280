"""Everything that can go wrong, in texts a user can act on.

    SimcountyError          1   a run failed
    ├── InputError          2   a file, key, value or option is wrong
    │   ├── ModelError          … in a model file
    │   └── ScenarioError       … in a scenario, county or policy file, or in an option
    ├── RunError            1   a run went wrong: a value became non-finite, a balance broke
    ├── ChecksFailed        3   checks failed, or targets missed under --strict
    └── FailedRuns          4   a sweep is finished, and some of its runs failed

The number is the exit code of the command line.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from simcounty.language import in_chinese_now, said

CLOSE = 3  # names that a message guesses
LONGEST_WORD = 80  # letters of a name that may be a slip of the pen
LONGEST_QUOTE, LONGEST_LINE, MOST_FINDINGS = 80, 2_000, 100
WITHOUT_END = re.compile(r"\S{400,}")  # longer than any name, or sentence of Chinese
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What is no part of a text: it can steer a terminal, turn a line round, or end it in some programs only."""


class SimcountyError(Exception):
    """A problem that simcounty can name; its text is a message for the user.

    What it quotes can steer no terminal, and does not fill the screen. `field` is what it is about of several
    things given together: "name", "value", "unit", "year", "source".
    """

    exit_code = 1

    def __init__(self, text: str = "", field: str = "") -> None:
        super().__init__("\n".join(_cut(line) for line in text.split("\n")))
        self.field = field


class InputError(SimcountyError):
    """What was given cannot be used; nothing was written."""

    exit_code = 2


class ModelError(InputError):
    """A model file that cannot be computed rightly."""


class ScenarioError(InputError):
    """A scenario, county or policy file, or an option, that cannot be bound to its model."""


class RunError(SimcountyError):
    """A run that went wrong: a value became non-finite or a balance broke."""


class ChecksFailed(SimcountyError):  # noqa: N818 (checks fail, the program does not)
    """Checks that did not hold."""

    exit_code = 3


class FailedRuns(SimcountyError):  # noqa: N818 (the runs failed, the sweep did not)
    """Runs of a finished sweep that went wrong; their members are flagged beside the others."""

    exit_code = 4


def shortened(text: str, most: int = LONGEST_QUOTE) -> str:
    """Return a text on one line without control characters, cut after so many letters.

    >>> shortened("a" * 9, 5)
    'aaaa…'
    """
    plain = CONTROL.sub("�", " ".join(text[: most * 20].split()))
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def _cut(line: str) -> str:
    """Return a line of a message without control characters, cut where it or a word in it runs on."""
    plain = WITHOUT_END.sub(lambda word: f"{word[0][:LONGEST_QUOTE]}…{word[0][-20:]}", CONTROL.sub("�", line))
    return plain if len(plain) <= LONGEST_LINE else f"{plain[: LONGEST_LINE - 1]}…"


@contextmanager
def in_file(path: object) -> Iterator[None]:
    """Begin what an input error of the block says with the file it is about.

    >>> with in_file("gdp.csv"):
    ...     raise InputError("is empty.")
    Traceback (most recent call last):
    simcounty.errors.InputError: gdp.csv: is empty.
    """
    try:
        yield
    except InputError as error:
        raise type(error)(f"{path}: {error}", error.field) from error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'a' or 'b'?`` for the closest known words, or nothing.

    In Chinese, where names are short and words stand in them without a blank, half of it has to be the same,
    and those that contain it come first.

    >>> did_you_mean("popluation", ["population", "debt"]), did_you_mean("债务", ["人口", "平台债务余额"])
    (" Did you mean 'population'?", " Did you mean '平台债务余额'?")
    """
    names = _readable(known) if len(word) <= LONGEST_WORD else []
    inside = [] if word.isascii() else [name for name in names if word in name]
    alike = 0.6 if word.isascii() else 0.5
    close = [*inside, *difflib.get_close_matches(word, names, n=CLOSE, cutoff=alike)]
    guesses = list(dict.fromkeys(close))[:CLOSE]
    return said("guess", names=said("or").join(map(quoted, guesses))) if guesses else ""


def quoted(name: str) -> str:
    """Return a name in the quotation marks of the reader's language."""
    return f"“{name}”" if in_chinese_now() else repr(name)


def _readable(names: Iterable[str]) -> list[str]:
    """Return the names that a message may guess: in Chinese those in Chinese alone, where there are any."""
    every = list(names)
    chinese = [name for name in every if not name.isascii()] if in_chinese_now() else []
    return chinese or every


def listed(names: Sequence[object], most: int = 6) -> str:
    """Return the first of several names for a message, and "…" for the others.

    >>> listed("abc", 2)
    'a, b, …'
    """
    return said("listed").join([*map(str, names[:most]), *(["…"] if len(names) > most else [])])


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that are given more than once, in the order given.

    >>> repeated(["a", "b", "c", "b"])
    ['b']
    """
    return [name for name, count in Counter(names).items() if count > 1]


class Spot(Protocol):
    """Where several things stand together that were given: a row of a table."""

    def of(self, field: str) -> str:
        """Return where one of them stands."""
        ...


class Findings(list[str]):
    """Everything that is wrong with what was given, collected to be raised as one error.

    >>> findings = Findings()
    >>> with findings.at("county.toml", "gdp"):
    ...     raise InputError("is missing.")
    >>> findings
    ['county.toml: gdp: is missing.']
    """

    @contextmanager
    def at(self, *where: object | Spot) -> Iterator[None]:
        """Collect an input error of the block as a finding that begins with where it was met."""
        try:
            yield
        except InputError as error:
            places = (each.of(error.field) if hasattr(each, "of") else str(each) for each in where)
            self.append(": ".join([*places, str(error)]))

    def raise_as(self, error: type[SimcountyError], headline: str) -> None:
        """Raise one error that lists every finding; do nothing if there is none."""
        found = list(dict.fromkeys(self))
        if len(found) > MOST_FINDINGS:
            found[MOST_FINDINGS:] = [said("findings.more", number=len(found) - MOST_FINDINGS)]
        if found:
            raise error("\n".join([headline, *(f"  - {finding}" for finding in found)]))
