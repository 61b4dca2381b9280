"""`simcounty audit`: what it says of a village worked out by hand, and of 桐庐."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from running import installed, run_in
from villages import MOST, UNCERTAIN, copied, lived

from .conftest import Command

SHARE, SPENT = "urban-share-2030", "spending-2030"
GOALS = {"policy.toml": ('goal = 20\nunit = "万元"', 'goal = 8\nunit = "万元"')}
KEPT = ("ecological_relocation", "commerce_upgrade")


def torn(folder: Path) -> Path:
    """A village that can reach 45 % or spend at most 8 万元, and is not sure how fast people move."""
    plan = copied(folder, GOALS, purse=150_000)
    policy = folder / "policy.toml"
    policy.write_text(policy.read_text("utf-8") + UNCERTAIN, "utf-8")
    return plan


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("village")
    ran = run_in(folder, "audit", str(torn(folder)), "-n", "100", "--json", "--out", "there")
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return folder, told


def test_the_record_says_what_is_reached_alone_and_together(village: tuple[Path, dict[str, Any]]) -> None:
    told = village[1]
    settings = told["settings"]
    best = settings[f"best {SHARE}"]
    assert best["levers"]["reward"] == MOST
    assert best["targets"][SHARE]["value"] == pytest.approx(lived(MOST)[0])
    assert [each["satisfied"] for each in best["constraints"]] == [False]
    assert [each["satisfied"] for each in settings[f"feasible {SHARE}"]["constraints"]] == [True]
    assert [each["attainable"] for each in told["targets"]] == ["feasible", "feasible"]
    (pair,) = told["pairs"]
    assert (pair["targets"], pair["status"]) == ([SHARE, SPENT], "conflict")
    assert pair["best_with"][SHARE] < 45
    assert pair["best_with"][SPENT] > 8
    assert settings["together"]["joint"]["probability"] >= settings["plan"]["joint"]["probability"]


def test_the_same_command_prints_the_same(village: tuple[Path, dict[str, Any]]) -> None:
    folder, told = village
    again = installed(folder, "audit", "plan.toml", "-n", "100", "--json", "-q")
    assert json.loads(again.stdout) == told
    assert again.stderr == ""
    other = json.loads(run_in(folder, "audit", "plan.toml", "-n", "100", "--seed", "7", "--json").stdout)
    plan, same = (each["settings"]["plan"]["targets"][SHARE] for each in (other, told))
    assert plan["value"] == same["value"]
    assert plan["spread"] != same["spread"]


def test_it_leaves_its_numbers_and_its_figure(village: tuple[Path, dict[str, Any]]) -> None:
    files = {file.name: file.stat().st_size for file in (village[0] / "there").iterdir()}
    assert set(files) == {"audit.nc", "audit.png", "audit.svg", "audit.pdf"}
    assert min(files.values()) > 10_000


def test_it_speaks_of_conflict_of_constraints_and_of_a_lower_bound(
    village: tuple[Path, dict[str, Any]],
) -> None:
    folder, told = village
    said = run_in(folder, "audit", "plan.toml", "-n", "100", "-q").stdout
    assert "In conflict, each within reach but not both: town dwellers and 奖励支出." in said
    assert "进城奖励 5000元/人 (top" in said
    assert re.search(r"it violates 奖励支出 [\d,.]+ in 20\d\d", said)
    assert "P(best, met and constraints satisfied)" in said
    assert "+1.17 points" in said  # (45 − 33.3) ÷ 10
    assert f"{told['settings_tried']:,} settings of 1 open levers" in said
    assert "lower bound" in said
    chinese = run_in(folder, "audit", "plan.toml", "-n", "100", "-q", "--lang", "zh").stdout
    for words in ("相互冲突", "上限", "突破 奖励支出", "每年需要", "下界"):
        assert words in chinese


def test_without_levers_or_uncertainty_it_says_so(tmp_path: Path) -> None:
    copied(tmp_path, {"policy.toml": ("full_effect = 2025-01-01\n", "setting = 900\n")})
    ran = run_in(tmp_path, "audit", "plan.toml", "--out", "there")
    assert ran.returncode == 0
    assert "The plan leaves no lever open" in ran.stdout
    assert "nothing has a probability" in ran.stdout
    assert "P(" not in ran.stdout
    assert (tmp_path / "there" / "audit.png").is_file()
    told = json.loads(run_in(tmp_path, "audit", "plan.toml", "--json").stdout)
    assert (told["levers"], told["draws"], told["pairs"]) == ({}, 0, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("plan.toml", "-n", "0"), "n = 0"),
        (("plan.toml", "--uncertainties", "nowhere.toml"), "nowhere.toml"),
        (("plan.toml", "--out", "taken"), "taken"),
        (("bare.toml",), "it has no targets; name in `policies` a document"),
    ],
)
def test_bad_input_is_refused_before_anything_is_searched(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    plan = torn(tmp_path)
    bare = plan.read_text("utf-8").replace('policies = ["policy.toml"]\n', "")
    (tmp_path / "bare.toml").write_text(bare, "utf-8")
    (tmp_path / "taken").write_text("mine", "utf-8")
    ran = run_in(tmp_path, "audit", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Searching" not in ran.stderr


def test_of_tonglus_plan_with_two_levers_open(simcounty: Command, tmp_path: Path) -> None:
    """All other levers are taken out of the clauses, so that the search is short."""
    plan = Path(simcounty("copy", "tonglu/plan-2027", "mine").stdout.strip())
    policy = tmp_path / "mine" / "hangzhou-2023.toml"
    policy = policy if policy.is_file() else next((tmp_path / "mine").rglob("hangzhou-2023.toml"))
    blocks = policy.read_text("utf-8").split("\n[[")
    policy.write_text("\n[[".join(each for each in blocks if not is_open(each)), "utf-8")
    ran = simcounty("audit", str(plan), "-n", "50", "--json")
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert set(told["levers"]) == set(KEPT)
    targets = {each["name"]: each for each in told["targets"]}
    settings = told["settings"]
    assert (targets["gdp-2027"]["attainable"], targets["urbanisation-2027"]["attainable"]) == (
        "feasible",
        "feasible",
    )
    assert settings["best urbanisation-2027"]["levers"]["ecological_relocation"] == 3000  # the model's range
    assert settings["best gdp-2027"]["levers"]["commerce_upgrade"] == 0.2
    ran = simcounty("run", str(plan), "--json")
    verdicts = {each["name"]: each for each in json.loads(ran.stdout)["targets"]}
    for name, target in settings["plan"]["targets"].items():
        assert target["value"] == pytest.approx(verdicts[name]["value"], rel=1e-12)
        assert target["met"] == verdicts[name]["met"]
    assert settings["together"]["joint"]["probability"] >= settings["plan"]["joint"]["probability"]
    assert settings["together"]["sought"]["probability"] >= settings["plan"]["sought"]["probability"]
    share = targets["urbanisation-2027"]["required_pace"]
    assert share["observed"][0]["per_year"] == pytest.approx((70.354 - 56.321) / 10)
    assert share["per_year"] == pytest.approx((75 - share["since_value"]) / (2027 - share["since"]))


def is_open(block: str) -> bool:
    """Whether a block of a policy file is a lever that is left open, and not one of those kept so."""
    lever = block.startswith("clause.lever]]") and "\nsetting" not in block
    return lever and not any(f'key = "{key}"' in block for key in KEPT)
