"""How the house is kept: files, functions and names a stranger can find his way by."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "simcounty"
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_MODULES, MOST_LINES = 284, 46_000  # a reader of Vensim and XMILE of our own, arrays, series, chance
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 350, 40, 6

Function = ast.FunctionDef | ast.AsyncFunctionDef


def place(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def functions(file: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(file)) if isinstance(node, Function))


def classes(file: Path) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree(file)) if isinstance(node, ast.ClassDef))


def parameters(function: Function) -> int:
    """Count the parameters a caller gives: not `self` or `cls`."""
    args = function.args
    named = [each.arg for each in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    return len(named) - (named[:1] in (["self"], ["cls"])) + bool(args.vararg) + bool(args.kwarg)


def is_command(file: Path, function: Function) -> bool:
    """A command is a function of `cli/` whose parameters are arguments and options; so is a public figure."""
    return place(file).startswith(("cli/", "plot/")) and not function.name.startswith("_")


def banned() -> set[str]:
    """Read the words of the second table of the glossary."""
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8").split("## Words that are not used as names")[1]
    rows = re.findall(r"(?m)^\| ([a-z, ]+) \|", text)
    return {word.strip() for row in rows if row != "not" for word in row.split(",")}


def words(name: str) -> set[str]:
    """Return the words of a name, however it is joined: `lines_kept`, `PaidShare`."""
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def test_the_glossary_lists_words_not_to_use() -> None:
    assert {"dial", "told", "asked", "shares"} <= banned()


def test_the_house_is_small_enough_to_walk_through() -> None:
    lines = [len(file.read_text("utf-8").splitlines()) for file in FILES]
    assert len(FILES) <= MOST_MODULES
    assert sum(lines) <= MOST_LINES
    assert 140 <= sum(lines) / len(FILES) <= 200


@pytest.mark.parametrize("file", FILES, ids=place)
def test_a_file_is_one_thing(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("file", FILES, ids=place)
def test_functions_are_short_and_take_few_parameters(file: Path) -> None:
    sizes = [
        (each.name, (each.end_lineno or 0) - each.lineno + 1, parameters(each))
        for each in functions(file)
        if not is_command(file, each)
    ]
    long = [
        f"{name}: {lines} lines, {given} parameters"
        for name, lines, given in sizes
        if lines > LONGEST_FUNCTION or given > MOST_PARAMETERS
    ]
    assert long == []


@pytest.mark.parametrize("file", FILES, ids=place)
def test_names_are_the_fields_words(file: Path) -> None:
    names = [file.stem, *(each.name for each in functions(file)), *(each.name for each in classes(file))]
    assert [name for name in names if words(name) & banned()] == []


def test_no_class_name_means_two_things() -> None:
    where = defaultdict(list)
    for file in FILES:
        for each in classes(file):
            where[each.name].append(place(file))
    assert {name: places for name, places in where.items() if len(places) > 1} == {}


@pytest.mark.parametrize("file", FILES, ids=place)
def test_no_private_name_crosses_a_package(file: Path) -> None:
    own = place(file).partition("/")[0]
    crossing = [
        f"{node.module}: {alias.name}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("simcounty")
        for alias in node.names
        if (alias.name.startswith("_") or "._" in str(node.module))
        and str(node.module).removeprefix("simcounty.").partition(".")[0] != own
    ]
    assert crossing == []
