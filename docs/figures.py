"""Write the figures that the README pages quote, from fresh runs, between their marks.

    python docs/figures.py                   # the quick ones: verdicts
    python docs/figures.py sweep speed       # 100,000 futures; the benchmark, on a quiet machine
    python docs/figures.py --check           # exit status 1 if a quick one is not what a page says

A page holds `<!-- figures: NAME -->`, the block, and `<!-- end: NAME -->`; whoever changes what is
computed runs this and commits what it wrote.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import simcounty as sc
from simcounty.accounts.places import find_place
from simcounty.accounts.variables import keys_of
from simcounty.assessment import assess
from simcounty.presentation.formatting import goal_text, target_format
from simcounty.presentation.messages import Language, Messages
from simcounty.presentation.panel import panel_record, panel_view
from simcounty.presentation.tables import Table
from simcounty.presentation.terminal import table_text
from simcounty.presentation.verdicts import target_records, verdict_record, verdict_view

ROOT = Path(__file__).parents[1]
PAGES: Mapping[str, Language] = {"README.md": Language.en, "README.zh-CN.md": Language.zh}
COLUMNS = 120  # of the terminal that the pages show
SHOWN = ("地区生产总值", "一般公共预算收入", "金融机构各项贷款余额", "户籍人口", "地方政府债务余额")
"""The figures of a county that the pages show."""

COUNTIES = ("tonglu", "chunan", "jiande")
NAMES: Mapping[str, tuple[str, str]] = {
    "gdp-2027": ("GDP, 亿元", "地区生产总值，亿元"),
    "income-ratio-2027": ("income ratio", "城乡居民收入倍差"),
    "urbanisation-2027": ("in towns, %", "城镇化率，%"),
    "key-investment-2027": ("key projects, 亿元", "重点项目累计投资，亿元"),
    "zone-output-2027": ("output of its zone, 亿元", "开发区总产值，亿元"),
    "county-gdp-2025": ("GDP of the counties in 2025, 亿元", "2025 年县域生产总值合计，亿元"),
    "growth-premium-2025": (
        "their growth above the province's, points a year",
        "年均增速高出全省，百分点",
    ),
    "large-counties-2025": ("counties above 200 亿元 in 2025", "2025 年生产总值 200 亿元以上的县（市）"),
    "waste-treatment-2025": ("waste treated, %", "垃圾无害化处理率，%"),
    "sewage-treatment-2025": ("sewage treated, %", "污水处理率，%"),
    "platform-assets": ("platform assets of the county with least, 亿元", "平台总资产最低的县，亿元"),
    "platform-assets-shaannan": ("the same in 陕南", "同上，陕南"),
    "platform-financing-2022": ("debt of platforms in 2022 over 2020", "2022 年平台融资规模与 2020 年之比"),
}
"""What the pages call the targets of the tables of several counties."""


def verdicts(words: Messages) -> str:
    """Return what `simcounty run tonglu/plan-2027` prints on a terminal."""
    blocks = verdict_view(verdict_record(assess(sc.load("tonglu/plan-2027"))), words)
    text = "\n".join(table_text(each, COLUMNS) if isinstance(each, Table) else each for each in blocks)
    return f"```\n{text.strip(chr(10))}\n```"


def data(words: Messages) -> str:
    """Return what `simcounty data` prints of some figures of 浏阳."""
    record = panel_record([find_place("浏阳")], keys_of(SHOWN))
    blocks = [table_text(each) if isinstance(each, Table) else each for each in panel_view(record, words)]
    return "```\n" + "\n".join(blocks) + "\n```"


def counties(words: Messages) -> str:
    """Return the verdicts of the three Hangzhou counties side by side."""
    found = [verdict_record(assess(sc.load(f"{name}/plan-2027"))) for name in COUNTIES]
    by_name = [{target["name"]: target for target in each["targets"]} for each in found]
    names = [name for name in NAMES if name in by_name[0]]
    rows = [[_name(name, words), *(_cell(each[name], words) for each in by_name)] for name in names]
    return _markdown(["", *(each["county_title"] for each in found)], rows)


def province(words: Messages) -> str:
    """Return the verdicts of 陕西's counties together."""
    region = sc.load_region("shaanxi/plan-2025")
    targets = target_records(sc.run_region(region).verdict, region.targets, region.scenarios[0].model)
    rows = [[_name(each["name"], words), _cell(each, words)] for each in targets]
    return _markdown(["", words.heading("verdict")], rows)


def _name(name: str, words: Messages) -> str:
    return NAMES[name][words.is_chinese]


def _cell(target: Mapping[str, Any], words: Messages) -> str:
    """Write a value, what is asked of it, and whether that is met."""
    value = target_format(target["unit"], target["goal"]).number(target["value"])
    goal = goal_text(words, target["operator"], target["goal"], target["up_to"])
    return f"{value} ({goal}) {words('met' if target['met'] else 'missed')}"


def sweep(words: Messages) -> str:
    """Return the summary of 100,000 futures of 桐庐's plan and its baseline."""
    from simcounty.presentation import probabilities

    plan = sc.load("tonglu/plan-2027")
    found = sc.summary(sc.sweep([plan, sc.load("tonglu/baseline")], 100_000))
    blocks = probabilities.summary_view(probabilities.summary_record(found), words)
    tables = [table_text(each) for each in blocks if isinstance(each, Table)]
    return "```\n" + "\n\n".join(tables) + "\n```"


def speed(words: Messages) -> str:
    """Return the ratios of `tests/benchmarks/speed.py`, measured now."""
    sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))
    from speed import compared

    heads = ["工作", "对照", "比值"] if words.is_chinese else ["work", "against", "ratio"]
    return _markdown(heads, [[line.work, line.peer, line.share] for line in compared()])


def _markdown(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(each)} |" for each in lines)


QUICK: Mapping[str, Callable[[Messages], str]] = {
    "verdicts": verdicts,
    "data": data,
    "counties": counties,
    "province": province,
}
SLOW: Mapping[str, Callable[[Messages], str]] = {"sweep": sweep, "speed": speed}


def written(page: str, language: Language, names: list[str]) -> str:
    """Return a page with the blocks of these names made anew, those it has a mark for."""
    text = (ROOT / page).read_text("utf-8")
    for name in names:
        begin, end = f"<!-- figures: {name} -->\n", f"\n<!-- end: {name} -->"
        if begin in text:
            block = (QUICK | SLOW)[name](Messages(language))
            found = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
            text = found.sub(lambda _, block=block, begin=begin, end=end: begin + block + end, text)
    return text


def main() -> int:
    """Write or check the blocks that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*QUICK, *SLOW, []], help="all quick ones by default")
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    stale = []
    for page, language in PAGES.items():
        text = written(page, language, given.names or list(QUICK))
        if text != (ROOT / page).read_text("utf-8"):
            stale.append(page)
            if not given.check:
                (ROOT / page).write_text(text, encoding="utf-8")
    print("\n".join(f"{page}: {'is stale' if given.check else 'written'}" for page in stale) or "up to date")
    return int(given.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
