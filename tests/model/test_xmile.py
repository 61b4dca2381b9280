"""What XMILE means: modules, graphical functions, arrays and Stella's functions, by the standard's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from written import aux, write_xmile

import simcounty as sc


def series(folder: Path, variables: str, around: str = "", **specs: Any) -> dict[str, list[Any]]:
    made = sc.simulate(sc.load_model(write_xmile(folder, variables, around, **specs)))
    return {str(key): values.transpose(..., "time").to_numpy().tolist() for key, values in made.items()}


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("2^3^2", 512),
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("7 MOD 4 * 2", 6),
        ("(-7) MOD 3", 2),
        ("MOD(-7, 3)", 2),
        ("INT(-2.7)", -3),
        ("ROUND(2.5)", 3),
        ("3 {why} + 4 // as said", 7),
        ("SAFEDIV(5, 0)", 0),
        ("SAFEDIV(5, 0, 7)", 7),
        ("IF TIME > 2 AND NOT (TIME = 4) THEN 1 ELSE 2", 1),
        ("STARTTIME + STOPTIME + DT", 6),
        ("LOG10(1000)", 3),
        ("MAX(1, 5, 3)", 5),
        ("INIT(TIME + 3)", 3),
        ("PREVIOUS(TIME, -5)", 4),
        ("RAMP(2, 2)", 6),
        ("STEP(3, 2)", 3),
    ],
)
def test_equations_mean_what_xmile_says(tmp_path: Path, equation: str, value: float) -> None:
    assert series(tmp_path, aux("x", equation))["x"][-1] == pytest.approx(value)


def test_a_pulse_is_its_volume_over_dt_for_one_step(tmp_path: Path) -> None:
    found = series(tmp_path, aux("one", "PULSE(10, 2)") + aux("more", "PULSE(10, 1, 2)"), stop=4, dt=0.5)
    assert found["one"] == [0, 0, 0, 0, 20, 0, 0, 0, 0]
    assert found["more"] == [0, 0, 20, 0, 0, 0, 20, 0, 0]


@pytest.mark.parametrize(("method", "factor"), [("RK4", 2 + 17 / 24), ("RK2", 2.5), ("Euler", 2)])
def test_the_method_of_the_file_is_taken(tmp_path: Path, method: str, factor: float) -> None:
    """s' = s: x-rk4 of the review gives 145.717 after five steps."""
    stock = '<stock name="s"><eqn>1</eqn><inflow>f</inflow></stock><flow name="f"><eqn>s</eqn></flow>'
    assert series(tmp_path, stock, method=method)["s"][-1] == pytest.approx(factor**5)


def test_rk2_is_heun_s_rule(tmp_path: Path) -> None:
    """s' = t² from 1: each step takes the mean of both ends, 1/2, 5/2, 13/2."""
    stock = '<stock name="s"><eqn>1</eqn><inflow>f</inflow></stock><flow name="f"><eqn>TIME^2</eqn></flow>'
    model = sc.load_model(write_xmile(tmp_path, stock, method="RK2", stop=3))
    for backend in ("interpreted", "compiled"):
        assert sc.simulate(model, backend)["s"].to_numpy().tolist() == [1, 1.5, 4, 10.5]


TOWN = """<model name="Town"><variables>
<aux name="rate" access="input"><eqn>0.5</eqn></aux>
<stock name="savings"><eqn>1</eqn><inflow>gain</inflow></stock>
<flow name="gain"><eqn>savings*rate</eqn></flow>
</variables></model>"""


def test_each_instance_of_a_module_has_its_own_variables(tmp_path: Path) -> None:
    found = series(
        tmp_path,
        aux("source", "TIME*0 + 1")
        + '<module name="A" isee:model_name="Town"><connect to="rate" from=".source"/></module>'
        + '<module name="B" isee:model_name="Town"/>'
        + aux("both", "A.savings + B.savings"),
        TOWN,
    )
    assert found["a.savings"] == [1, 2, 4, 8, 16, 32]
    assert found["b.savings"][-1] == pytest.approx(1.5**5)
    assert found["both"][2] == 4 + 2.25


def test_a_module_that_contains_itself_is_refused(tmp_path: Path) -> None:
    loop = '<model name="M"><variables><module name="M"/></variables></model>'
    with pytest.raises(sc.SimcountyError, match="this module contains itself"):
        sc.load_model(write_xmile(tmp_path, '<module name="M"/>' + aux("x", "1"), loop))


DIMS = """<dimensions><dim name="D"><elem name="p"/><elem name="q"/></dim>
<dim name="N" size="3"/></dimensions>"""


def test_arrays_are_summed_by_star_by_name_and_read_without_subscripts(tmp_path: Path) -> None:
    found = series(
        tmp_path,
        '<aux name="a"><dimensions><dim name="D"/></dimensions><eqn>TIME*2</eqn></aux>'
        '<aux name="b"><dimensions><dim name="D"/></dimensions>'
        '<element subscript="p"><eqn>1</eqn></element><element subscript="q"><eqn>2</eqn></element></aux>'
        '<aux name="n"><dimensions><dim name="N"/></dimensions><eqn>TIME</eqn></aux>'
        '<aux name="d"><dimensions><dim name="D"/></dimensions><eqn>a+b</eqn></aux>'
        + aux("s", "SUM(b)")
        + aux("t", "SUM(b[*])")
        + aux("one", "n[2] + b[q]")
        + aux("largest", "MAX(b[*])"),
        DIMS,
    )
    assert (found["s"][0], found["t"][0], found["one"][3], found["largest"][0]) == (3, 3, 5, 2)
    assert [row[1] for row in found["d"]] == [3, 4]


GRAPH = '<gf{kind}><xscale min="0" max="2"/><ypts>{points}</ypts></gf>'


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("", [10, 15, 20, 30, 40, 40]),
        (' type="extrapolate"', [10, 15, 20, 30, 40, 50]),
        (' type="discrete"', [10, 10, 20, 20, 40, 40]),
    ],
)
def test_graphical_functions_interpolate_extrapolate_or_step(
    tmp_path: Path, kind: str, expected: list[float]
) -> None:
    graph = GRAPH.format(kind=kind, points="10,20,40")
    assert series(tmp_path, f'<aux name="g"><eqn>TIME/2</eqn>{graph}</aux>')["g"] == expected


def test_a_graphical_function_by_its_points_needs_no_scale(tmp_path: Path) -> None:
    """As in Stella's files whose xscale runs from 0 to 0."""
    graph = '<gf><xscale min="0" max="0"/><xpts>0,2,4</xpts><ypts>0,20,60</ypts></gf>'
    found = series(tmp_path, f'<aux name="g"><eqn>TIME</eqn>{graph}</aux>' + aux("h", "LOOKUP(g, 1)"))
    assert (found["g"], found["h"][0]) == ([0, 10, 20, 40, 60, 60], 10)


def test_graphical_functions_of_elements_may_share_an_equation(tmp_path: Path) -> None:
    """As in the public model `non-a2a-gf`, where the variable has the equation and each element its graph."""
    parts = "".join(
        f'<element subscript="{name}">{GRAPH.format(kind="", points=points)}</element>'
        for name, points in (("p", "0,1,4"), ("q", "0,2,6"))
    )
    array = f'<aux name="g"><dimensions><dim name="D"/></dimensions>{parts}<eqn>TIME</eqn></aux>'
    assert [row[:4] for row in series(tmp_path, array, DIMS)["g"]] == [[0, 1, 4, 4], [0, 2, 6, 6]]


def test_an_initial_equation_starts_a_run_and_opens_loops(tmp_path: Path) -> None:
    """What Vensim calls ACTIVE INITIAL: the stock starts from 5*2, and a is 1 more than it after that."""
    found = series(
        tmp_path,
        '<stock name="s"><eqn>a*2</eqn><inflow>f</inflow></stock><flow name="f"><eqn>1</eqn></flow>'
        '<aux name="a"><eqn>s+1</eqn><init_eqn>5</init_eqn></aux>',
    )
    assert (found["s"][:3], found["a"][:3]) == ([10, 11, 12], [11, 12, 13])


def test_outflows_take_in_their_order_what_a_stock_holds(tmp_path: Path) -> None:
    """A stock of 3, filled by 1: the first outflow takes its 2, the second what is left of its 9."""
    found = series(
        tmp_path,
        '<stock name="s"><eqn>3</eqn><inflow>i</inflow><outflow>o</outflow><outflow>p</outflow>'
        "<non_negative/></stock>"
        '<flow name="i"><eqn>1</eqn></flow><flow name="o"><eqn>2</eqn></flow>'
        '<flow name="p"><eqn>9</eqn></flow>',
    )
    assert found["s"][:3] == [3, 0, 0]
    assert found["o"][:3] == [2, 1, 1]
    assert found["p"][:3] == [2, 0, 0]


def test_a_file_may_keep_all_stocks_and_flows_from_falling_below_nought(tmp_path: Path) -> None:
    stock = '<stock name="s"><eqn>3</eqn><outflow>o</outflow></stock><flow name="o"><eqn>2-TIME</eqn></flow>'
    assert min(series(tmp_path, stock)["o"]) == -3
    every = "<behavior><non_negative/></behavior>"
    found = series(tmp_path, stock, every)
    assert (found["o"], found["s"][-1]) == ([2, 1, 0, 0, 0, 0], 0)
    assert series(tmp_path, stock.replace("2-TIME", "2"), every)["s"][:4] == [3, 1, 0, 0]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ('<stock name="w"><eqn>4</eqn><conveyor><len>2</len></conveyor></stock>', "w: it is a conveyor"),
        ('<stock name="w"><eqn>4</eqn><queue/></stock>', "w: it is a queue"),
        (aux("a", ""), "a: it has no equation"),
        (aux("a", "PULSE(10)"), "a: PULSE takes 2 or 3 arguments, got 1. Line 6: PULSE(10)"),
        (aux("a", "HISTORY(a, 2)"), "a: the function HISTORY is not supported"),
        (
            '<aux name="c"><eqn>TIME</eqn><gf><ypts>10,20</ypts></gf></aux>',
            "c: its graphical function has 0 x",
        ),
        ('<aux name="a"><eqn>1</eqn><eqn>2</eqn></aux>', "a: it has 2 equations; those of elements stand in"),
        (
            '<stock name="s"><eqn>1</eqn><outflow>o</outflow></stock><flow name="o"><eqn>1</eqn></flow>'
            '<stock name="t"><eqn>1</eqn><outflow>o</outflow><non_negative/></stock>',
            "o: it is an outflow of s and t, of which one stays at or above nought",
        ),
        ('<module name="X"/>' + aux("a", "1"), "x: this module is of a model 'X' that the file has not"),
    ],
)
def test_what_is_not_computed_is_refused_with_variable_line_and_construct(
    tmp_path: Path, variables: str, words: str
) -> None:
    with pytest.raises(sc.SimcountyError) as caught:
        sc.load_model(write_xmile(tmp_path, variables))
    assert words in str(caught.value)
    assert "Line 6" in str(caught.value)


@pytest.mark.parametrize("text", ["<xmile><model/></xmile>", "<html/>", "no xml", "<xmile><model></xmile>"])
def test_a_file_without_any_variable_is_no_model(tmp_path: Path, text: str) -> None:
    file = tmp_path / "m.stmx"
    file.write_text(text, "utf-8")
    with pytest.raises(sc.SimcountyError, match="this is not a model that can be read"):
        sc.load_model(file)


def test_an_element_that_its_dimensions_have_not_is_refused(tmp_path: Path) -> None:
    array = (
        '<aux name="a"><dimensions><dim name="D"/></dimensions>'
        '<element subscript="p"><eqn>1</eqn></element><element subscript="2"><eqn>2</eqn></element></aux>'
    )
    with pytest.raises(sc.SimcountyError, match=r"a: \[2\] is no element of \[D\]\. Line 6"):
        series(tmp_path, array, DIMS)
