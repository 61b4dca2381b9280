"""Uncertainties as files write them, and what a scenario makes of those of its county and its policies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from simcounty import toml_files
from simcounty.errors import Findings, ScenarioError
from simcounty.model import load_model
from simcounty.sampling.draws import draws
from simcounty.scenario import load
from simcounty.scenario.distributions import Discrete, TruncatedNormal, Uniform
from simcounty.scenario.uncertainty import Joint, Uncertain, UncertainShape, bind_uncertain

VILLAGE = Path(__file__).parents[1] / "village"
MODEL = load_model(VILLAGE / "village.mdl")

SOUND = """
[uncertainties.moving_rate]
low = "1 %"
high = "5 %"
source = "a book"

[uncertainties.reward]
distribution = "discrete"
values = [0, "0.05 万元/person"]
weights = [3, 1]
assumption = "mostly nothing"

[uncertainties.openness]
distribution = "truncated-normal"
mean = "50 %"
sd = "10 %"
low = 0
high = 1
assumption = "about half"

[[correlated]]
keys = ["moving_rate", "openness"]
correlation = 0.8
assumption = "an open town draws more"
"""


def bound(text: str, folder: Path) -> Uncertain:
    """Return what a file of this text says to be uncertain about the village."""
    file = folder / "unsure.toml"
    file.write_text(text, encoding="utf-8")
    findings = Findings()
    shape = toml_files.read(file, UncertainShape, findings)
    made = bind_uncertain(file, shape, MODEL, findings) if shape else Uncertain()
    findings.raise_as(ScenarioError, "refused:")
    return made


def test_what_a_file_says_is_bound_in_the_models_units(tmp_path: Path) -> None:
    made = bound(SOUND, tmp_path).each
    assert made["moving_rate"].distribution == Uniform(0.01, 0.05)
    assert made["reward"].distribution == Discrete((0.0, 500.0), (3, 1))
    assert made["openness"].distribution == TruncatedNormal(0.5, 0.1, 0, 1)
    assert made["moving_rate"].source == "a book"


def test_correlated_constants_keep_their_own_distributions(tmp_path: Path) -> None:
    drawn = draws(bound(SOUND, tmp_path), 40_000, seed=2).columns(range(40_000))
    rank = spearmanr(drawn["moving_rate"], drawn["openness"]).statistic
    assert rank == pytest.approx(6 / np.pi * np.arcsin(0.8 / 2), abs=0.01)  # of a Gaussian copula
    assert np.quantile(drawn["moving_rate"], [0.25, 0.5]) == pytest.approx([0.02, 0.03], abs=3e-4)
    assert abs(spearmanr(drawn["reward"], drawn["openness"]).statistic) < 0.02


def test_correlated_draws_do_not_depend_on_how_they_are_cut(tmp_path: Path) -> None:
    drawn = draws(bound(SOUND, tmp_path), 100)
    whole, parts = drawn.columns(range(100)), [drawn.columns(range(37)), drawn.columns(range(37, 100))]
    for key, column in whole.items():
        np.testing.assert_array_equal(column, np.concatenate([part[key] for part in parts]))


def test_draws_of_a_posterior_take_the_place_of_all_of_a_correlated_group(tmp_path: Path) -> None:
    columns = {key: np.array([0.02, 0.03]) for key in ("moving_rate", "openness")}
    made = bound(SOUND, tmp_path).beside(Joint(columns, "a posterior"))
    assert made.correlated == ()
    drawn = draws(made, 10).columns(range(10))
    assert set(drawn) == {"reward", "moving_rate", "openness"}
    np.testing.assert_array_equal(drawn["moving_rate"], drawn["openness"])


BROKEN = {
    "neither source nor reason": ("[uncertainties.reward]\nlow = 0\nhigh = 1", "has neither"),
    "parameters missing": (
        '[uncertainties.reward]\ndistribution = "triangular"\nlow = 0\nhigh = 9\nassumption = "x"',
        "takes low, mode, high: mode missing",
    ),
    "parameters of another": (
        '[uncertainties.reward]\nlow = 0\nhigh = 9\nsd = 1\nassumption = "x"',
        "takes low, high: sd not of it",
    ),
    "unknown distribution": (
        '[uncertainties.reward]\ndistribution = "gauss"\nassumption = "x"',
        "distribution = 'gauss': should be",
    ),
    "no width": (
        '[uncertainties.reward]\nlow = 5\nhigh = 5\nassumption = "x"',
        "low = 5 is not below high = 5",
    ),
    "outside the model": (
        '[uncertainties.moving_rate]\nlow = 0\nhigh = "50 %"\nassumption = "x"',
        r"0.5 1/year is outside \[0, 0.2\]",
    ),
    "without ends": (
        '[uncertainties.moving_rate]\ndistribution = "normal"\nmean = 0\nsd = 1\nassumption = "x"',
        "Use truncated-normal",
    ),
    "unknown key": ('[uncertainties.rewrad]\nlow = 0\nhigh = 1\nassumption = "x"', "Did you mean 'reward'"),
    "wrong unit": (
        '[uncertainties.reward]\nlow = "1 mu"\nhigh = "2 mu"\nassumption = "x"',
        "mu cannot be converted to yuan/person",
    ),
    "correlated stranger": (
        '[[correlated]]\nkeys = ["reward", "openness"]\ncorrelation = 0.5\nassumption = "x"',
        "reward, openness not among the uncertainties of this file",
    ),
    "no correlation": (SOUND.replace("0.8", "1.5"), "not positive definite"),
    "odd matrix": (SOUND.replace("0.8", "[[1, 0.2]]"), "2 rows of 2 numbers"),
}


@pytest.mark.parametrize(("text", "says"), BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_is_refused_with_file_and_key(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=says) as refused:
        bound(text, tmp_path)
    assert "unsure.toml" in str(refused.value)


def test_a_scenario_has_the_uncertainties_of_its_county_and_its_policies() -> None:
    plan = load("tonglu/plan-2027")
    assert (
        plan.county.uncertain.each.keys() | plan.policies[0].uncertain.each.keys()
        == plan.uncertain.each.keys()
    )
    assert {"arrival_rate", "key_project_share"} <= plan.uncertain.each.keys()


def test_the_value_a_scenario_runs_with_lies_inside_what_is_uncertain_of_it() -> None:
    plan = load("tonglu/plan-2027")
    for key, each in plan.uncertain.each.items():
        low, high = each.distribution.ends
        assert low <= plan.model.constants[key].value <= high, key


def test_a_constant_is_uncertain_in_one_file_only(tmp_path: Path) -> None:
    table = '\n[uncertainties.moving_rate]\nlow = 0\nhigh = 0.1\nassumption = "x"\n'
    for name in ("county.toml", "policy.toml", "plan.toml", "village.mdl", "observed.csv"):
        text = (VILLAGE / name).read_text("utf-8")
        (tmp_path / name).write_text(
            text + (table if name in ("county.toml", "policy.toml") else ""), "utf-8"
        )
    with pytest.raises(
        ScenarioError, match=r"policy.toml: uncertainties, moving_rate: stands already in .*county"
    ):
        load(tmp_path / "plan.toml")
