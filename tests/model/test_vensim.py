"""What Vensim's text means: each small model has values worked out by hand from its documented rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from written import write_model

import simcounty as sc


def run(folder: Path, *equations: str, **options: Any) -> dict[str, list[float]]:
    """Run a model of five steps; return its variables by key, arrays flattened along their subscripts."""
    made = sc.simulate(sc.load_model(write_model(folder, *equations)), **options)
    return {str(key): np.asarray(made[key].transpose(..., "time")).tolist() for key in made.data_vars}


def last(folder: Path, *equations: str) -> dict[str, Any]:
    """Return the values at the end of the run, a list for an array."""
    model = sc.load_model(write_model(folder, *equations))
    return {str(key): values.isel(time=-1).to_numpy().tolist() for key, values in sc.simulate(model).items()}


@pytest.mark.parametrize(
    ("equation", "value"),
    [
        ("2^3^2", 512),
        ("2^-2^-3", 2**-0.125),
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("8/4/2", 1),
        ("1-2-3+4", 0),
        ("if then else(1>0 :and: :not: (2 > 3), max(1,2), Min(3,4))", 2),
        ("if then else(:NOT: 1 = 2 :or: 0 = 1, 1, 0)", 1),
        ("if then else(1=1 :OR: 1=1 :AND: 1=2, 1, 0)", 1),
        ("MODULO(-7, 3)", -1),
        ("INTEGER(-2.7)", -2),
    ],
)
def test_operators_bind_as_in_vensim(tmp_path: Path, equation: str, value: float) -> None:
    """Powers of powers as in the record of Vensim 7.3.4 of the public test `arithmetics`."""
    assert last(tmp_path, f"x = {equation}")["x"] == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("lookup", "at", "value"),
    [
        ("f(0,1,2,10,30,20)", 1, 30),
        ("f([(0,0)- (10,10)],(0,0),(10,10))", 3, 3),
        ("f((2,2),(1,3),(0,1))", 1, 3),
        ("f((0,1),(1,3),(1,5),(2,2))", 1, 5),
        ("f((0,1),(1,3),(1,5),(2,2))", 0.5, 2),
        ("f((0,1),(1,3),(1,5),(2,2))", 1.5, 3.5),
        ("f(" + ",".join(f"({i},{i * i})" for i in range(3_000)) + ")", 1_000, 1_000_000),
    ],
    ids=["old form", "blank in the range", "out of order", "step", "before a step", "after a step", "long"],
)
def test_lookups_are_read_in_all_their_forms(tmp_path: Path, lookup: str, at: float, value: float) -> None:
    assert last(tmp_path, f"{lookup} ~ ~ |", f"x = f({at})")["x"] == pytest.approx(value)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("LOOKUP FORWARD(f, 0.5)", 1),
        ("LOOKUP FORWARD(f, 1)", 1),
        ("LOOKUP BACKWARD(f, 1.9)", 1),
        ("LOOKUP BACKWARD(f, 2)", 2),
        ("LOOKUP INVERT(g, 15)", 1.5),
        ("LOOKUP AREA(f, 0, 1)", 1),
        ("LOOKUP AREA(f, 2, 4)", 4),
        ("LOOKUP AREA(f, 0.5, 2.5)", 3),
        ("LOOKUP SLOPE(f, 1.5, 0)", 1),
        ("LOOKUP SLOPE(f, 1, 0)", 0.5),
        ("LOOKUP SLOPE(f, 3, 0)", 0),
        ("LOOKUP SLOPE(f, 3, 1)", 1),
        ("LOOKUP SLOPE(f, 3, -1)", -(2.0**109)),
    ],
)
def test_functions_of_lookups_are_those_of_vensim_s_reference(
    tmp_path: Path, call: str, value: float
) -> None:
    """The areas are the examples of the reference: LOOK((0,1),(1,1),(2,2))."""
    lookups = ("f((0,1),(1,1),(2,2)) ~ ~ |", "g((0,0),(1,10),(2,20)) ~ ~ |")
    assert last(tmp_path, *lookups, f"x = {call}")["x"] == pytest.approx(value)


def test_vectors_are_sorted_ranked_and_picked_from(tmp_path: Path) -> None:
    found = last(
        tmp_path,
        "D: a,b,c ~ ~ |",
        "x[D] = 30,10,20 ~ ~ |",
        "order[D] = VECTOR SORT ORDER(x[D],1) ~ ~ |",
        "down[D] = VECTOR SORT ORDER(x[D],-1) ~ ~ |",
        "rank[D] = VECTOR RANK(x[D],1) ~ ~ |",
        "sorted[D] = VECTOR ELM MAP(x[a], order[D]) ~ ~ |",
        "on[D] = 1,0,1 ~ ~ |",
        "total = VECTOR SELECT(on[D!],x[D!],0,0,0) ~ ~ |",
        "least = VECTOR SELECT(on[D!],x[D!],0,2,0) ~ ~ |",
        "none = VECTOR SELECT(on[D!]*0,x[D!],-1,0,0) ~ ~ |",
    )
    assert found["order"] == [1, 2, 0]
    assert found["down"] == [0, 2, 1]
    assert found["rank"] == [3, 1, 2]
    assert found["sorted"] == [10, 20, 30]
    assert (found["total"], found["least"], found["none"]) == (50, 20, -1)


@pytest.mark.parametrize(
    ("action", "error", "value"),
    [
        (0, 0, 2 * 3 + 4 * 5), (1, 0, 6 * 20), (2, 0, 6), (3, 0, 20), (4, 0, 13), (5, 0, 3**2 * 5**4),
        (6, 0, 8), (7, 0, 15), (8, 0, 3), (9, 0, 5), (10, 0, 4), (0, 1, 26), ("Time+2", 0, 8),
    ],
)  # fmt: skip
def test_vector_select_weighs_by_what_selects(
    tmp_path: Path, action: int | str, error: int, value: float
) -> None:
    """Actions 0 to 5 weigh, 6 to 10 do not, as in the record of the public test `vector_select`."""
    found = last(
        tmp_path,
        "D: a,b,c ~ ~ |",
        "on[D] = 2,0,4 ~ ~ |",
        "x[D] = 3,9,5 ~ ~ |",
        f"v = VECTOR SELECT(on[D!], x[D!], -1, {action}, {error}) ~ ~ |",
    )
    assert found["v"] == value


@pytest.mark.parametrize(("on", "error"), [("0,0,0", 1), ("1,1,0", 2), ("0,0,0", 3), ("1,0,1", 3)])
def test_vector_select_stops_where_its_error_action_says(tmp_path: Path, on: str, error: int) -> None:
    equations = ("D: a,b,c ~ ~ |", f"on[D] = {on} ~ ~ |", f"v = VECTOR SELECT(on[D!], on[D!], 0, 0, {error})")
    with pytest.raises(sc.SimcountyError, match=r"v \(nan\) is not a finite number"):
        last(tmp_path, *equations)


def test_vectors_run_along_their_last_dimension_whatever_it_is_called(tmp_path: Path) -> None:
    """Places on the left that map to the items on the right: the record of the public `vector_order`."""
    found = last(
        tmp_path,
        "R: north, south ~ ~ |",
        "Item: (i1-i3) -> Place ~ ~ |",
        "Place: (p1-p3) -> Item ~ ~ |",
        "x[R,Item] = 30,10,20; 5,6,4; ~ ~ |",
        "order[R,Place] = VECTOR SORT ORDER(x[R,Item], 1) ~ ~ |",
        "sorted[R,Place] = VECTOR REORDER(x[R,Item], order[R,Place]) ~ ~ |",
    )
    assert found["order"] == [[1, 2, 0], [2, 0, 1]]
    assert found["sorted"] == [[10, 20, 30], [4, 5, 6]]


def test_a_matrix_times_its_inverse_is_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(4, 4))
    matrix[0, 0] = 0.0  # needs another pivot
    text = "; ".join(", ".join(map(repr, row)) for row in matrix.tolist())
    found = last(
        tmp_path,
        "R: (r1-r4) ~ ~ |",
        "C: (c1-c4) -> R ~ ~ |",
        f"m[R,C] = {text}; ~ ~ |",
        "inverse[R,C] = INVERT MATRIX(m[R,C], 4) ~ ~ |",
    )
    np.testing.assert_allclose(matrix @ np.array(found["inverse"]), np.eye(4), atol=1e-12)


def test_a_supply_goes_to_the_highest_priorities_first(tmp_path: Path) -> None:
    """Bands of width 1 around priorities 5, 3 and 3: the first takes its 8, the others share the 4 left."""
    found = last(
        tmp_path,
        "D: a,b,c ~ ~ |",
        "request[D] = 8,6,2 ~ ~ |",
        "priority[D] = 5,3,3 ~ ~ |",
        "given[D] = ALLOCATE BY PRIORITY(request[D], priority[D], ELMCOUNT(D), 1, 12) ~ ~ |",
        "all[D] = ALLOCATE BY PRIORITY(request[D], priority[D], ELMCOUNT(D), 1, 99) ~ ~ |",
    )
    assert found["given"] == pytest.approx([8, 3, 1])
    assert found["all"] == [8, 6, 2]


def test_dimensions_map_to_subranges_and_are_compared_with_them(tmp_path: Path) -> None:
    found = last(
        tmp_path,
        "Region: north, south, west ~ ~ |",
        "Big: B1, B2 -> (Region: Coast, west) ~ ~ |",
        "Coast: north, south ~ ~ |",
        "k[Big] = 1,2 ~ ~ |",
        "m[Region] = k[Big] ~ ~ |",
        "Y: (k1-k4) -> (Z: (z1-z2), z3, z4) ~ ~ |",
        "Z: (z1-z4) ~ ~ |",
        "x[Z] = 1,2,3,4 ~ ~ |",
        "d[Y] = x[Z]*2 ~ ~ |",
        "same[Region,Coast] = IF THEN ELSE(Region = Coast, 1, 0) ~ ~ |",
    )
    assert (found["m"], found["d"]) == ([1, 1, 2], [2, 4, 6, 8])
    assert found["same"] == [[1, 0], [0, 1], [0, 0]]


def test_macros_stand_anywhere_and_give_several_results(tmp_path: Path) -> None:
    found = last(
        tmp_path,
        "x = 17 ~ ~ |",
        ":MACRO: DIVMOD(a,b:r)\nDIVMOD = INTEGER(a/b) ~ ~ |\nr = MODULO(a,b) ~ ~ |\n:END OF MACRO:\n",
        "y = DIVMOD(x,5:rest) ~ ~ |",
        "z = rest*2 ~ ~ |",
        ":macro: HALF WAY(inp)\nHALF WAY = inp/2*TIME STEP$ ~ ~ |\n:end of macro:\n",
        "h = half way(half way(x)) ~ ~ |",
    )
    assert (found["y"], found["z"], found["h"]) == (3, 4, 4.25)


def test_notes_of_the_sketch_and_reality_checks_are_no_equations(tmp_path: Path) -> None:
    model = sc.load_model(
        write_model(
            tmp_path,
            "x = A FUNCTION OF(y) ~ ~ |",
            "x = y*2 ~ ~ |",
            "y = 3 ~ ~ |",
            "check it :THE CONDITION: x > 0 :IMPLIES: x > 0 ~ ~ |",
        )
    )
    assert sc.simulate(model)["x"].to_numpy().tolist() == [6] * 5
    assert model.graph.notes == ("line 5: the reality check check it is left out.",)


@pytest.mark.parametrize(("delay", "steps"), [(0.4, 1), (1.2, 1), (1.5, 2), (2.4, 2), (3, 3)])
def test_a_fixed_delay_takes_the_nearest_whole_number_of_steps(
    tmp_path: Path, delay: float, steps: int
) -> None:
    equation = f"x = DELAY FIXED(Time, {delay}, -1)"
    expected = [-1.0] * steps + [float(t) for t in range(5 - steps)]
    for backend in ("interpreted", "compiled"):
        assert run(tmp_path, equation, backend=backend)["x"] == expected


def test_a_final_time_that_moves_ends_the_run(tmp_path: Path) -> None:
    file = write_model(tmp_path, "x = Time*2 ~ ~ |")
    text = file.read_text("utf-8").replace("FINAL TIME = 4", "FINAL TIME = IF THEN ELSE(x > 3, Time, 100)")
    file.write_text(text, "utf-8")
    assert sc.simulate(sc.load_model(file))["x"].to_numpy().tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("code", "method", "end"), [(0, "euler", 16), (1, "rk4", (65 / 24) ** 4), (4, "rk2", 39.0625)]
)
def test_the_file_s_method_of_integration_is_taken(
    tmp_path: Path, code: int, method: str, end: float
) -> None:
    """A step of s' = s multiplies by 2, by 1 + 1 + 1/2 + 1/6 + 1/24 or by 1 + 1 + 1/2."""
    file = write_model(tmp_path, "s = INTEG(s, 1) ~ ~ |")
    settings = f"\\\\\\---/// Sketch\nV300\n///---\\\\\\\n:L<%^E!@\n15:0,0,0,{code},0,0\n"
    file.write_text(file.read_text("utf-8") + settings, "utf-8")
    model = sc.load_model(file)
    made = sc.simulate(model)
    assert made.attrs["integrator"] == method
    assert float(made["s"][-1]) == pytest.approx(
        (1 + 1 + 1 / 2 + 1 / 6 + 1 / 24) ** 4 if end == 53.7 else end
    )
    assert bool(model.graph.notes) == (code == 1)
    assert float(sc.simulate(model, integrator="euler")["s"][-1]) == 16


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_names_in_other_encodings_are_read_and_said(tmp_path: Path, encoding: str) -> None:
    file = write_model(tmp_path, "人口总数 = 3 ~ person ~ 常住人口：People. |")
    file.write_bytes(file.read_text("utf-8").encode(encoding))
    model = sc.load_model(file)
    assert model.constants["人口总数"].label == "常住人口"
    assert bool(model.graph.notes) == (encoding != "utf-8-sig")


def test_a_dimension_that_contains_itself_is_refused(tmp_path: Path) -> None:
    file = write_model(tmp_path, "A: p, B ~ ~ |", "B: q, A ~ ~ |", "x[A] = 1 ~ ~ |")
    with pytest.raises(sc.SimcountyError, match=r"the dimension .* contains itself"):
        sc.load_model(file)


def test_numbers_of_numpy_are_numbers(tmp_path: Path) -> None:
    model = sc.load_model(write_model(tmp_path, "g = 1"))
    assert model.replace({"g": np.float32(0.5)}).constants["g"].value == 0.5
    assert model.replace({"g": np.int64(2)}).constants["g"].value == 2


SERIES = "time,sales,price[north],price[south]\n0,1,5,7\n2,5,6,\n4,3,9,8\n"


@pytest.mark.parametrize(
    ("keyword", "sales"),
    [
        ("", [1, 3, 5, 4, 3]),
        (":INTERPOLATE:", [1, 3, 5, 4, 3]),
        (":HOLD BACKWARD:", [1, 1, 5, 5, 3]),
        (":LOOK FORWARD:", [1, 5, 5, 3, 3]),
        (":RAW:", [1, -(2.0**109), 5, -(2.0**109), 3]),
    ],
)
def test_data_variables_are_read_as_their_keyword_says(
    tmp_path: Path, keyword: str, sales: list[float]
) -> None:
    (tmp_path / "seen.csv").write_text(SERIES, "utf-8")
    file = write_model(
        tmp_path,
        "D: north, south ~ ~ |",
        f"sales {keyword} ~ ~ |",
        "price[D] ~ ~ |",
        "unused ~ ~ |",
        "twice = sales*2 ~ ~ |",
        "highest = GET DATA MAX(sales, 0, 3) ~ ~ |",
        "until = GET DATA LAST TIME(sales) ~ ~ |",
    )
    made = sc.simulate(sc.load_model(file, data=tmp_path / "seen.csv"))
    assert made["twice"].to_numpy().tolist() == [2 * value for value in sales]
    assert made["price"].sel(d="south").to_numpy().tolist() == [7, 7.25, 7.5, 7.75, 8]
    assert (float(made["highest"][0]), float(made["until"][0])) == (5, 4)


def test_a_dat_file_of_vensim_is_read(tmp_path: Path) -> None:
    (tmp_path / "seen.dat").write_text("sales\n0\t1\n4\t9\n", "utf-8")
    made = sc.simulate(
        sc.load_model(write_model(tmp_path, "sales ~ ~ |", "x = sales"), tmp_path / "seen.dat")
    )
    assert made["x"].to_numpy().tolist() == [1, 3, 5, 7, 9]


def test_files_beside_the_model_are_read_and_their_changes_seen(tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("year,0,2,4\na,1,3,5\nb,2,4,8\nk,7,,\n", "utf-8")
    file = write_model(
        tmp_path,
        "D: a, b ~ ~ |",
        "seen[D] := GET DIRECT DATA('in.csv', ',', '1', 'B2') ~ ~ |",
        "k = GET DIRECT CONSTANTS('in.csv', ',', 'B4') ~ ~ |",
        "f = GET DIRECT LOOKUPS('in.csv', ',', '1', 'B3') ~ ~ |",
        "x[D] = seen[D] + k + f(2) ~ ~ |",
    )
    assert sc.simulate(sc.load_model(file))["x"].isel(time=1).to_numpy().tolist() == [13, 14]
    table.write_text(table.read_text("utf-8").replace("k,7", "k,8"), "utf-8")
    assert sc.simulate(sc.load_model(file))["x"].isel(time=1).to_numpy().tolist() == [14, 15]


def test_a_name_that_settings_give_a_file_for_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k\n7\n", "utf-8")
    file = write_model(tmp_path, "k = GET DIRECT CONSTANTS('?Table', ',', 'A2') ~ ~ |")
    settings = "\\\\\\---/// Sketch\nV300\n///---\\\\\\\n:L<%^E!@\n30:?table=in.csv\n"
    file.write_text(file.read_text("utf-8") + settings, "utf-8")
    assert sc.load_model(file).constants["k"].value == 7


def test_elements_without_a_series_are_not_available_and_said(tmp_path: Path) -> None:
    """As in the record of Vensim of the public test `sumif`."""
    (tmp_path / "seen.csv").write_text("time,x[a]\n0,1\n4,5\n", "utf-8")
    file = write_model(
        tmp_path, "D: a,b ~ ~ |", "x[D] ~ ~ |", "y = SUM(IF THEN ELSE(x[D!] = :NA:, 0, x[D!])) ~ ~ |"
    )
    model = sc.load_model(file, data=tmp_path / "seen.csv")
    assert sc.simulate(model)["y"].to_numpy().tolist() == [1, 2, 3, 4, 5]
    assert model.graph.notes == ("x[b] has no series and is :NA:, as in Vensim.",)
