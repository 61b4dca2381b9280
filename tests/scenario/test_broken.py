"""Every file under tests/broken is refused, and the message says what its first lines say it must."""

from pathlib import Path

import pytest

from simcounty.errors import ScenarioError
from simcounty.scenario import load, load_county

TESTS = Path(__file__).parents[1]
BROKEN = TESTS / "broken"

PLAN = """
title = "a sound plan with a broken policy"
model = "{village}/village.mdl"
policies = ["{policy}"]
years = [2020, 2035]
"""


def files(kind: str) -> list[Path]:
    return sorted((BROKEN / kind).glob("*.toml"))


def expected(path: Path) -> list[str]:
    text = path.read_bytes().decode("utf-8", errors="replace")
    says = [line.removeprefix("# says: ") for line in text.splitlines() if line.startswith("# says: ")]
    assert says, f"{path} does not say what its message must say"
    return says


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", files("scenario"), ids=name)
def test_a_broken_scenario_is_refused_with_its_message(path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        load(path)
    assert_says(str(refused.value), path)


@pytest.mark.parametrize("path", files("county"), ids=name)
def test_a_broken_county_is_refused_with_its_message(path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        load_county(path)
    assert_says(str(refused.value), path)


@pytest.mark.parametrize("path", files("policy"), ids=name)
def test_a_broken_policy_is_refused_with_its_message(path: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    village = (TESTS / "village").as_posix()
    plan.write_text(PLAN.format(village=village, policy=path.as_posix()), encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        load(plan)
    assert_says(str(refused.value), path)


def assert_says(message: str, path: Path) -> None:
    assert path.name in message
    for fragment in expected(path):
        assert fragment in message, message
    findings = [line for line in message.splitlines() if line.startswith("  - ")]
    assert findings
    assert len(findings) == len(set(findings))


def test_a_sound_file_is_not_refused() -> None:
    assert load(TESTS / "village" / "plan.toml").county.title == "小村"
