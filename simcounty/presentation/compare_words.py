"""What `simcounty compare` says, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

COMPARE_WORDS: Mapping[str, tuple[str, str]] = {
    "variable": ("variable", "变量"),
    "comparing": ("Running {count} scenarios …", "正在运行 {count} 个情景 ……"),
    "dividing": (
        "Dividing the change from {before} to {after}: every mixture of the two is run …",
        "正在分解由 {before} 到 {after} 的变化：逐一运行两者的各种组合 ……",
    ),
    "compare_reading": (
        "Δ: difference from {first}. ✓ met, ✗ missed, – not judged.",
        "Δ：与 {first} 之差。✓ 达到，✗ 未达到，– 不适用。",
    ),
    "compare_index": (
        "Amounts of counties of different size are an index; --per KEY divides them by a variable instead.",
        "各县规模不同，总量以指数比较；可用 --per 变量名 改为除以该变量（如人均）。",
    ),
    "compare_per": (
        "Amounts of counties of different size are divided by {per}.",
        "各县规模不同，总量除以{per}。",
    ),
    "compare_and": ("; ", "；"),
    "index_of": ("{base} = 100", "{base} 年 = 100"),
    "compare_line": ("{line}: {label} {bound}: {stands}", "{line}：{label} {bound}：{stands}"),
    "compare_stand": ("{scenario} {worst} in {year} – {stand}", "{scenario} {year} 年 {worst}，{stand}"),
    "compare_unseen": ("{scenario} holds none of its years", "{scenario} 未涵盖其年份"),
    "waterfall_of": (
        "{label}, {year}: {low} in {before}, {high} in {after}, {change}",
        "{label}，{year} 年：{before} {low}，{after} {high}，{change}",
    ),
    "adds": ("adds", "贡献"),
    "adds_first": ("alone", "最先采用"),
    "adds_last": ("last of all", "最后采用"),
    "adds_all": ("all of them", "合计"),
    "waterfall_reading": (
        "Shares are Shapley values: what a lever adds, averaged over all orders in which they may move; "
        "{runs:,} runs, exact. Where alone and last of all are far apart a lever acts through the others.",
        "贡献为 Shapley 值：各种采用次序下新增量的平均，{runs:,} 次运行，精确值。"
        "最先与最后采用时相差大的，其作用依赖其他杠杆。",
    ),
    "waterfall_clauses": (
        "Levers of one clause are taken together; --group NAME=LEVER,LEVER names other groups.",
        "同一条款的杠杆合并计算；可用 --group 名称=杠杆,杠杆 另行归组。",
    ),
}
