"""What a file may say, what is refused by name, and that nothing of it is ever run."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from written import write_model

import simcounty as sc
from simcounty.backends.flatten import program_of
from simcounty.backends.python_text import stage_text
from simcounty.errors import ModelError

MODELS = Path(__file__).parents[1] / "models"


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        sc.load_model(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_names_labels_units_and_ranges_are_read_as_written() -> None:
    model = sc.load_model(MODELS / "names.mdl")
    people = model.constants["人口（常住）"]
    assert (people.label, people.unit, people.range) == ("常住人口", "person", (0, 1000))
    assert people.about.explanation == "People who live here."
    assert people.about.source == "source: 统计局"
    assert model.constants["出生率"].range == (0, None)
    assert model.constants["出生率"].about.source == "assumption: a round number."
    assert sc.simulate(model)["births"].to_numpy().tolist() == [10] * 5  # over a line continuation
    assert sc.simulate(model)["upper_case"].to_numpy().tolist() == [6] * 5  # case and blanks do not matter


def test_equations_and_groups_are_kept_as_written() -> None:
    about = sc.load_model(MODELS / "excepts.mdl").variables["changed"][0].about
    assert about.equation == "changed[age] :EXCEPT: [middle] = base[age]*10\nchanged[middle] = -1"


@pytest.mark.parametrize(
    ("equation", "variable", "words"),
    [
        ("x = DELAY BATCH(5)", "x", "the function DELAY BATCH is not supported"),
        ("x = VECTOR SELECT(1, 2, 3, 4, 5)", "x", "VECTOR SELECT needs a subscript marked with !"),
        (
            "x = ALLOCATE BY PRIORITY(1, 2, 3, 4, 5)",
            "x",
            "needs an array over a dimension that stands on the left",
        ),
        ("x = GET XLS CONSTANTS('a.xlsx', 'b', 'B2')", "x", "a.xlsx is not there beside the model"),
        ("x = GET DIRECT DATA('../a.csv', ',', 'A', 'B2')", "x", "../a.csv is not beside the model"),
        ("x = GET XLS DATA('?d', 'a', 'A', 'B2')", "x", "a name that Vensim asks a file for"),
        (
            "seen ~ ~ |\ny = seen ~ ~ |",
            "y",
            "seen is a data variable without data; give a table of it: --data FILE",
        ),
        ("f((0,1),(1,2),(1,3),(1,4))", "f", "more than two points at x = 1"),
        ("f((0,1),(1e999,2))", "f", "too large a number"),
        ("x = 2 3", "x", "after '2' '3' stands where the end should. Line 3: x = 2 3"),
        ("x = (2+3", "x", "after '(2+3' the equation ends where ) should"),
        ("x = MAX('text', 3)", "x", "the text 'text' stands where a number is needed"),
        ("x = A FUNCTION OF(z)", "x", "the function A FUNCTION OF is not supported"),
        ("x = y+1", "x", "y is used but not defined"),
        ("x = SQRT(1, 2)", "x", "SQRT takes 1 arguments, got 2"),
        ("x = SQROOT(4)", "x", "the function SQROOT is not supported"),
        ("x = SAVEPER", "x", "SAVEPER decides what is saved"),
        ("x = DELAY N(1, 2, 3, Time)", "x", "order"),
        ("x = SMOOTH N(1, 2, 3, 1.5)", "x", "not a whole number"),
        ("x = 1", "x", "is defined twice"),
        ("Time = 5", "time", "Time is set by the run"),
        ("y[nowhere] = 1", "y", "neither a dimension nor a subscript"),
        ("y = SUM(x)", "y", "needs a subscript marked with !"),
    ],
)
def test_what_cannot_be_computed_is_refused_by_variable_equation_and_function(
    tmp_path: Path, equation: str, variable: str, words: str
) -> None:
    message = refusal(write_model(tmp_path, "x = 1" if "twice" in words else "z = 1", equation))
    assert f"- {variable}: " in message
    assert words in message


def test_every_finding_is_in_one_error_with_its_equation(tmp_path: Path) -> None:
    message = refusal(
        write_model(
            tmp_path,
            "x = QUEUE FIFO(0, 1)",
            "y = missing one",
            "z = GET XLS CONSTANTS('a', 'b', 'c')",
            "w = 2 ^",
            "u = x+z",
        )
    )
    assert message.count("\n  - ") == 4  # what reads a refused variable is not refused itself
    assert "Line 3: y = missing one" in message


def test_an_equation_for_many_subscripts_is_refused_once(tmp_path: Path) -> None:
    message = refusal(write_model(tmp_path, "d: (d1-d9)", "x[d] = DELAY BATCH(d)"))
    assert message.count("DELAY BATCH is") == 1


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda file: None, "no such model file"),
        (lambda file: file.write_text("<html>not a model</html>"), "this is not a model that can be read"),
        (lambda file: file.write_text(""), "this is not a model that can be read"),
    ],
    ids=["missing", "html", "empty"],
)
def test_what_is_no_model_file_is_said_to_be_none(
    tmp_path: Path, write: Callable[[Path], object], words: str
) -> None:
    write(tmp_path / "a.mdl")
    assert words in refusal(tmp_path / "a.mdl")


def test_a_file_that_ends_in_something_else_is_refused(tmp_path: Path) -> None:
    assert ".mdl, .xmile, .stmx, .itmx" in refusal(tmp_path / "a.toml")


EVIL = "__import__('pathlib').Path('{witness}').touch()"

PLACES = {
    "comment": 'x = Time ~ ~ """+str({evil})+""" |',
    "comment with backslash": "x = Time ~ ~ \\ {evil} \\ |",
    "unit": 'x = Time ~ a", b={evil}, c=" ~ |',
    "quoted name": '"x+{evil}+\\"" = Time ~ ~ |',
    "subscript": 'd: a, "b+{evil}" ~ ~ |\nx[d] = Time ~ ~ |',
    "range": "x = Time ~ person [{evil}, 3] ~ |",
    "bounds of a lookup": "f([(0,0)-(9,9),{evil}],(0,0),(1,1)) ~ ~ |\nx = f(Time) ~ ~ |",
    "bounds behind a backslash": "f(\\[(0,0)-(9,9),{evil}],(0,0),(1,1)) ~ ~ |\nx = f(Time) ~ ~ |",
    "bounds of WITH LOOKUP": "x = WITH LOOKUP(Time, (\\[{evil}],(0,0),(1,1))) ~ ~ |",
    "text of a GET function": "x = GET XLS DATA('{evil}', 'a', 'b', 'c') ~ ~ |",
    "text argument": "x = MAX('{evil}', 3) ~ ~ |",
    "number": "x = 1+{evil} ~ ~ |",
    "list of numbers": "d: a, b ~ ~ |\nx[d] = 1, {evil} ~ ~ |",
    "group": "****\n\t.{evil}\n****~\n\t|\nx = Time ~ ~ |",
}


@pytest.mark.parametrize("backend", ["interpreted", "reference"])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_a_model_file_says_is_run_as_python(tmp_path: Path, place: str, backend: str) -> None:
    witness = tmp_path / "witness"
    evil = EVIL.format(witness=witness)
    if "'" in PLACES[place]:
        evil = evil.replace("'", '"')
    file = write_model(tmp_path, PLACES[place].format(evil=evil))
    with suppress(sc.SimcountyError):  # some are refused, and the rest runs
        sc.simulate(sc.load_model(file), backend=backend)
    assert not witness.exists()


def test_no_word_of_a_model_file_reaches_the_generated_text(tmp_path: Path) -> None:
    file = write_model(
        tmp_path,
        'd: left, "ri\'ght" ~ ~ |',
        '"os.system(\\"rm\\")" = 3 ~ evil unit ~ evil comment """ |',
        "evil lookup( (0,0),(1,1) ) ~ evil ~ |",
        'evil level[d] = INTEG("os.system(\\"rm\\")"*evil lookup(Time), 0)',
        "evil macro = SMOOTH(evil level[left], 3)",
    )
    program = program_of(sc.load_model(file).graph)
    text = "".join(stage_text(program, stage) for stage in program.stages)
    assert not any(word in text for word in ("evil", "os", "rm", "left", "ght", '"', "'", "\\", "import"))


XMILE = """<?xml version="1.0" encoding="utf-8"?>
{doctype}<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">
<header><vendor>v</vendor><product version="1">p</product></header>
<sim_specs method="Euler" time_units="Year"><start>0</start><stop>2</stop><dt>1</dt></sim_specs>
<model><variables>
<stock name="Level"><eqn>10</eqn><inflow>grow</inflow></stock>
<flow name="grow"><eqn>{flow}</eqn></flow>
<aux name="rate"><doc>增长率：Share a year.</doc><units>1/year</units><eqn>0.1</eqn></aux>
</variables></model></xmile>"""


def test_xmile_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "m.xmile"
    file.write_text(XMILE.format(doctype="", flow="Level*rate"), "utf-8")
    model = sc.load_model(file)
    assert model.constants["rate"].label == "增长率"
    assert sc.simulate(model)["level"].to_numpy().tolist() == pytest.approx([10, 11, 12.1])


def test_minus_two_squared_is_minus_four_in_xmile_too(tmp_path: Path) -> None:
    file = tmp_path / "m.xmile"
    file.write_text(XMILE.format(doctype="", flow="-2^2"), "utf-8")
    assert sc.simulate(sc.load_model(file))["grow"].to_numpy().tolist() == [-4, -4, -4]


@pytest.mark.parametrize("content", ['SYSTEM "file:///etc/hostname"', '"Level*rate"'])
def test_xml_entities_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "m.xmile"
    doctype = f"<!DOCTYPE x [<!ENTITY e {content}>]>\n"
    file.write_text(XMILE.format(doctype=doctype, flow="&e;"), "utf-8")
    assert "entities" in refusal(file)


def test_a_quoted_name_cannot_take_the_place_of_a_helper(tmp_path: Path) -> None:
    file = write_model(tmp_path, "x = SMOOTH(Time, 2)", '"x | smooth1.1" = 28', '"x|smooth1.1" = 29')
    run = sc.simulate(sc.load_model(file))
    assert run["x"].to_numpy().tolist() == [0, 0, 0.5, 1.25, 2.125]


def test_a_quoted_name_may_look_like_a_power(tmp_path: Path) -> None:
    file = write_model(tmp_path, '"loss (-2^n)" = 3', 'y = "loss (-2^n)"*2')
    assert sc.load_model(file).constants["loss_(-2^n)"].value == 3


def test_not_available_is_vensim_s_number(tmp_path: Path) -> None:
    assert sc.load_model(write_model(tmp_path, "x = :NA:")).constants["x"].value == -math.ldexp(1, 109)


def test_the_reference_engine_is_left_as_it_was(tmp_path: Path) -> None:
    from pysd.translators.vensim import vensim_element

    usual = vensim_element.EquationVisitor.visit_neg_expr
    sc.load_model(write_model(tmp_path, "x = -2^2"))
    assert vensim_element.EquationVisitor.visit_neg_expr is usual
    assert "eval" not in vars(vensim_element)
