"""What a report says, in English and in Chinese. Names of variables stay as the model file has them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
DIGITS = "〇一二三四五六七八九"

TEXTS: Mapping[str, tuple[str, str]] = {
    "report_of": ("{title}: a report", "{title}测算报告"),
    "report_of_many": ("{count} scenarios: a report", "{count}个情景测算报告"),
    "subtitle": ("simcounty {version}, {date}", "simcounty {version} 测算　{date}"),
    "table": ("Table", "表"),
    "figure": ("Figure", "图"),
    "page": ("{page} / {pages}", "第{page}页　共{pages}页"),
    "list_mark": ("; ", "；"),
    "comma": (", ", "、"),
    "stop": (".", "。"),
    "none": ("none", "无"),
    # chapters
    "overview": ("Scenarios", "情景一览"),
    "setting": ("Scenario and assumptions", "情景与假设"),
    "judgement": ("Targets", "目标评判"),
    "trends": ("Main indicators", "主要指标"),
    "annex": ("Annex {number}", "附录{number}"),
    "annex_levers": ("Settings of the levers", "政策杠杆取值"),
    "annex_inputs": ("Inputs and assumptions", "输入与假设"),
    "annex_versions": ("Versions of model and data", "模型与数据版本"),
    # scenario and assumptions
    "opening": (
        "This report follows {county} under “{title}” from the end of {start} to the end of {end}, beside "
        "the baseline without the plan's measures. Every result is conditional: if the model's equations and "
        "the numbers listed in the annexes hold, then so does it. It is no forecast.",
        "本报告测算{county}在“{title}”情景下{start}年末至{end}年末的走势，并与不采取规划措施的基线对照。"
        "全部结论都有前提：如果模型方程和附录所列数值成立，则结果如此。结论不是预测。",
    ),
    "opening_alone": (
        "This report follows {county} under “{title}” from the end of {start} to the end of {end}. Every "
        "result is conditional: if the model's equations and the numbers listed in the annexes hold, then so "
        "does it. It is no forecast.",
        "本报告测算{county}在“{title}”情景下{start}年末至{end}年末的走势。"
        "全部结论都有前提：如果模型方程和附录所列数值成立，则结果如此。结论不是预测。",
    ),
    "nowhere": ("the model", "模型所述地区"),
    "caption_setting": ("What was run: {title}", "情景概况：{title}"),
    "item": ("Item", "项目"),
    "content": ("Content", "内容"),
    "place": ("County", "县（市、区）"),
    "documents": ("Documents", "规划文件"),
    "document": (
        "{title} ({document}; {status}; issued {issued})",
        "{title}（{document}；{status}；{issued}）",
    ),
    "years": ("Years", "测算年份"),
    "years_told": ("end of {start} to end of {end}", "{start}年末至{end}年末"),
    "levers": ("Levers", "政策杠杆"),
    "levers_told": (
        "{all}: {clause} fixed by a clause, {solved} solved for, {chosen} chosen",
        "{all}项：条款已定{clause}项，求解{solved}项，自行设定{chosen}项",
    ),
    "targets": ("Targets", "目标"),
    "targets_told": (
        "{all}: {judged} judged by the model, {others} tracked by people or checklists",
        "{all}项：模型评判{judged}项，人工跟踪或清单事项{others}项",
    ),
    "county_inputs": ("County inputs", "县级输入"),
    "model_numbers": ("Numbers of the model", "模型参数"),
    "numbers_told": (
        "{all}: {source} sourced, {imputed} imputed, {assumption} assumed",
        "{all}项：有来源{source}项，推算{imputed}项，假设{assumption}项",
    ),
    "note_setting": (
        "Each is listed in the annexes with what it rests on.",
        "注：逐项依据见附录。",
    ),
    "assumes": (
        "Verdicts that should not be read without the assumption behind them: {each}.",
        "下列评判直接取决于所依假设，引用时应一并说明：{each}。",
    ),
    "assumes_one": ("{target}: {assumptions}", "{target}——{assumptions}"),
    # judgement
    "tally": (
        "The model judges {all} targets: {met} are met in the plan and {missed} are missed; {without} are "
        "met without the plan too.",
        "模型评判的目标共{all}项：规划情景下达到{met}项，未达到{missed}项；其中{without}项在基线下也能达到。",
    ),
    "tally_alone": (
        "The model judges {all} targets: {met} are met and {missed} are missed.",
        "模型评判的目标共{all}项：达到{met}项，未达到{missed}项。",
    ),
    "no_targets": ("The scenario has no targets that the model judges.", "该情景没有可由模型评判的目标。"),
    "missed": ("Missed: {each}.", "未达到的目标：{each}。"),
    "missed_one": (
        "{target} comes to {value} by {year}, {gap} on the wrong side of {goal} ({clause})",
        "{target}{year}为{value}，与目标（{goal}）相差{gap}，见{clause}",
    ),
    "narrow": (
        "Met with almost nothing to spare (less than {share} of the goal): {each}.",
        "余量极小（不足目标值的{share}）的目标：{each}。此类结论经不起参数的微小变动。",
    ),
    "narrow_one": ("{target}, {value} against {goal}", "{target}（{value}，目标{goal}）"),
    "by_year": ("{year}", "{year}年"),
    "at_end": ("the end", "期末"),
    "lines": (
        "Lines that every run is held against, beside its targets: {each}.",
        "与目标并列的底线：{each}。",
    ),
    "line_one": (
        "{label} ({bound}) is lowest in {year} at {value}: {stand}, baseline {baseline}",
        "{label}（{bound}）最不利为{year}年的{value}，规划{stand}，基线{baseline}",
    ),
    "line_unseen": ("{label} ({bound}): none of its years were run", "{label}（{bound}）：测算年份未涵盖"),
    "kept": ("kept", "守住"),
    "broken": ("broken", "突破"),
    "caption_board": ("Targets and verdicts", "目标评判结果"),
    "target": ("Target", "目标"),
    "year": ("Year", "年份"),
    "unit": ("Unit", "单位"),
    "baseline": ("Baseline", "基线"),
    "plan": ("Plan", "规划"),
    "goal": ("Goal", "目标值"),
    "margin": ("Margin", "差距"),
    "verdict": ("Verdict", "结论"),
    "clause": ("Clause", "条款"),
    "met": ("met", "达到"),
    "not_met": ("missed", "未达到"),
    "note_board": (
        "A positive margin is on the met side. {source}",
        "注：差距为正表示在达标一侧。{source}",
    ),
    "decreasing": ("decreasing", "下降"),
    # trends
    "caption_trends": ("Main indicators, {first} to {last}", "主要指标（{first}—{last}年）"),
    "indicator": ("Indicator", "指标"),
    "year_of": ("{year}", "{year}年"),
    "year_baseline": ("{year} baseline", "{year}年基线"),
    "year_plan": ("{year} plan", "{year}年规划"),
    "year_difference": ("{year} difference", "{year}年差额"),
    "note_trends": (
        "Levels at the end of the year; {totals}differences of percentages are in points. {source}",
        "注：为年末数；{totals}百分比的差额单位为个百分点。{source}",
    ),
    "totals": ("totals of the year: {names}; ", "{names}为全年合计；"),
    "caption_picture": ("{county}: main indicators{part}", "{county}主要指标走势{part}"),
    "part": (" ({part} of {parts})", "（{part}）"),
    "source": (
        "Source: simcounty {version}, model {model} ({hash}), scenario {scenario}.",
        "资料来源：simcounty {version} 测算，模型 {model}（{hash}），情景 {scenario}。",
    ),
    "observed": ("Observed: {each}.", "实测值：{each}。"),
    # annexes
    "lever": ("Lever", "政策杠杆"),
    "default": ("Without plan", "原值"),
    "path": ("Setting", "取值"),
    "point": ("{date}: {value}", "{date}：{value}"),
    "range": ("Range", "允许范围"),
    "origin": ("Set by", "取值方式"),
    "clause_origin": ("clause", "条款已定"),
    "solved_origin": ("solved for", "求解"),
    "chosen_origin": ("chosen", "自行设定"),
    "reason": ("Reason", "说明"),
    "caption_levers": ("Settings of the levers: {title}", "政策杠杆取值：{title}"),
    "note_levers": (
        "Before its first date a lever has no effect; between dates its path is a straight line, after the "
        "last it holds. “solved for”: found by simcounty seek as the least departure that meets targets, no "
        "evidence that it can be done. Reasons stand as the policy file has them.",
        "注：首个日期之前不起作用，两个日期之间按直线变化，最后一个日期之后保持不变。“求解”指由 "
        "simcounty seek 求得、以最小变动达标的取值，不证明其可行。说明为政策文件原文。",
    ),
    "no_levers": ("No lever is set.", "没有设定政策杠杆。"),
    "number": ("Number", "数值项"),
    "value": ("Value", "取值"),
    "of_year": ("Year", "年份"),
    "basis": ("Rests on", "依据"),
    "source_basis": ("source", "来源"),
    "imputed_basis": ("imputed", "推算"),
    "assumption_basis": ("assumed", "假设"),
    "many": ("{count} values, {low} to {high}", "{count}个数，{low}至{high}"),
    "caption_inputs": ("Inputs of {county}", "{county}输入数值及依据"),
    "caption_parameters": ("Numbers of the model {model}", "模型 {model} 的参数及依据"),
    "note_inputs": (
        "Reasons stand as the files have them. The workbook lists every element of an array.",
        "注：依据为文件原文。数组各元素的数值见配套工作簿。",
    ),
    "caption_versions": ("Files and their hashes", "文件及校验值"),
    "role": ("What", "类别"),
    "file": ("File", "文件"),
    "sha256": ("SHA-256", "SHA-256"),
    "note_versions": (
        "Computed by {backend}, {integrator} in steps of {step} year; simcounty {version}, {date}.",
        "注：计算后端 {backend}，积分法{integrator}，步长{step}年；simcounty {version}，{date}。",
    ),
    "role_scenario": ("scenario", "情景"),
    "role_lever_paths": ("lever paths", "杠杆取值表"),
    "role_county": ("county", "县级数据"),
    "role_observed": ("observed series", "实测序列"),
    "role_tracked": ("tracked values", "跟踪数据"),
    "role_policy": ("policy", "政策文件"),
    "role_model": ("model", "模型"),
    # workbook
    "sheet_contents": ("Contents", "说明"),
    "sheet_verdicts": ("Verdicts", "目标评判"),
    "sheet_definitions": ("Definitions", "变量定义"),
    "sheet_levers": ("Levers", "政策杠杆"),
    "sheet_numbers": ("Inputs", "输入与假设"),
    "sheet_files": ("Provenance", "版本与来源"),
    "about_sheets": (
        "The sheets. That of a run holds all its series, a row each, years across, unrounded, in the model's "
        "units:",
        "工作表如下；每次运行一张表，一行一个序列，一列一年，按模型单位给出未舍入的数值：",
    ),
    "key": ("Key", "变量名"),
    "name": ("Name", "目标名"),
    "variable": ("Variable", "变量"),
    "met_without": ("Baseline verdict", "基线结论"),
    "source_document": ("Document", "文件名称"),
    "measured": ("Measured", "口径"),
    "total_of_year": ("year", "全年"),
    "end_of_year": ("end", "年末"),
    "kind": ("Kind", "类别"),
    "kind_stock": ("stock", "存量"),
    "kind_auxiliary": ("auxiliary", "变量"),
    "kind_constant": ("constant", "常数"),
    "kind_lookup": ("lookup", "表函数"),
    "meaning": ("Meaning", "含义"),
    "equation": ("Equation", "方程"),
    "date": ("Date", "日期"),
    "low": ("Lowest", "下限"),
    "high": ("Highest", "上限"),
    "of": ("Of", "归属"),
    "basis_kind": ("Kind", "性质"),
    "made_simcounty": ("simcounty", "simcounty 版本"),
    "made_backend": ("backend", "计算后端"),
    "made_integrator": ("integrator", "积分法"),
    "made_time_step": ("time step, years", "步长（年）"),
    "scenario_hash": ("scenario as run", "所运行情景"),
    "caption_overview": ("Scenarios at a glance", "情景一览"),
    "scenario": ("Scenario", "情景"),
    "county": ("County", "县（市、区）"),
    "met_of": ("Targets met", "达到目标"),
    "met_of_told": ("{met} of {all}", "{met}/{all}"),
    "scenario_number": ("Scenario {number}", "情景{number}"),
    "caption_beside": ("Targets of the scenarios beside each other", "各情景目标对照"),
    "value_verdict": ("{value} ({verdict})", "{value}（{verdict}）"),
    "note_beside": (
        "Values in the unit of the target; scenarios are numbered as in the table above.",
        "注：按目标单位；情景编号同上表。",
    ),
    "missed_names": ("Missed", "未达到的目标"),
}


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    language: Language

    def __call__(self, name: str, **parts: object) -> str:
        """Return a word or a sentence.

        >>> Words("zh")("point", date="2025-01-01", value="41.44")
        '2025-01-01：41.44'
        """
        return TEXTS[name][self.chinese].format(**parts)

    @property
    def chinese(self) -> bool:
        """Whether the language is Chinese."""
        return self.language == "zh"

    def day(self, date: datetime.date) -> str:
        """Write a date."""
        return f"{date.year}年{date.month}月{date.day}日" if self.chinese else date.isoformat()

    def ordinal(self, place: int, level: int = 1) -> str:
        """Write the number of a chapter.

        >>> Words("zh").ordinal(12), Words("zh").ordinal(3, 2), Words("en").ordinal(3)
        ('十二、', '（三）', '3 ')
        """
        if not self.chinese:
            return f"{place} "
        return f"（{counted(place)}）" if level > 1 else f"{counted(place)}、"


def counted(number: int) -> str:
    """Write a number up to 99 in Chinese.

    >>> counted(3), counted(10), counted(21)
    ('三', '十', '二十一')
    """
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return head + (DIGITS[ones] if ones or not tens else "")
