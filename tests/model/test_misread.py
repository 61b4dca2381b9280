"""What a first version of the reader took wrongly, or fell over: each by the smallest file that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from written import aux, write_model, write_xmile

import simcounty as sc


def last(folder: Path, *equations: str) -> dict[str, float]:
    run = sc.simulate(sc.load_model(write_model(folder, *equations)))
    return {str(key): float(values[..., -1]) for key, values in run.items() if values.ndim == 1}


def series(folder: Path, variables: str, around: str = "", stop: float = 5) -> dict[str, list[float]]:
    run = sc.simulate(sc.load_model(write_xmile(folder, variables, around, stop=stop)))
    return {str(key): values.to_numpy().tolist() for key, values in run.items()}


def refused(folder: Path, *equations: str) -> str:
    with pytest.raises(sc.SimcountyError) as caught:
        sc.simulate(sc.load_model(write_model(folder, *equations)))
    return str(caught.value)


def test_a_macro_of_xmile_keeps_its_stocks_and_graphical_functions(tmp_path: Path) -> None:
    sums = """<macro name="mm"><parm>a</parm><eqn>s</eqn><variables><stock name="s"><eqn>0</eqn>
<inflow>f</inflow></stock><flow name="f"><eqn>a</eqn></flow></variables></macro>"""
    assert series(tmp_path, aux("x", "mm(3)"), sums, stop=4)["x"] == [0, 3, 6, 9, 12]
    table = """<macro name="mm"><parm>a</parm><eqn>b</eqn><variables><aux name="b"><eqn>a</eqn>
<gf><xscale min="0" max="1"/><ypts>100,200</ypts></gf></aux></variables></macro>"""
    assert series(tmp_path, aux("x", "mm(0.5)"), table)["x"][0] == 150


def test_what_a_file_calls_like_an_operator_is_none(tmp_path: Path) -> None:
    graph = '<aux name="negative"><gf><xscale min="0" max="2"/><ypts>0,5,20</ypts></gf></aux>'
    assert series(tmp_path, graph + aux("x", "2-3") + aux("y", "-x"))["y"][0] == 1
    found = last(tmp_path, "Floor((0,10),(10,20)) ~ ~ |", "x = Floor(5)", "y = 3.5 - 1")
    assert (found["x"], found["y"]) == (15, 2.5)
    module = '<model name="m"><variables>' + aux("power", "3") + aux("q", "power^2") + "</variables></model>"
    assert series(tmp_path, '<module name="m"/>' + aux("one", "1"), module)["m.q"][0] == 9


def test_a_macro_of_the_file_comes_before_a_function_of_its_name(tmp_path: Path) -> None:
    macro = '<macro name="ROUND"><parm>a</parm><eqn>a+100</eqn></macro>'
    assert series(tmp_path, aux("x", "ROUND(3.7)"), macro)["x"][0] == 103.7
    smooth = ":MACRO: SMOOTH(a,b)\nSMOOTH = a+b ~ ~ |\n:END OF MACRO:\n"
    assert last(tmp_path, smooth, "y = SMOOTH(1,2)")["y"] == 3


def test_a_remark_of_stella_ends_with_its_line(tmp_path: Path) -> None:
    assert series(tmp_path, aux("x", "1 // one\n + 2"))["x"][0] == 3


def test_comparisons_of_size_bind_before_those_of_sameness(tmp_path: Path) -> None:
    assert series(tmp_path, aux("x", "1 = 3 > 2"))["x"][0] == 1


@pytest.mark.parametrize(
    ("equations", "words"),
    [
        (("A: a1,a2 ~ ~ |", "x[A] = 1,2,3"), "x: the equation gives 3 numbers for 2 elements. Line 3"),
        (("y = 1,2,3",), "the equation gives 3 numbers for 1 elements"),
        (("A: a1,a2 ~ ~ |", "n[A,A] = 1"), "the dimension a stands twice on the left"),
        (("A: a1,a2 ~ ~ |", "A: a1 ~ ~ |", "x[A] = 1"), "A: this dimension is defined twice"),
        (("L((0,0),(1,1)) ~ ~ |", "a = L + 1"), "l is a lookup; call it with an input"),
        (("A: a1,a2 ~ ~ |", "B: b1 ~ ~ |", "x[A,B] :EXCEPT: [a1] = 1"), ":EXCEPT: names another number"),
        ((":MACRO: m(a)\nb = a ~ ~ |\n:END OF MACRO:\n", "x = m(3)"), "macro m: it has no equation for m"),
        (("x = DELAY N(1, 1e6, 1, 1e6)",), "not a whole number from 1 to 1,000"),
        (("A: (a1-a" + "9" * 5_000 + ") ~ ~ |", "x[A] = 1"), "numbers of too many digits"),
        (("A: (a1-a2000) ~ ~ |", "B: (b1-b2000) ~ ~ |", "x[A,B] = 1"), "4,000,000 elements"),
        (("x = GET DIRECT CONSTANTS('a\0b', ',', 'A1')",), "a character that is not seen"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    tmp_path: Path, equations: tuple[str, ...], words: str
) -> None:
    assert words in refused(tmp_path, *equations)


def test_a_step_that_is_no_number_is_refused(tmp_path: Path) -> None:
    file = write_model(tmp_path, "x = 1")
    file.write_text(file.read_text("utf-8").replace("TIME STEP = 1", "TIME STEP = 0/0"), "utf-8")
    with pytest.raises(sc.SimcountyError, match="it must run forward"):
        sc.load_model(file)


def test_an_aux_named_as_the_time_axis_must_agree_with_it(tmp_path: Path) -> None:
    with pytest.raises(sc.SimcountyError, match=r"time_step: the file gives 5, sim_specs 1\."):
        sc.load_model(write_xmile(tmp_path, aux("Time Step", "5") + aux("y", "Time_Step*2")))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("time,x,x\n0,1,10\n4,5,50\n", "x stands twice"),
        ("time,x\n0,1\n2,2\n2,9\n", "x has two values at 2"),
        ("time,z\n0,1\n", "none of z is a data variable. The model has x"),
        ("time,x\n0," + "9" * 200_000 + "\n", "a cell is longer than 131,072 letters"),
    ],
)
def test_tables_of_series_say_one_thing(tmp_path: Path, table: str, words: str) -> None:
    (tmp_path / "d.csv").write_text(table, "utf-8")
    with pytest.raises(sc.SimcountyError) as caught:
        sc.load_model(write_model(tmp_path, "x ~ ~ |", "y = x*2"), data=tmp_path / "d.csv")
    assert words in str(caught.value)


def test_a_long_sum_is_computed_or_refused_while_loading(tmp_path: Path) -> None:
    long = "x = " + "+".join(["y"] * 3_000)
    assert last(tmp_path, "y = INTEG(1, 0)", long)["x"] == 12_000
    assert "thousands of terms" in refused(tmp_path, "y = INTEG(1, 0)", "x = " + "+".join(["y"] * 30_000))


def test_macros_that_multiply_end(tmp_path: Path) -> None:
    """Twenty-five macros that call the one before twice would make 33 million elements."""
    macros = [":MACRO: m0(a)\nm0 = a+1 ~ ~ |\n:END OF MACRO:\n"]
    macros += [
        f":MACRO: m{i}(a)\nm{i} = m{i - 1}(a)+m{i - 1}(a) ~ ~ |\n:END OF MACRO:\n" for i in range(1, 26)
    ]
    assert "more than 100,000 elements" in refused(tmp_path, *macros, "x = m25(1)")


def test_brackets_without_an_end_take_no_time(tmp_path: Path) -> None:
    file = write_model(tmp_path, ":MACRO: " + "()" * 20_000, "x = 1")
    with pytest.raises(sc.SimcountyError):
        sc.load_model(file)
    wide = write_model(tmp_path, "A: (" + " " * 60_000 + "x) ~ ~ |", "x = 1")
    with pytest.raises(sc.SimcountyError, match="is no range of subscripts"):
        sc.load_model(wide)
