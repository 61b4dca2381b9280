"""Cut the text of an equation into numbers, names and signs, as Vensim and XMILE write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from simcounty.model.ast import Apply, EquationError, Syntax

BEYOND_ASCII = r"\u0080-\U0010ffff"
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
REMARK = r"\{(?:[^{}]|\{[^{}]*\})*\}"
QUOTED = r'"(?:\\"|[^"])*"'
_SIGN = r"<->|->|:=|==|<>|<=|>=|[-+*/^=<>(),;!:|.]"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of an equation: its kind ("number", "name", "keyword", "subscripts", "text", "sign" or
    "end"), its text, and the place where it begins."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Dialect:
    """How a modelling language writes equations.

    `functions` go by other names or arguments here than in lowering: by key and number of arguments, what
    makes the syntax of such a call. `words` are operators written as names; `tight_not` binds NOT to what is
    next to it.
    """

    name: str
    pattern: re.Pattern[str]
    functions: Mapping[str, Mapping[int, Callable[..., Syntax]]]
    words: frozenset[str] = frozenset()
    tight_not: bool = False

    def rewritten(self, call: Apply) -> Syntax:
        """Return a call in the words of lowering; raise EquationError for a wrong number of arguments."""
        known = self.functions.get(call.function.key)
        if known is None or call.outputs:
            return call
        if len(call.args) not in known:
            wanted, name = " or ".join(map(str, known)), call.function.key.replace("_", " ").upper()
            raise EquationError(f"{name} takes {wanted} arguments, got {len(call.args)}")
        return known[len(call.args)](*call.args)


def pattern_of(name: str, blank: str, keyword: str) -> re.Pattern[str]:
    """Return the pattern of a token, given those of an unquoted name, a blank and a keyword."""
    kinds = {
        "blank": blank, "keyword": keyword, "number": _NUMBER, "text": r"'[^']*'",
        "name": rf"{QUOTED}|{name}", "subscripts": rf"\[(?:{QUOTED}|[^\]\"])*\]",
        "sign": _SIGN,
    }  # fmt: skip
    return re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in kinds.items()), re.S)


def cut(text: str, dialect: Dialect) -> list[Token]:
    """Return the tokens of an equation, the end last; raise EquationError for what is none.

    >>> from simcounty.model.vensim import VENSIM
    >>> [token.text for token in cut("2*birth rate", VENSIM)]
    ['2', '*', 'birth rate', '']
    """
    return [*_tokens(text, dialect), Token("end", "", len(text))]


def _tokens(text: str, dialect: Dialect) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = dialect.pattern.match(text, at)
        if found is None:
            raise EquationError(f"{text[at]!r} stands where no equation of {dialect.name} can have it")
        kind, at = str(found.lastgroup), found.end()
        word = found.group()
        if kind == "name" and word.lower() in dialect.words:
            kind, word = "keyword", f":{word.upper()}:"
        if kind != "blank":
            yield Token(kind, word, found.start())


def items(text: str) -> list[str]:
    """Return what stands between commas, those in quotes or parentheses left alone.

    >>> items('a, (b1-b4), "x, y"')
    ['a', '(b1-b4)', '"x, y"']
    """
    found, depth = [""], 0
    for piece in re.findall(rf"{QUOTED}|[(),]|[^(),\"]+|\"", text):
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            found.append("")
        else:
            found[-1] += piece
    return [each.strip() for each in found if each.strip()]
