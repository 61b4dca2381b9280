"""Parse equations of Vensim and XMILE into the syntax tree of `ast`."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container
from dataclasses import replace
from itertools import pairwise

from simcounty.model.arithmetic import NOT_AVAILABLE
from simcounty.model.ast import Apply, Data, EquationError, Literal, Name, Numbers, Quoted, Syntax, key_of
from simcounty.model.graph import Lookup
from simcounty.model.tokens import Dialect, Token, cut, items

_OPERATORS = {
    ":OR:": (1, "or"), ":AND:": (2, "and"),
    "=": (4, "equal"), "<>": (4, "not_equal"), "<": (5, "less"), "<=": (5, "less_equal"),
    ">": (5, "greater"), ">=": (5, "greater_equal"),
    "+": (6, "add"), "-": (6, "subtract"), "*": (7, "multiply"), "/": (7, "divide"),
    ":MOD:": (7, "floored_modulo"), "^": (9, "power"),
}  # fmt: skip
"""How tightly an operator binds, and its function."""

_COMPARISON, _SIGNED, _POWER = 4, 8, 9
_LOOKUPS = frozenset({"with_lookup"})


def parse_equation(text: str, dialect: Dialect) -> Syntax:
    """Return the syntax of a right-hand side: an expression, or a list of numbers.

    Raises EquationError, which says what stands where nothing of the kind can.

    >>> from simcounty.model.vensim import VENSIM
    >>> parse_equation("2 * birth rate", VENSIM).args
    (Literal(value=2.0), Name(key='birth_rate', subscripts=()))
    """
    parser = Parser(text, dialect)
    first = parser.expression()
    if parser.next.text in (",", ";"):
        return Numbers(tuple(map(_plain_number, parser.rest_of_list(first))))
    parser.expect("end")
    return first


def rewritten(body: Syntax, dialect: Dialect, own: Container[str]) -> Syntax:
    """Return an equation in the words of lowering; what the file itself defines keeps its name.

    Raises EquationError for a call with a wrong number of arguments.
    """
    if isinstance(body, Data) and body.source is not None:
        return replace(body, source=rewritten(body.source, dialect, own))
    if not isinstance(body, Apply):
        return body
    made = replace(body, args=tuple(rewritten(arg, dialect, own) for arg in body.args))
    return made if not made.called or made.function.key in own else dialect.rewritten(made)


def parse_points(text: str, dialect: Dialect) -> Lookup:
    """Return the lookup that a list of points, with its parentheses, gives; raise EquationError for none."""
    parser = Parser(text, dialect)
    lookup = parser.points()
    parser.expect("end")
    return lookup


class Parser:
    """A reader of one equation, from left to right."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self.text, self.dialect = text, dialect
        self.tokens = cut(text, dialect)
        self.at = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.next
        self.at += token.kind != "end"
        return token

    def has(self, text: str) -> bool:
        """Pass over a sign or keyword if it comes next, and return whether it did."""
        found = self.next.text.upper() == text and self.next.kind in ("sign", "keyword")
        self.at += found
        return found

    def expect(self, text: str) -> None:
        """Pass over a sign or keyword, or the end; raise EquationError where something else comes."""
        if (text == "end" and self.next.kind == "end") or self.has(text):
            return
        raise EquationError(self.unexpected("the end" if text == "end" else text.strip(":")))

    def unexpected(self, wanted: str) -> str:
        rest = " ".join(self.text[self.next.at :].split())[:40]
        before = " ".join(self.text[: self.next.at].split())[-40:]
        found = f"{rest!r} stands" if rest else "the equation ends"
        return f"after {before!r} {found} where {wanted} should"

    def expression(self, least: int = 0) -> Syntax:
        """Parse what operators join that bind at least so tightly."""
        left = self.operand()
        while (token := self.next).kind in ("sign", "keyword"):
            level, function = _OPERATORS.get(token.text.upper(), (-1, ""))
            if level < max(least, 0):
                break
            self.take()
            right = self.expression(level if level == _POWER else level + 1)  # a ^ b ^ c is a ^ (b ^ c)
            left = Apply(Name(function), (left, right))
        return left

    def operand(self) -> Syntax:
        """Parse a number, a name, a call, or what stands in parentheses, with its signs."""
        token = self.take()
        if token.text in ("-", "+"):
            inside = self.expression(_SIGNED)
            return Apply(Name("negative"), (inside,)) if token.text == "-" else inside
        keyword = token.text.upper()
        if keyword == ":NOT:":
            inside = self.expression(_SIGNED if self.dialect.tight_not else _COMPARISON)
            return Apply(Name("not"), (inside,))
        if keyword == ":IF:":
            return self.conditional()
        if keyword == ":MOD:" and self.has("("):
            return replace(self.call(Name("mod")), function=Name("floored_modulo"), called=False)
        if keyword == ":NA:":
            return Literal(NOT_AVAILABLE)
        if token.kind == "number":
            return Literal(_finite(token.text))
        if token.kind == "text":
            return Quoted(token.text[1:-1])
        if token.kind == "name":
            return self.named(token)
        if token.text == "(":
            inside = self.expression()
            self.expect(")")
            return inside
        self.at -= token.kind != "end"
        raise EquationError(self.unexpected("a number, a name or a parenthesis"))

    def conditional(self) -> Syntax:
        condition = self.expression()
        self.expect(":THEN:")
        yes = self.expression()
        self.expect(":ELSE:")
        return Apply(Name("if_then_else"), (condition, yes, self.expression()))

    def named(self, token: Token) -> Syntax:
        subscripts: tuple[str, ...] = ()
        if self.next.kind == "subscripts":
            subscripts = tuple(re.sub(r"\s*!$", "!", each) for each in items(self.take().text[1:-1]))
        name = Name(key_of(token.text), subscripts)
        if not self.has("("):
            return name
        if name.key == "tabbed_array":
            return self.tabbed()
        return self.call(name)

    def call(self, name: Name) -> Apply:
        args: list[Syntax] = []
        outputs: list[str] = []
        while not self.has(")"):
            if name.key in _LOOKUPS and args:
                args.append(self.points())
            else:
                args.append(self.expression())
            if self.has(":"):  # results of a macro beside its own
                outputs += self.outputs()
            elif not self.has(",") and self.next.text != ")":
                raise EquationError(self.unexpected("a comma or a closing parenthesis"))
        return Apply(name, tuple(args), tuple(outputs), called=True)

    def outputs(self) -> list[str]:
        names = [key_of(self.take().text)]
        while self.has(","):
            names.append(key_of(self.take().text))
        return names

    def tabbed(self) -> Numbers:
        values: list[float] = []
        while not self.has(")"):
            values.append(self.number())
        return Numbers(tuple(values))

    def rest_of_list(self, first: Syntax) -> list[Syntax]:
        values = [first]
        while self.has(",") or self.has(";"):
            if self.next.kind != "end":
                values.append(self.expression())
        self.expect("end")
        return values

    def number(self) -> float:
        """Parse a number with its sign."""
        sign = -1.0 if self.has("-") else 1.0
        self.has("+")
        if self.next.kind != "number":
            raise EquationError(self.unexpected("a number"))
        return sign * _finite(self.take().text)

    def points(self) -> Lookup:
        """Parse `([bounds], (x, y), …)`, or the old form `(x, x, …, y, y, …)`."""
        self.expect("(")
        if self.next.kind == "subscripts":  # the bounds of a drawing
            self.take()
            self.has(",")
        pairs: list[tuple[float, float]] = []
        plain: list[float] = []
        while not self.has(")"):
            if self.has("("):
                x = self.number()
                self.expect(",")
                pairs.append((x, self.number()))
                self.expect(")")
            else:
                plain.append(self.number())
            if not self.has(",") and self.next.text != ")":
                raise EquationError(self.unexpected("a comma or a closing parenthesis"))
        if plain and (pairs or len(plain) % 2):
            raise EquationError("its lookup has not as many x as y values")
        half = len(plain) // 2
        return lookup_of(pairs or list(zip(plain[:half], plain[half:], strict=True)))


def lookup_of(pairs: list[tuple[float, float]], beyond: str = "hold") -> Lookup:
    """Return a lookup of points; two at one x are a step there. Raises EquationError for what is none."""
    if not pairs:
        raise EquationError("its lookup has no points")
    if not all(math.isfinite(value) for pair in pairs for value in pair):
        raise EquationError("a point of its lookup is not finite")
    xs, ys = zip(*sorted(pairs, key=lambda pair: pair[0]), strict=True)
    if thrice := [x for x, count in Counter(xs).items() if count > 2]:
        raise EquationError(f"its lookup has more than two points at x = {thrice[0]:g}")
    return Lookup(xs, ys, beyond)


def held(lookup: Lookup) -> list[tuple[float, float]]:
    """Return the points of a lookup that holds each value up to the next point.

    >>> held(Lookup((0.0, 1.0), (5.0, 7.0)))
    [(0.0, 5.0), (1.0, 5.0), (1.0, 7.0)]
    """
    points = list(dict(zip(lookup.xs, lookup.ys, strict=True)).items())
    steps = [point for (_, y), after in pairwise(points) for point in ((after[0], y), after)]
    return [points[0], *steps]


def _finite(text: str) -> float:
    """Return the number of a text; raise EquationError for one beyond what a float holds."""
    number = float(text)
    if math.isinf(number):
        raise EquationError(f"{text[:20]} is too large a number")
    return number


def _plain_number(body: Syntax) -> float:
    if isinstance(body, Literal):
        return body.value
    if isinstance(body, Apply) and body.function.key == "negative" and isinstance(body.args[0], Literal):
        return -body.args[0].value
    raise EquationError("a list holds something else than numbers; give each element an equation of its own")
