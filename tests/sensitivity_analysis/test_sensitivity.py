"""Which inputs matter: functions whose indices were published, and what must be refused."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from scipy import stats
from worlds import Numbers, futures, target

import simcounty as sc
from simcounty.errors import InputError
from simcounty.sensitivity_analysis import indices

RNG = np.random.default_rng(2)


def saltelli(count: int, n: int, low: float = 0.0, high: float = 1.0) -> Numbers:
    problem = {"num_vars": count, "names": [f"x{i}" for i in range(count)], "bounds": [[low, high]] * count}
    return np.asarray(sobol_sample.sample(problem, n, calc_second_order=False, seed=1))


def trajectories(count: int, n: int) -> Numbers:
    problem = {"num_vars": count, "names": [f"x{i}" for i in range(count)], "bounds": [[0.0, 1.0]] * count}
    return np.asarray(morris_sample.sample(problem, n, num_levels=4, seed=1))


def world(points: Numbers, outcome: Numbers, design: str, **more: object) -> xr.Dataset:
    columns = {f"x{i}": column for i, column in enumerate(points.T)}
    return futures(columns, outcome, design=design, **more)  # type: ignore[arg-type]


def told(dataset: xr.Dataset, field: str) -> list[float]:
    return [float(each) for each in dataset[field].isel(scenario=0, target=0).values]


def failing(dataset: xr.Dataset, *members: int) -> xr.Dataset:
    """The same futures in which the runs of some members failed."""
    gone = dataset.member.isin(members)
    return dataset.where(~gone).assign_coords(failed=dataset.failed | gone)


def test_ishigami_has_its_published_sobol_indices() -> None:
    """Ishigami and Homma (1990), with a = 7 and b = 0.1."""
    x = saltelli(3, 8192, -np.pi, np.pi)
    y = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    found = sc.sensitivity(world(x, y, "saltelli"))
    assert told(found, "first") == pytest.approx([0.3139, 0.4424, 0], abs=0.01)
    assert told(found, "total") == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.01)
    assert max(told(found, "first_error") + told(found, "total_error")) < 0.05


def test_the_g_function_has_its_analytic_sobol_indices() -> None:
    """Saltelli and Sobol' (1995): V_i = 1 / (3 (1 + a_i)²), V = Π (1 + V_i) - 1, V_Ti = V_i Π (1 + V_j)."""
    a = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])
    x = saltelli(8, 8192)
    y = np.prod((np.abs(4 * x - 2) + a) / (1 + a), axis=1)
    own = 1 / (3 * (1 + a) ** 2)
    whole = np.prod(1 + own) - 1
    found = sc.sensitivity(world(x, y, "saltelli"))
    assert told(found, "first") == pytest.approx(own / whole, abs=0.01)
    assert told(found, "total") == pytest.approx(own * (whole + 1) / (1 + own) / whole, abs=0.01)


def test_morris_on_a_straight_line_gives_its_coefficients_and_no_scatter() -> None:
    x = trajectories(3, 20)
    found = sc.sensitivity(world(x, x @ [2.0, -3.0, 0.0], "morris"))
    assert told(found, "mu") == pytest.approx([2, -3, 0])
    assert told(found, "mu_star") == pytest.approx([2, 3, 0])
    assert told(found, "sigma") == pytest.approx([0, 0, 0], abs=1e-12)


def test_morris_tells_an_input_that_acts_through_another_by_its_scatter() -> None:
    """y = x0 x1: over the grid 0, 1/3, 2/3, 1 the effect of x0 is x1, of mean 1/2 and variance 5/36."""
    x = trajectories(2, 4000)
    found = sc.sensitivity(world(x, x[:, 0] * x[:, 1], "morris"))
    assert told(found, "mu_star") == pytest.approx([0.5, 0.5], abs=0.03)
    assert told(found, "sigma") == pytest.approx([(5 / 36) ** 0.5] * 2, abs=0.02)


@pytest.mark.parametrize("design", ["random", "lhs", "sobol", "given"])
def test_a_sample_gives_the_rank_correlations_of_scipy(design: str) -> None:
    x = RNG.random((200, 2))
    y = np.exp(3 * x[:, 0]) - x[:, 1] + 0.1 * RNG.normal(size=200)
    found = sc.sensitivity(world(x, y, design))
    for place in range(2):
        known = stats.spearmanr(x[:, place], y)
        assert told(found, "correlation")[place] == pytest.approx(known.statistic)
        assert told(found, "p_value")[place] == pytest.approx(known.pvalue, rel=1e-6)
        assert told(found, "low")[place] < known.statistic < told(found, "high")[place]


def test_a_rank_correlation_knows_no_scale() -> None:
    x = RNG.random((50, 1))
    assert told(sc.sensitivity(world(x, np.exp(9 * x[:, 0]), "random")), "correlation") == [1.0]


def test_main_effects_of_a_full_grid_are_what_analysis_of_variance_says() -> None:
    """y = 4 a + 2 b + 8 a b is 0, 2, 4, 14: squares 116, of them 64 between the means of a, 36 of b."""
    grid = np.array([[a, b] for a in (0.0, 1.0) for b in (0.0, 1.0)])
    y = 4 * grid[:, 0] + 2 * grid[:, 1] + 8 * grid[:, 0] * grid[:, 1]
    found = sc.sensitivity(world(grid, y, "factorial"))
    assert told(found, "effect") == [8, 6]
    assert told(found, "share") == pytest.approx([64 / 116, 36 / 116])


@pytest.mark.parametrize("design", ["random", "saltelli", "morris", "factorial"])
def test_a_value_that_does_not_vary_is_called_constant(design: str) -> None:
    points = {"morris": trajectories(3, 16), "saltelli": saltelli(3, 16)}
    x = points.get(design, RNG.random((60, 3)))
    found = sc.sensitivity(world(x, np.full(len(x), 0.3) * (1 + 1e-15 * RNG.random(len(x))), design))
    assert bool(found.constant.item())
    assert found.isel(scenario=0, target=0).pipe(sensitivity_order) == []


def sensitivity_order(found: xr.Dataset) -> list[str]:
    from simcounty.sensitivity_analysis import strongest

    return strongest(found)


def test_the_strongest_input_comes_first_whatever_its_sign() -> None:
    x = RNG.random((100, 3))
    found = sc.sensitivity(world(x, x @ [0.5, -3.0, 1.0], "random")).isel(scenario=0, target=0)
    assert sensitivity_order(found) == ["x1", "x2", "x0"]


def test_indices_repeat() -> None:
    x = saltelli(2, 64)
    swept = world(x, x[:, 0] ** 2 + x[:, 1], "saltelli")
    xr.testing.assert_identical(sc.sensitivity(swept), sc.sensitivity(swept))


def test_a_failed_run_is_refused_with_its_count_and_what_to_do() -> None:
    x = saltelli(2, 64)
    swept = failing(world(x, x[:, 0], "saltelli"), 5, 6, 90)
    with pytest.raises(
        InputError, match=r"plan: 3 of 256 runs failed.*--repair.*drops 2 blocks of 4.*keeps 62"
    ):
        sc.sensitivity(swept)


def test_a_repair_drops_whole_blocks_and_gives_what_the_others_give() -> None:
    x = saltelli(2, 64)
    y = x[:, 0] ** 2 + x[:, 1]
    repaired = sc.sensitivity(failing(world(x, y, "saltelli"), 5), repair=True)
    without = np.r_[0:4, 8:256]
    clean = sc.sensitivity(world(x[without], y[without], "saltelli"))
    assert repaired.dropped.values.tolist() == [4]
    assert told(repaired, "total") == told(clean, "total")


def test_a_repair_of_a_sample_drops_the_member_alone() -> None:
    x = RNG.random((40, 2))
    repaired = sc.sensitivity(failing(world(x, x[:, 0], "random"), 7), repair=True)
    assert repaired.dropped.values.tolist() == [1]


def test_unfinished_and_correlated_are_both_said_at_once() -> None:
    x = saltelli(2, 4)
    swept = world(x, x[:, 0], "saltelli", unfinished=3, correlated='[{"keys": ["x0", "x1"]}]')
    with pytest.raises(InputError, match=r"(?s)Resume it first.*correlated \(x0, x1\).*independent"):
        sc.sensitivity(swept)


def test_a_sample_may_be_unfinished_and_correlated() -> None:
    x = RNG.random((40, 2))
    swept = world(x, x[:, 0], "random", unfinished=60, correlated='[{"keys": ["x0", "x1"]}]')
    assert told(sc.sensitivity(swept), "correlation")[0] == 1


def test_inputs_named_in_another_order_than_the_design_are_refused() -> None:
    x = saltelli(2, 8)
    with pytest.raises(InputError, match="do not lie as in a saltelli design"):
        sc.sensitivity(world(x, x[:, 0], "saltelli").assign_attrs(inputs='["x1", "x0"]'))


def test_too_few_members_are_refused() -> None:
    with pytest.raises(InputError, match="3 members are left; at least 10"):
        sc.sensitivity(world(RNG.random((3, 1)), np.arange(3.0), "random"))


def test_an_unknown_target_is_met_with_a_guess() -> None:
    swept = futures({"x": RNG.random(20)}, RNG.random(20), [target("gdp-2027")])
    with pytest.raises(InputError, match="Did you mean 'gdp-2027'"):
        sc.sensitivity(swept, ["gdp-2072"])


def test_a_large_bootstrap_is_kept_small(monkeypatch: pytest.MonkeyPatch) -> None:
    x = saltelli(2, 1024)
    monkeypatch.setattr(indices, "ROOM", 1)
    assert max(told(sc.sensitivity(world(x, x[:, 0], "saltelli")), "total_error")) < 0.2
