"""Audits of a village whose only open lever is a reward: what it can reach is worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from villages import MOST, UNCERTAIN, copied, lived

import simcounty as sc
from simcounty.errors import InputError, SimcountyError
from simcounty.optimise.attainable import SEARCH_DRAWS, audit_draws
from simcounty.optimise.audit import audit

SHARE, SPENT = "urban-share-2030", "spending-2030"
REWARDS = np.linspace(0.0, MOST, 2001)
GRID = np.array([lived(float(reward)) for reward in REWARDS])  # (rewards, share and spending)
NEAR = 2e-3  # relative: the grid's step
ANOTHER = """
[[clause.target]]
name = "half"
variable = "urban_share"
operator = ">="
goal = "50 %"
year = 2030
"""


def village(
    folder: Path, share: float = 45, spent: float = 20, more: str = "", **options: float
) -> sc.Scenario:
    """The village's plan with other goals: town dwellers in %, at most so many 万元 spent."""
    policy = folder / "policy.toml"
    plan = copied(folder, purse=options.get("purse"))
    text = policy.read_text("utf-8").replace('goal = "45 %"', f'goal = "{share} %"')
    policy.write_text(text.replace("goal = 20\n", f"goal = {spent}\n") + more, "utf-8")
    return sc.load(plan)


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """A plan whose goals can each be met, but not together; how fast people move is uncertain."""
    return audit(village(tmp_path_factory.mktemp("torn"), share=45, spent=8, more=UNCERTAIN), n=400)


def test_what_a_lever_only_raises_is_highest_at_the_top_of_its_range(torn: xr.Dataset) -> None:
    best = torn.sel(setting=f"best {SHARE}")
    assert best.lever_value.sel(lever="reward") == MOST
    assert best.value.sel(target=SHARE).item() == pytest.approx(lived(MOST)[0], rel=1e-12)
    assert torn.highest.sel(target=SHARE) == best.value.sel(target=SHARE)
    assert torn.lowest.sel(target=SHARE).item() == pytest.approx(lived(0)[0], rel=1e-12)


def test_what_a_lever_only_costs_is_least_at_the_bottom_of_its_range(torn: xr.Dataset) -> None:
    best = torn.sel(setting=f"best {SPENT}")
    assert best.lever_value.sel(lever="reward") == 0
    assert best.value.sel(target=SPENT) == 0
    assert torn.highest.sel(target=SPENT).item() == pytest.approx(lived(MOST)[1], rel=1e-12)


def test_a_lever_brings_what_is_lost_without_it(torn: xr.Dataset) -> None:
    contribution = torn.contribution.sel(setting=f"best {SHARE}", lever="reward").item()
    assert contribution == pytest.approx(lived(MOST)[0] - lived(0)[0], rel=1e-9)


def test_plan_and_baseline_are_what_a_run_gives(torn: xr.Dataset) -> None:
    assert torn.value.sel(setting="plan", target=SHARE).item() == pytest.approx(lived(0)[0], rel=1e-12)
    rural = 2000 * (1 - 0.02 * 0.5 / 16) ** 160  # without the plan the town stays half open
    share = 100 * (3000 - rural) / 3000
    assert torn.value.sel(setting="baseline", target=SHARE).item() == pytest.approx(share, rel=1e-12)


def test_goals_that_need_a_lever_high_and_low_are_in_conflict(torn: xr.Dataset) -> None:
    share, spent = GRID.T
    assert not ((share >= 45) & (spent <= 8)).any()  # the grid says so too
    assert torn.attainable.values.tolist() == ["feasible", "feasible"]
    assert torn.pair.sel(target=SHARE, other=SPENT) == "conflict"
    assert torn.pair.sel(target=SPENT, other=SHARE) == "conflict"
    most, least = share[spent <= 8].max(), spent[share >= 45].min()
    assert torn.best_with.sel(target=SHARE, other=SPENT).item() == pytest.approx(most, rel=NEAR)
    assert torn.best_with.sel(target=SPENT, other=SHARE).item() == pytest.approx(least, rel=NEAR)


def test_goals_a_setting_between_meets_are_not_in_conflict(tmp_path: Path) -> None:
    share, spent = GRID.T
    within = (share >= 44) & (spent <= 10)
    assert within.any()
    assert not within[[0, -1]].any()  # neither end of the range meets both
    found = audit(village(tmp_path, share=44, spent=10))
    assert found.pair.sel(target=SHARE, other=SPENT) == "feasible"
    joint = found.sel(setting="together")
    assert joint.met.all()
    low, high = REWARDS[within][[0, -1]]
    assert low * (1 - NEAR) <= joint.lever_value.item() <= high * (1 + NEAR)


def test_a_goal_nothing_reaches_is_said_to_be_out_of_reach(tmp_path: Path) -> None:
    found = audit(village(tmp_path, share=99, more=UNCERTAIN), n=50)
    assert found.attainable.sel(target=SHARE) == "no"
    assert found.pair.sel(target=SHARE, other=SPENT) == "unattainable"
    assert (found.joint_probability == 0).all()
    assert found.attrs["sought_for"] == f'["{SPENT}"]'
    assert found.sought_probability.sel(setting="together") == 1


def test_a_goal_most_draws_reach_is_sought_though_the_central_inputs_do_not(tmp_path: Path) -> None:
    likely = UNCERTAIN.replace("low = 0.01", "low = 0.02") + ANOTHER  # the central inputs are the lowest end
    found = audit(village(tmp_path, share=99, spent=40, more=likely), n=50)
    assert found.attainable.sel(target="half") == "no"
    assert found.probability.sel(setting="best half", target="half") > 0.7
    assert found.attrs["sought_for"] == f'["{SPENT}", "half"]'
    best = found.sel(setting="together")
    assert best.sought_probability > found.sought_probability.sel(setting="plan")
    assert best.joint_probability == 0


def test_the_best_that_can_be_paid_is_where_the_purse_is_empty(tmp_path: Path) -> None:
    purse = 80_000.0  # yuan a year, at any instant at the end of a year
    found = audit(village(tmp_path, share=44.5, purse=purse))
    best, feasible = found.sel(setting=f"best {SHARE}"), found.sel(setting=f"feasible {SHARE}")
    assert not best.satisfied.any()
    assert feasible.satisfied.all()
    assert feasible.worst.item() == pytest.approx(purse, rel=NEAR)
    assert feasible.worst.item() <= purse * (1 + 1e-9)
    assert found.value.sel(setting="plan", target=SHARE) < feasible.value.sel(target=SHARE)
    assert feasible.value.sel(target=SHARE) < best.value.sel(target=SHARE)
    assert found.attainable.sel(target=SHARE) == "feasible"


def test_a_goal_met_only_with_an_overdrawn_purse_is_told_apart(tmp_path: Path) -> None:
    found = audit(village(tmp_path, share=lived(MOST)[0] - 0.01, purse=80_000.0))
    assert found.attainable.sel(target=SHARE) == "infeasible"
    assert found.pair.sel(target=SHARE, other=SPENT) == "conflict"
    assert found.feasible_setting.sel(target=SHARE) == f"feasible {SHARE}"


def test_probabilities_are_shares_of_draws_that_nothing_was_sought_on(
    torn: xr.Dataset, tmp_path: Path
) -> None:
    drawn = audit_draws(village(tmp_path, more=UNCERTAIN), 400, 0, None)
    assert drawn is not None
    sought, unseen = (set(each["moving_rate"].tolist()) for each in (drawn.search, drawn.scoring.columns))
    assert (len(sought), len(unseen), sought & unseen) == (SEARCH_DRAWS, 400, set())
    for setting, reward in (("plan", 0.0), (f"best {SHARE}", MOST)):
        by_hand = [lived(reward, rate)[0] >= 45 for rate in sorted(unseen)]
        assert torn.probability.sel(setting=setting, target=SHARE) == np.mean(by_hand)


def test_the_setting_for_all_at_once_meets_them_more_often_than_either_end(
    torn: xr.Dataset, tmp_path: Path
) -> None:
    drawn = audit_draws(village(tmp_path, more=UNCERTAIN), 400, 0, None)
    assert drawn is not None
    joint = torn.joint_probability
    assert joint.sel(setting="together") >= joint.max() - 0.05
    reward = torn.lever_value.sel(setting="together").item()
    outcomes = [lived(reward, rate) for rate in drawn.scoring.columns["moving_rate"].tolist()]
    by_hand = np.mean([share >= 45 and spent <= 8 for share, spent in outcomes])
    assert joint.sel(setting="together") == by_hand
    best = 0.0  # on the draws it was sought on no reward of a coarse grid does better
    for other in np.linspace(0, MOST, 26):
        both = [
            s >= 45 and m <= 8 for s, m in (lived(other, r) for r in drawn.search["moving_rate"].tolist())
        ]
        best = max(best, float(np.mean(both)))
    own = [s >= 45 and m <= 8 for s, m in (lived(reward, r) for r in drawn.search["moving_rate"].tolist())]
    assert np.mean(own) >= best


def test_the_same_question_has_the_same_answer_and_another_seed_other_draws(
    torn: xr.Dataset, tmp_path: Path
) -> None:
    plan = village(tmp_path, share=45, spent=8, more=UNCERTAIN)
    again, other = audit(plan, n=400), audit(plan, n=400, seed=1)
    xr.testing.assert_equal(again, torn)
    assert (other.spread != torn.spread).any()


def test_what_a_goal_asks_a_year_is_counted_from_what_was_last_observed(torn: xr.Dataset) -> None:
    asked = torn.sel(target=SHARE)  # 33.3 % were seen in 2020
    assert (asked.pace_unit, asked.since, asked.since_value) == ("points", 2020, pytest.approx(33.3))
    assert asked.required_per_year.item() == pytest.approx((45 - 33.3) / 10)
    assert np.isnan(asked.observed_per_year).all()


def test_the_record_is_told_between_the_years_observed(tmp_path: Path) -> None:
    plan = copied(tmp_path)
    seen = tmp_path / "observed.csv"
    seen.write_text(
        seen.read_text("utf-8")
        + "urban_share,2010,30,%,a census\nurban_share,2030,44,%,too late\nspending,2019,8,万元/年,books\n"
        + "spending,2021,9.68,万元/年,books\n",
        "utf-8",
    )
    found = audit(sc.load(plan), n=1)
    share, spent = found.sel(target=SHARE), found.sel(target=SPENT)
    assert (share.since, share.observed_start[0], share.observed_end[0]) == (2020, 2010, 2020)
    assert share.observed_per_year[0].item() == pytest.approx(0.33)
    assert share.required_per_year.item() == pytest.approx((45 - 33.3) / 10)
    # spending grew by 10 % a year, 8 × 1.1² = 9.68; at most 20 by 2030 is met from the start
    assert (spent.pace_unit, spent.since, spent.since_met) == ("percent", 2021, True)
    assert spent.observed_per_year[0].item() == pytest.approx(10)
    assert spent.required_per_year == 0


def test_what_was_not_observed_starts_with_the_run(torn: xr.Dataset) -> None:
    spent = torn.sel(target=SPENT)
    assert not spent.since_observed
    assert (spent.since, spent.since_value, spent.since_met) == (2021, 0, True)  # the first whole year


def test_settings_at_which_a_run_fails_are_never_best(tmp_path: Path) -> None:
    fails = ("moves*reward\n", "moves*reward+moves*0*LN((4000-reward)/1000)\n")  # above 4,000 yuan
    found = audit(sc.load(copied(tmp_path, {"village.mdl": fails})))
    best = found.sel(setting=f"best {SHARE}")
    assert best.lever_value.item() == pytest.approx(4000, rel=NEAR)
    assert best.lever_value.item() < 4000
    assert best.value.sel(target=SHARE).item() == pytest.approx(lived(4000)[0], rel=NEAR)


def test_one_target_is_enough(tmp_path: Path) -> None:
    plan = copied(tmp_path)
    policy = tmp_path / "policy.toml"
    policy.write_text(policy.read_text("utf-8").partition('[[clause.target]]\nname = "spending')[0], "utf-8")
    found = audit(sc.load(plan))
    assert found.target.values.tolist() == [SHARE]
    assert found.met.sel(setting="together").all()


def test_without_uncertainty_nothing_has_a_probability(tmp_path: Path) -> None:
    found = audit(village(tmp_path))
    assert found.attrs["draws"] == 0
    assert found.probability.isnull().all()
    assert found.joint_probability.isnull().all()


def test_without_open_levers_nothing_is_sought(tmp_path: Path) -> None:
    text = ("full_effect = 2025-01-01\n", "full_effect = 2025-01-01\nsetting = 900\n")
    found = audit(sc.load(copied(tmp_path, {"policy.toml": text})))
    assert found.setting.values.tolist() == ["baseline", "plan"]
    assert found.attrs["settings_tried"] == 0
    assert found.lever.size == 0
    assert found.value.sel(setting="plan", target=SHARE).item() == pytest.approx(lived(900)[0], rel=1e-12)


def test_a_file_may_say_what_is_uncertain(tmp_path: Path) -> None:
    plan, file = village(tmp_path), tmp_path / "uncertain.toml"
    file.write_text(UNCERTAIN, "utf-8")
    assert audit(plan, n=20, uncertainties=file).attrs["draws"] == 20
    file.write_text(UNCERTAIN.replace("moving_rate", "reward").replace("0.05", "900"), "utf-8")
    with pytest.raises(
        InputError, match="reward: said to be uncertain, but the plan leaves these levers open"
    ):
        audit(plan, n=20, uncertainties=file)


def test_what_cannot_be_audited_is_refused_with_all_reasons(tmp_path: Path) -> None:
    path = copied(tmp_path, {"village.mdl": ("yuan/person [0, 10000]", "yuan/person")})
    policy = tmp_path / "policy.toml"
    text = policy.read_text("utf-8").replace("range = [0, 5000]\n", "").partition("[[clause.target]]")[0]
    policy.write_text(text, "utf-8")
    with pytest.raises(InputError) as refused:
        audit(sc.load(path))
    assert "lever reward: has no range to search in" in str(refused.value)
    assert "it has no targets" in str(refused.value)


@pytest.mark.parametrize("n", [0, -1])
def test_it_needs_a_draw(tmp_path: Path, n: int) -> None:
    with pytest.raises(SimcountyError, match=f"n = {n}"):
        audit(village(tmp_path, more=UNCERTAIN), n=n)
