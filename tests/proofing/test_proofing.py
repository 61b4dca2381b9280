"""A tag says where a number comes from; what it says is held against a fresh run."""

from __future__ import annotations

from pathlib import Path

import pytest

import simcounty as sc
from simcounty.proofing import CheckedNumber, check_numbers, read_tags
from simcounty.proofing.check import edited
from simcounty.proofing.tags import Run, Series, TargetField

VILLAGE = Path(__file__).parents[1] / "village"
AT = "{{urban_share@2030 : plan.toml}}"


@pytest.fixture(scope="module")
def share() -> float:
    """The village's town share at the end of 2030, in %."""
    plan = sc.load(VILLAGE / "plan.toml")
    return 100 * float(sc.simulate(plan).urban_share.sel(time=2030))


def look(line: str) -> CheckedNumber:
    checked, problems = check_numbers([line], VILLAGE)
    assert problems == []
    return checked[0]


def refused(*lines: str) -> list[str]:
    return [f"{problem.line + 1}: {problem.reason}" for problem in check_numbers(lines, VILLAGE)[1]]


def test_a_number_agrees_to_the_digits_it_shows(share: float) -> None:
    assert look(f"about {share:.2f} %{AT}").result == "agrees"
    assert look(f"about {share:.0f}%{AT}").result == "agrees"
    assert look(f"about {share + 0.011:.2f} %{AT}").result == "differs"
    assert look(f"about {share + 0.011:.1f} %{AT}").result == "agrees"
    found = look(f"about {share + 1:.1f} %{AT}")
    assert (found.result, found.written) == ("differs", f"{share:.1f}")
    assert found.fresh == pytest.approx(share)


def test_the_unit_behind_the_number_is_the_one_it_is_held_in() -> None:
    people = float(sc.simulate(sc.load(VILLAGE / "plan.toml")).rural_population.sel(time=2030))
    for shown in (f"{people:.1f} 人", f"{people / 1e4:.5f}万人", f"**{people:,.1f}人**", f"{people:.1f}"):
        assert look(f"村里有{shown}{{{{rural_population@2030 : plan.toml}}}}").result == "agrees"
    tabled = f"| {people / 1e4:.4f}{{{{rural_population@2030, 万人 : plan.toml}}}} |"
    assert look(tabled).result == "agrees"


def test_a_flow_with_a_stock_is_its_total_of_the_year() -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    spent = float(sc.judge(sc.simulate(plan), plan.targets).value.sel(target="spending-2030"))
    assert look(f"{spent:.4f}万元{{{{spending@2030 : plan.toml}}}}").result == "agrees"
    assert look(f"{spent:.4f}万元{{{{spending-2030.value : plan.toml}}}}").result == "agrees"


def test_differences_of_years_and_of_scenarios_carry_their_sign() -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    run = sc.simulate([plan.baseline, plan]).urban_share * 100
    grown = float(run[1].sel(time=2030) - run[1].sel(time=2025))
    more = float(run[1].sel(time=2030) - run[0].sel(time=2030))
    assert look(f"{grown:.3f}个百分点{{{{urban_share@2030-2025 : plan.toml}}}}").result == "agrees"
    for other in ("plan.toml - baseline", "plan.toml - plan.toml baseline"):
        assert look(f"{more:.3f}个百分点{{{{urban_share@2030 : {other}}}}}").result == "agrees"
        assert look(f"−{more:.3f}个百分点{{{{-urban_share@2030 : {other}}}}}").result == "agrees"
        assert look(f"{more:.3f}个百分点{{{{-urban_share@2030 : {other}}}}}").result == "differs"


def test_what_is_said_of_a_target_can_be_held() -> None:
    plan = sc.load(VILLAGE / "plan.toml")
    found = sc.judge(sc.simulate(plan), plan.targets).sel(target="urban-share-2030")
    met, margin = bool(found.met), float(found.margin)
    said, unsaid = ("达到", "未达到") if met else ("未达到", "达到")
    assert look(f"目标{said}{{{{urban-share-2030.verdict : plan.toml}}}}").result == "agrees"
    assert look(f"目标{unsaid}{{{{urban-share-2030.verdict : plan.toml}}}}").result == "differs"
    assert look("目标{{urban-share-2030.verdict : plan.toml}}").result == "blank"
    assert look("45%{{urban-share-2030.goal : plan.toml}}").result == "agrees"
    assert look(f"{margin:.2f}个百分点{{{{urban-share-2030.margin : plan.toml}}}}").result == "agrees"


def test_one_line_may_give_the_scenario_of_those_below() -> None:
    tags, problems = read_tags(
        ["5{{a@2030}}", "{{scenario : mine.toml baseline}}", "5{{a@2030}}5{{b@2031 : it}}"]
    )
    assert [problem.line for problem in problems] == [0]
    assert [tag.run for tag in tags] == [Run("mine.toml", baseline=True), Run("it")]
    assert tags[0].what == Series("a", 2030)


def test_tags_may_be_written_in_full_width_and_hidden_in_comments() -> None:
    tags, problems = read_tags(
        ["5亿元<!-- {{gdp＠2027，万元：甲.toml}} -->", "5亿元{{ gdp @ 2027 : 甲.toml }}后"]
    )
    assert [each.reason for each in problems] == [
        "is in 万元, and the number before it in 亿元. Give one unit."
    ]
    assert (tags[0].run, tags[0].unit, tags[0].shown.number) == (Run("甲.toml"), "亿元", 5.0)
    assert (tags[0].start, tags[0].end) == (3, len("5亿元{{ gdp @ 2027 : 甲.toml }}"))


def test_elements_of_arrays_and_targets_with_dots_are_read() -> None:
    tags, problems = read_tags(
        ["{{people[old,rich]@2030, 人 : a}}{{plan.2030.margin : a}}{{-x@2031-2030 : a}}"]
    )
    assert problems == []
    assert [tag.what for tag in tags] == [
        Series("people[old,rich]", 2030), TargetField("plan.2030", "margin"), Series("x", 2031, 2030),
    ]  # fmt: skip
    assert [tag.negated for tag in tags] == [False, False, True]


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("约1,300亿元", 1300.0, "亿元"),
        ("10-20亿元", 20.0, "亿元"),
        ("从-3.5个百分点", -3.5, "个百分点"),
        ("−3.5%", -3.5, "%"),
        ("第2节：12.5 元/平方米", 12.5, "元/平方米"),
        ("**75.01%**", 75.01, "%"),
        ("1.474", 1.474, ""),
        ("有3 m2", 3.0, "m2"),
    ],
)
def test_the_number_before_a_tag_is_found(text: str, number: float, unit: str) -> None:
    (tag,), _ = read_tags([f"{text}{{{{a@2030 : b}}}}，以及7亿元"])
    assert (tag.shown.number, tag.shown.unit) == (number, unit)


def test_code_is_no_draft_in_markdown_and_is_in_word() -> None:
    lines = ["```", "5{{a@2030 : b}}", "```", "`{{a@2030 : b}}` 6{{a@2030 : b}}"]
    assert [(tag.line, tag.shown.text) for tag in read_tags(lines)[0]] == [(3, "6")]
    assert len(read_tags(lines, markdown=False)[0]) == 3


def test_blanks_are_filled_in_the_unit_and_with_the_decimals_they_ask_for(share: float) -> None:
    rest = "{{urban_share@2030 : plan.toml}}"
    people = float(sc.simulate(sc.load(VILLAGE / "plan.toml")).rural_population.sel(time=2030))
    for line, filled in (
        (f"达到{rest}。", f"达到{share:.2f}%{rest}。"),
        (f"达到__%{rest}", f"达到{share:.2f}%{rest}"),
        (f"达到_.___ %{rest}", f"达到{share:.3f} %{rest}"),
        (f"达到**__%**{rest}", f"达到**{share:.2f}%**{rest}"),
        (
            "有{{rural_population@2030 : plan.toml}}",
            f"有{people:.0f}人{{{{rural_population@2030 : plan.toml}}}}",
        ),
    ):
        checked, _ = check_numbers([line], VILLAGE)
        assert checked[0].result == "blank"
        assert [each.result for each in checked] == ["blank"]
        assert edited(line, [each.edit for each in checked]) == filled
        assert look(filled).result == "agrees"


def test_what_differs_is_written_with_its_own_digits_and_unit(share: float) -> None:
    line = f"达到99.9 %{AT}，即99%{AT}"
    checked, _ = check_numbers([line], VILLAGE)
    assert edited(line, [each.edit for each in checked if each.result == "differs"]) == (
        f"达到{share:.1f} %{AT}，即{share:.0f}%{AT}"
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("5%{{urban_sahre@2030 : plan.toml}}", "Did you mean 'urban_share'?"),
        ("5%{{weight@2030 : plan.toml}}", "weight has 2 elements. Name one of them: weight[young]"),
        ("5%{{urban_share@2041 : plan.toml}}", "2041 is outside the run of village/plan, 2020 to 2035."),
        ("5%{{urban_share@2030-2019 : plan.toml}}", "2019 is outside the run"),
        ("5万元{{spending@2020 : plan.toml}}", "begins at the end of 2020. Ask for 2021 or later."),
        ("5亩{{urban_share@2030 : plan.toml}}", "cannot be converted to 亩"),
        ("5 widgets{{urban_share@2030 : plan.toml}}", "'widgets' is not defined."),
        ("5%{{urban_share@2030 : plna.toml}}", "plna.toml: there is no such file, and no shipped scenario"),
        ("5%{{urban_share@2030 : hangzhou/plan-2027}}", "is a region. Name the scenario of one county."),
        ("5%{{urban_share@2030}}", "names no scenario."),
        ("5%{{urban_share@2030 : a - b - c}}", "names no scenario, and no difference of two"),
        ("5%{{urban_share in 2030 : plan.toml}}", "is neither a variable in a year, such as gdp@2027"),
        (
            "5%{{urban-share-2030.margins : plan.toml}}",
            "'margins': choose one of value, goal, margin, verdict",
        ),
        ("5%{{urban-share-2031.margin : plan.toml}}", "Did you mean 'urban-share-2030'?"),
        ("5{{offices.value : plan.toml}}", "target offices is not computed by the model; people track it."),
        ("达到{{urban-share-2030.verdict : plan.toml - baseline}}", "a verdict has no difference."),
        ("5%{{urban_share@2030 : plan.toml", "is not closed. End it with }} on the same line."),
        ("5%{{urban_share@2030 : plan.toml - baseline}}", "is a difference of percentages. Write 个百分点"),
        ("5个百分点{{urban_share@2030 : plan.toml}}", "is a percentage, no difference. Write %"),
    ],
)
def test_a_tag_that_cannot_be_looked_up_says_why(line: str, says: str) -> None:
    (reason,) = refused("", line)
    assert reason.startswith("2: ")
    assert says in reason, reason


def test_every_tag_that_cannot_be_looked_up_is_said_at_once() -> None:
    found = refused(
        "5{{x@2030 : plan.toml}} 5{{a : plan.toml}}",
        "5{{y@2030 : gone}}",
        f"5 %{AT}",
        "{{",
        "5{{z@2030 : gone}}",
    )
    assert [each.partition(":")[0] for each in found] == ["1", "1", "2", "4", "5"]
