"""What `simcounty audit` says, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

AUDIT_WORDS: Mapping[str, tuple[str, str]] = {
    "auditing": ("Searching the open levers for {target} …", "正在为“{target}”搜索未定杠杆的取值 ……"),
    "auditing_together": (
        "Searching for a setting that meets the targets at once …",
        "正在搜索同时达到各目标的取值 ……",
    ),
    "best": ("best", "最佳"),
    "best_paid": ("best, lines kept", "最佳（守住底线）"),
    "likely_plan": ("P(plan)", "规划达标概率"),
    "likely_best": ("P(best)", "最佳取值达标概率"),
    "likely_paid": ("P(best, met and lines kept)", "守底线最佳取值达标且守住底线的概率"),
    "likely_together": ("P(together)", "兼顾取值达标概率"),
    "setting": ("setting", "取值"),
    "broken_lines": ("lines broken at the central inputs", "中心取值下突破的底线"),
    "likely_kept": ("P(all lines kept)", "守住全部底线的概率"),
    "setting_baseline": ("baseline", "基线"),
    "setting_plan": ("plan", "规划"),
    "setting_best": ("best for {target}", "{target}最佳"),
    "setting_paid": ("best for {target}, lines kept", "{target}最佳（守住底线）"),
    "setting_together": ("together", "兼顾"),
    "broken_line": ("{line} {value} in {year}", "{line} {year} 年为 {value}"),
    "asks": ("asks for a year", "每年需要"),
    "since": ("since", "起点"),
    "record": ("the record, a year", "历史记录（每年）"),
    "pace_points": ("{change} points", "{change} 个百分点"),
    "pace_percent": ("{change} %", "{change} %"),
    "pace_amount": ("{change} {unit}", "{change} {unit}"),
    "asks_nothing": ("met already", "起点已达到"),
    "since_model": ("{year}: {value} (the run's, not observed)", "{year} 年：{value}（模型起点值，非观测）"),
    "since_seen": ("{year}: {value}", "{year} 年：{value}"),
    "record_step": ("{start}–{end} {change}", "{start}—{end} 年 {change}"),
    "top": ("top", "上限"),
    "bottom": ("bottom", "下限"),
    "reached_by": (
        "{target}: {value} at best, {levers}{rest}{broken}.",
        "{target}：最佳 {value}，取 {levers}{rest}{broken}。",
    ),
    "reached_paid_by": (
        "  with all lines kept {value}: {levers}{rest}.",
        "  守住全部底线时 {value}，取 {levers}{rest}。",
    ),
    "reached_plan": (
        "{target}: {value} at best, which no open lever moves away from the plan.",
        "{target}：最佳 {value}，未定杠杆都不能使其优于规划。",
    ),
    "reached_never_paid": (
        "  no setting tried keeps all lines.",
        "  所试取值都不能守住全部底线。",
    ),
    "lever_at": ("{lever} {value}{end}", "{lever} {value}{end}"),
    "lever_brings": (" ({brings})", "（{brings}）"),
    "comma": (", ", "，"),
    "enumerated": (", ", "、"),
    "lever_more": (", and {count} more", "，另有 {count} 项"),
    "and_breaks": ("; it breaks {lines}", "；突破 {lines}"),
    "between_levers": ("; ", "；"),
    "out_of_reach": (
        "Out of reach at the central inputs, at every setting tried: {targets}.",
        "中心取值下，所试的全部取值都达不到：{targets}。",
    ),
    "only_unpaid": (
        "Reached only with a line broken, and a target met with unpaid bills is not met: {targets}.",
        "只有突破底线才能达到（欠账达标不算达标）：{targets}。",
    ),
    "at_once": (
        "All {count} targets at once: plan {plan}, best setting found {best}; "
        "with all lines kept: plan {plan_paid}, best {best_paid}.",
        "全部 {count} 个目标同时达到：规划 {plan}，找到的最佳取值 {best}；"
        "守住全部底线：规划 {plan_paid}，最佳 {best_paid}。",
    ),
    "at_once_rest": (
        "The {count} targets within reach at once: plan {plan}, best setting found {best}; "
        "with all lines kept: plan {plan_paid}, best {best_paid}.",
        "可及的 {count} 个目标同时达到：规划 {plan}，找到的最佳取值 {best}；"
        "守住全部底线：规划 {plan_paid}，最佳 {best_paid}。",
    ),
    "at_once_central": (
        "At the central inputs the setting for all at once meets {met} of {count} targets{broken}.",
        "中心取值下，兼顾取值达到 {count} 个目标中的 {met} 个{broken}。",
    ),
    "together_by": ("That setting (together): {levers}.", "该取值（兼顾）：{levers}。"),
    "together_plan": ("That setting (together) is the plan's.", "该取值（兼顾）即规划取值。"),
    "conflict": (
        "In conflict, each within reach but not both: {one} and {other}. With {other} met, {one} gets to "
        "{one_value} (goal {one_goal}); with {one} met, {other} gets to {other_value} (goal {other_goal}).",
        "相互冲突（各自可达，不能同时达到）：{one}与{other}。"
        "达到{other}时，{one}最好为 {one_value}（目标 {one_goal}）；"
        "达到{one}时，{other}最好为 {other_value}（目标 {other_goal}）。",
    ),
    "pair_unpaid": (
        "Met together only with a line broken: {one} and {other}.",
        "只有突破底线才能同时达到：{one}与{other}。",
    ),
    "no_conflict": (
        "No two targets within reach conflict: for each pair some setting meets both{lines}.",
        "可及的目标两两不冲突：每一对都有取值能同时达到{lines}。",
    ),
    "lines_too": (" and keeps all lines", "并守住全部底线"),
    "tried": (
        "{tried} settings of {levers} open levers were tried at the central inputs, {over} over {sought_on} "
        "draws; probabilities are of {draws} other draws (seed {seed}).",
        "中心取值下试了 {levers} 项未定杠杆的 {tried} 组取值，另在 {sought_on} 组抽样上试了 {over} 组；"
        "概率取自另外 {draws} 组抽样（种子 {seed}）。",
    ),
    "tried_central": (
        "{tried} settings of {levers} open levers were tried at the central inputs.",
        "中心取值下试了 {levers} 项未定杠杆的 {tried} 组取值。",
    ),
    "lower_bound": (
        "What a search finds is a lower bound of what can be reached: there may be better settings than "
        "those tried.",
        "搜索所得是下界：可能还有优于所试的取值。",
    ),
    "no_open_levers": (
        "The plan leaves no lever open: there is nothing to search.",
        "该规划没有未定的杠杆，无可搜索。",
    ),
    "no_draws": (
        "Nothing is said to be uncertain, so nothing has a probability. Say what is by --uncertainties FILE.",
        "没有任何不确定因素的说明，故不给出概率。可用 --uncertainties FILE 指定。",
    ),
    "tried_no_levers": (
        "Probabilities are of {draws} draws (seed {seed}).",
        "概率取自 {draws} 组抽样（种子 {seed}）。",
    ),
}
