"""What the command line says, in English and in Chinese."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from enum import StrEnum

from simcounty.presentation.audit_words import AUDIT_WORDS
from simcounty.presentation.calibrate_words import CALIBRATE_WORDS
from simcounty.presentation.compare_words import COMPARE_WORDS
from simcounty.presentation.draft_words import DRAFT_WORDS


class Language(StrEnum):
    """The languages results are printed in."""

    en = "en"
    zh = "zh"


WORDS: Mapping[str, tuple[str, str]] = {
    **AUDIT_WORDS,
    **CALIBRATE_WORDS,
    **COMPARE_WORDS,
    **DRAFT_WORDS,
    "target": ("target", "目标"),
    "year": ("year", "年份"),
    "baseline": ("baseline", "基线"),
    "plan": ("plan", "规划"),
    "goal": ("goal", "目标值"),
    "margin": ("margin", "差距"),
    "verdict": ("verdict", "结论"),
    "met": ("met", "达到"),
    "missed": ("missed", "未达到"),
    "unit": ("unit", "单位"),
    "clause": ("clause", "条款"),
    "assumes": ("assumes", "所依假设"),
    "inputs": (
        "County inputs: {sourced} sourced, {assumed} assumptions.",
        "县级输入：{sourced} 项有来源，{assumed} 项为假设。",
    ),
    "inputs_imputed": (
        "County inputs: {sourced} sourced, {imputed} imputed, {assumed} assumptions.",
        "县级输入：{sourced} 项有来源，{imputed} 项为推算，{assumed} 项为假设。",
    ),
    "inputs_left": (
        "Left to the model: {count} values, as in {model} (simcounty describe {county} lists them).",
        "沿用模型文件：{count} 项，取 {model} 中的数值（simcounty describe {county} 逐项列出）。",
    ),
    "rests_on": ("rests on", "依据"),
    "rests_sourced": ("sourced", "有来源"),
    "rests_imputed": ("imputed", "推算"),
    "rests_assumed": ("assumed", "假设"),
    "rests_model": ("the model", "沿用模型"),
    "behaviour": (
        "{count} further numbers are behaviour or levers, the same in every county: "
        "simcounty describe {model} lists them.",
        "另有 {count} 项常数为行为参数或政策杠杆，各县相同：simcounty describe {model} 逐项列出。",
    ),
    "new_county": ("{title} ({code}, {place})", "{title}（{code}，{place}）"),
    "new_sourced": ("{count} values from the census: {names}.", "{count} 项取自普查：{names}。"),
    "new_imputed": (
        "{count} values imputed, each by a rule that the file writes beside it: {names}.",
        "{count} 项为推算，文件中逐项写明规则：{names}。",
    ),
    "new_moved": (
        "{count} of these lay outside the model's range and stand at its end: {names}.",
        "其中 {count} 项超出模型取值范围，取其端点：{names}。",
    ),
    "new_next": ("Run it: simcounty run {file}", "运行：simcounty run {file}"),
    "line": (
        "{line}: {label} {bound}: plan {worst} in {year} – {stand}; baseline {baseline}",
        "{line}：{label} {bound}：规划 {year} 年为 {worst}，{stand}；基线{baseline}",
    ),
    "line_unseen": (
        "{line}: {label} {bound}: the run holds none of its years",
        "{line}：{label} {bound}：模拟年份未涵盖",
    ),
    "line_kept": ("kept", "守住"),
    "line_broken": ("broken", "突破"),
    "broken_strict": ("{broken} of {all} lines broken.", "{all} 条底线中有 {broken} 条被突破。"),
    "no_targets": ("The scenario has no targets.", "该情景没有目标。"),
    "writing": ("Writing {folder} …", "正在写入 {folder} ……"),
    "wrote": ("Wrote {files}.", "已写入 {files}。"),
    "missed_strict": ("{missed} of {all} targets missed.", "{all} 个目标中有 {missed} 个未达到。"),
    "lever": ("lever", "政策杠杆"),
    "from": ("from", "原值"),
    "to": ("to", "求得"),
    "range": ("range", "范围"),
    "feasible": (
        "The targets sought can all be met; effort {effort:.3g}.",
        "所求目标全部可以达到；力度 {effort:.3g}。",
    ),
    "infeasible": (
        "The targets sought cannot all be met within the ranges; of {starts} starts, these come nearest.",
        "在杠杆范围内无法达到全部所求目标；下列取值最接近（{starts} 个起点）。",
    ),
    "binding": ("No room to spare: {names}.", "没有余地的目标：{names}。"),
    "limits": ("At an end of their range: {names}.", "已到范围端点的杠杆：{names}。"),
    "scenario": ("scenario", "情景"),
    "against": ("against", "对照"),
    "probability": ("probability", "达标概率"),
    "share_met": ("share met", "达标占比"),
    "margins": ("margin: 5 | 25 | 50 | 75 | 95 %", "差距：5 | 25 | 50 | 75 | 95 %"),
    "first_year": ("first reached", "首次达到"),
    "difference": ("difference", "概率之差"),
    "all_targets": ("all targets at once", "全部目标同时达到"),
    "never_reached": ("never", "从未达到"),
    "reached": (
        "{median} ({low}–{high}), never {never}",
        "{median} 年（{low}–{high}），从未达到 {never}",
    ),
    "points": ("{difference} points", "{difference} 个百分点"),
    "counted": (
        "{members} members, design {design}; {failed} runs failed and meet no target.",
        "{members} 组抽样，设计 {design}；失败 {failed} 次，一律视为未达标。",
    ),
    "not_run": (
        "{unfinished} members have not been run yet and do not count. Go on with simcounty sweep … --resume.",
        "尚有 {unfinished} 组未运行，未计入。用 simcounty sweep … --resume 继续。",
    ),
    "error_draws": (
        "± is the standard error of {draws} draws, the square root of p (1 − p) / n.",
        "± 为 {draws} 次抽样的标准误：p (1 − p) / n 的平方根。",
    ),
    "error_given": (
        "± is the standard error of {draws} independent draws; it holds if the file's rows are such draws.",
        "± 为 {draws} 次独立抽样的标准误；仅当文件各行确为独立抽样时成立。",
    ),
    "error_upper": (
        "± is the standard error {draws} independent draws would have. These points are spread more evenly, "
        "so it tends to overstate the error.",
        "± 为 {draws} 次独立抽样应有的标准误；本设计的样本点分布更均匀，实际误差一般更小。",
    ),
    "error_saltelli": (
        "± is the standard error {draws} independent draws would have: rows A and B of each block. These "
        "points are spread more evenly, so it tends to overstate the error.",
        "± 为 {draws} 次独立抽样（每区块的 A、B 两行）应有的标准误；"
        "本设计的样本点分布更均匀，实际误差一般更小。",
    ),
    "error_grid": (
        "Shares of the points of a grid, which are no draws: they are no probabilities and have no standard "
        "error. Sweep with --design random for those.",
        "以上为网格点中的占比，网格点不是随机抽样，故不是概率，也没有标准误。求概率请用 --design random。",
    ),
    "bounded": (
        "In brackets: how far the 95 % interval (Wilson) goes of what never, or always, came in these runs.",
        "括号内：在这些运行中从未（或总是）出现的情形，其 95 % 置信区间（Wilson）的另一端。",
    ),
    "paired": (
        "The scenarios share their draws, so a difference is surer than the two probabilities.",
        "各情景使用同一组抽样，因此概率之差比两个概率本身更准确。",
    ),
    "input": ("input", "投入"),
    "role": ("role", "性质"),
    "role_lever": ("lever", "政策杠杆"),
    "role_uncertainty": ("uncertainty", "不确定因素"),
    "first": ("first order", "一阶指数"),
    "total": ("total order", "总效应指数"),
    "mu": ("mu", "μ"),
    "mu_star": ("mu*", "μ*"),
    "sigma": ("sigma", "σ"),
    "effect": ("lowest to highest", "由最低到最高"),
    "share": ("share of variance", "占方差比重"),
    "correlation": ("rank correlation", "秩相关系数"),
    "interval": ("95 % interval", "95 % 置信区间"),
    "p_value": ("p", "p 值"),
    "moved": ("{target}, {year}  {clause}  ({scenario})", "{target}，{year} 年{clause}（{scenario}）"),
    "constant": (
        "Constant: its value is the same in every run, whatever the inputs.",
        "恒定：各次运行的数值相同，不随任何投入变动。",
    ),
    "rest": ("… and {count} inputs that move it less", "……另有 {count} 项影响更小的投入"),
    "method_sobol": (
        "Sobol' indices: shares of the variance that an input explains alone (first order) and with all it "
        "acts through (total order); ± is the half-width of the 95 % interval.",
        "Sobol 指数：投入单独（一阶）及连同其全部交互（总效应）所解释的方差比重；± 为 95 % 置信区间的半宽。",
    ),
    "method_morris": (
        "Morris: how far the target's value moves, in its unit, when an input goes through its range: mu "
        "with its sign, mu* without; ± is the half-width of the 95 % interval. A large sigma tells of "
        "interactions or bends.",
        "Morris 筛选：投入走完全程时目标值的变动（按目标单位）：μ 计正负，μ* 取绝对值；"
        "± 为 95 % 置信区间的半宽；σ 大表示有交互或非线性。",
    ),
    "method_factorial": (
        "Main effects on a full grid: how far the target's mean moves, in its unit, from an input's lowest "
        "to its highest level, and the share of the variance between its levels; the rest of the variance "
        "is inputs acting together. A grid is no sample, so there are no intervals.",
        "全因子网格的主效应：投入由最低档到最高档时目标均值的变动（按目标单位），及各档均值所占方差比重；"
        "其余方差来自投入之间的交互。网格不是抽样，故无置信区间。",
    ),
    "method_spearman": (
        "Spearman's rank correlations of an input with the target's value, from −1 to 1.",
        "投入与目标值的 Spearman 秩相关系数，介于 −1 与 1 之间。",
    ),
    "correlated": (
        "Some inputs are correlated: each one's number includes what it shares with the others.",
        "部分投入彼此相关：各自的数值包含与其他投入共有的部分。",
    ),
    "dropped": (
        "{scenario}: {dropped} of {members} members were dropped because of {failed} failed runs.",
        "{scenario}：因 {failed} 次运行失败，{members} 组中弃用 {dropped} 组。",
    ),
    "boxing": ("Looking for boxes in which targets are missed …", "正在寻找未达标的区域 ……"),
    "plan_missed": ("any of its targets", "任一目标"),
    "box": (
        "Where {limits}, {density} % of futures miss {target}; the box holds {coverage} % of all misses.",
        "当{limits}时，{density} % 的情形未达到{target}；该区域包含全部未达标情形的 {coverage} %。",
    ),
    "box_further": (
        "Of the others, where {limits}, {density} % miss it; that box holds {coverage} % more of all misses.",
        "其余情形中，当{limits}时，{density} % 未达到；该区域另含全部未达标情形的 {coverage} %。",
    ),
    "and": (" and ", "，且"),
    "between": ("{low} ≤ {input} ≤ {high} {unit}", "{low} ≤ {input} ≤ {high} {unit}"),
    "above": ("{input} ≥ {low} {unit}", "{input} ≥ {low} {unit}"),
    "below": ("{input} ≤ {high} {unit}", "{input} ≤ {high} {unit}"),
    "exactly": ("{input} = {low} {unit}", "{input} = {low} {unit}"),
    "boxes_never": ("No future misses {target}.", "没有一种情形未达到{target}。"),
    "boxes_always": ("Every future misses {target}.", "所有情形都未达到{target}。"),
    "boxes_few": (
        "{misses} of {counted} futures miss {target}: too few on one side to say where.",
        "{counted} 种情形中有 {misses} 种未达到{target}：其中一方过少，无法判断出现在何处。",
    ),
    "boxes_none": (
        "{misses} of {counted} futures miss {target}, but no box of inputs tells them from the others.",
        "{counted} 种情形中有 {misses} 种未达到{target}，但无法用投入的取值范围加以区分。",
    ),
    "boxes_grid": (
        "Shares of the points of a grid, which are no draws.",
        "以上为网格点中的占比，网格点不是随机抽样。",
    ),
    "kind": ("kind", "类别"),
    "name": ("name", "名称"),
    "key": ("key", "键"),
    "label": ("label", "标签"),
    "title": ("title", "标题"),
    "value": ("value", "数值"),
    "group": ("group", "分组"),
    "equation": ("equation", "方程"),
    "explanation": ("explanation", "说明"),
    "source": ("source", "来源"),
    "causes": ("depends on", "取决于"),
    "uses": ("used by", "被用于"),
    "file": ("file", "文件"),
    "checking": ("Checking {file} …", "正在检查 {file} ……"),
    "check": ("check", "检查"),
    "result": ("result", "结果"),
    "detail": ("detail", "详情"),
    "holds": ("ok", "通过"),
    "advice": ("advice", "建议"),
    "fails": ("FAILED", "未通过"),
    "waived": ("waived", "豁免"),
    "it": ("check", "检查"),
    "measured": ("measured", "实测"),
    "band": ("band {low} … {high}", "区间 {low} … {high}"),
    "and_more": ("… and {count} more", "……另有 {count} 项"),
    "waiver": ("waived: {reason}", "豁免理由：{reason}"),
    "waiver_idle": ("holds; the waiver can go: {reason}", "已通过，可撤销豁免：{reason}"),
    "tally": (
        "{passed} checks hold, {failed} fail, {waived} are waived.",
        "{passed} 项检查通过，{failed} 项未通过，{waived} 项豁免。",
    ),
    "waived_many": ("At most {most} may be waived.", "至多豁免 {most} 项。"),
    "document": ("document", "文件"),
    "scope": ("scope", "范围"),
    "deadline": ("by", "期限"),
    "status": ("status", "状态"),
    "kind_model_outcome": ("model outcome", "模型结果"),
    "kind_tracked_indicator": ("tracked indicator", "跟踪指标"),
    "kind_lever_setting": ("lever setting", "政策设定"),
    "kind_checklist": ("checklist", "清单事项"),
    "status_judged": ("judged", "模型评判"),
    "status_tracked": ("tracked", "有跟踪数据"),
    "status_no_data": ("no data", "无数据"),
    "status_done": ("done", "已完成"),
    "status_not_done": ("not done", "未完成"),
    "status_open": ("open", "待定"),
    "decreasing": ("decreasing", "下降"),
    "no_number": ("no number", "无数值"),
    "board": (
        "{all} targets: {judged} judged by the model, {tracked} tracked, {without} without data, "
        "{done} done, {undone} not done, {open} open.",
        "共 {all} 个目标：模型评判 {judged} 个，有跟踪数据 {tracked} 个，无数据 {without} 个，"
        "已完成 {done} 个，未完成 {undone} 个，待定 {open} 个。",
    ),
    "region_counties": ("{count} counties together.", "共 {count} 个县（市）合计。"),
    "region_open": (
        "Not closed: people who come to these counties leave others, which the region does not contain.",
        "未封闭：迁入这些县的人口来自区域以外，未作平衡。",
    ),
    "region_closed": (
        "Closed: {flow} of all counties adds up to {total:,.0f} by {year:g}, by a common factor on "
        "{factor_on} ({baseline:.3f} in the baseline, {plan:.3f} in the plan): {reason}.",
        "封闭：各县 {flow} 至 {year:g} 年合计为 {total:,.0f}，由 {factor_on} 的共同系数实现"
        "（基线 {baseline:.3f}，规划 {plan:.3f}）：{reason}。",
    ),
    "swept": (
        "{runs} runs ({members} members, scenarios: {scenarios}) on {cores} cores in {elapsed} s: "
        "{rate} runs a second, {failed} failed. Stored in {folder}.",
        "{cores} 核运行 {runs} 次（{members} 组抽样，{scenarios} 个情景），用时 {elapsed} 秒，"
        "每秒 {rate} 次，失败 {failed} 次。已存入 {folder}。",
    ),
    "interrupted": (
        "Interrupted; {stored:,} of {members:,} members are stored in {folder}. Go on with --resume.",
        "已中断；{folder} 中已存 {stored:,} 组，共 {members:,} 组。加 --resume 可继续。",
    ),
    "failed_runs": (
        "{failed} runs failed; they are kept in {folder}, flagged, and meet no target:",
        "{failed} 次运行失败；已标记并保留在 {folder} 中，一律视为未达标：",
    ),
    "all_hold": ("All {count} checks hold.", "{count} 项检查全部通过。"),
    "some_fail": ("{failed} of {count} checks failed.", "{count} 项检查中 {failed} 项未通过。"),
}


def default_language() -> Language:
    """Return Chinese on a Chinese system, else English."""
    said = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next(filter(None, said), None) or locale.getlocale()[0] or ""
    return Language.zh if chosen.lower().startswith(("zh", "chinese")) else Language.en
