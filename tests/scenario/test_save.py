"""A saved scenario loads as the scenario it was."""

from pathlib import Path
from typing import Any

import pytest

from simcounty.errors import InputError, ScenarioError
from simcounty.scenario import LeverPath, Scenario, load, save_scenario

VILLAGE = Path(__file__).parents[1] / "village"
PLAN = load(VILLAGE / "plan.toml")


def assert_same(one: Scenario, other: Scenario) -> None:
    for part in (
        "title",
        "years",
        "headline",
        "levers",
        "constants",
        "targets",
        "policies",
        "county",
        "model",
    ):
        assert getattr(one, part) == getattr(other, part), part


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reward": {"2024-02-29": 0.1 + 0.2, "2026-12-31": 1e-7}},
        {"reward": LeverPath("reward", (2022.5, 2024.0), (0.0, 1 / 3), "省 2023 （一）", True, 0.0)},
        {"weight[young]": {"2025": 1.5}, "pull_of_reward": 1e-05, "weight[old]": 0.25},
        {"openness": 0.8},
    ],
)
def test_what_is_saved_is_what_is_loaded(changes: dict[str, Any], tmp_path: Path) -> None:
    changed = PLAN.replace(changes)
    assert_same(load(save_scenario(changed, tmp_path / "saved.toml")), changed)


def test_what_a_clause_fixes_is_left_to_it(tmp_path: Path) -> None:
    text = save_scenario(PLAN, tmp_path / "saved.toml").read_text(encoding="utf-8")
    assert "openness" not in text
    assert "reward = { 2023-07-01 = 0.0, 2025-01-01 = 2000.0, 2030-01-01 = 1000.0 }" in text


def test_a_solved_setting_says_so_beside_its_default(tmp_path: Path) -> None:
    solved = LeverPath("reward", (2022.5, 2024.0), (0.0, 812.5), "省 2023 （一）", True, 0.0)
    text = save_scenario(PLAN.replace(reward=solved), tmp_path / "saved.toml").read_text(encoding="utf-8")
    assert "reward = { 2023-07-01 = 0.0, 2025-01-01 = 812.5, solved = true, default = 0.0 }" in text


def test_paths_are_relative_to_the_new_file(tmp_path: Path) -> None:
    for file in VILLAGE.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "more").mkdir()
    text = save_scenario(load(tmp_path / "plan.toml"), tmp_path / "more" / "new.toml").read_text(
        encoding="utf-8"
    )
    assert 'county = "../county.toml"' in text
    assert 'policies = ["../policy.toml"]' in text


def test_a_baseline_of_a_policy_that_fixes_levers_cannot_pass_for_the_plan(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="openness"):
        save_scenario(PLAN.baseline, tmp_path / "baseline.toml")
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_written_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        save_scenario(PLAN, tmp_path / "no such folder" / "saved.toml")
    assert not list(tmp_path.iterdir())


def test_a_scenario_file_ends_in_toml(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"saved\.txt: a scenario file ends in \.toml"):
        save_scenario(PLAN, tmp_path / "saved.txt")
    assert not list(tmp_path.iterdir())


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"saved\.toml: cannot be written"):
        save_scenario(PLAN, tmp_path / "file" / "saved.toml")
