"""What the command line says of reports and drafts, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

DRAFT_WORDS: Mapping[str, tuple[str, str]] = {
    "reporting": (
        "Running {count} scenarios beside their baselines and writing the report …",
        "正在测算 {count} 个情景及其基线，并写成报告 ……",
    ),
    "where": ("where", "位置"),
    "tag": ("tag", "标记"),
    "stands": ("stands", "文中"),
    "fresh": ("fresh run", "新测算"),
    "blank": ("BLANK", "待填"),
    "filled_in": ("written", "已写入"),
    "filled": ("{count} numbers written into {file}.", "已在 {file} 中写入 {count} 个数。"),
    "tag_differs": (
        "{file}: {where}: {stands} stands there, a fresh run gives {fresh}{exact}: {tag}",
        "{file}：{where}：文中为 {stands}，新测算为 {fresh}{exact}：{tag}",
    ),
    "tag_blank": (
        "{file}: {where}: no number stands before the tag; --fill writes {fresh}: {tag}",
        "{file}：{where}：标记前没有数值，加 --fill 可写入 {fresh}：{tag}",
    ),
    "tags_fail": (
        "{failed} of {count} tagged numbers do not agree with a fresh run.",
        "{count} 个带标记的数值中有 {failed} 个与新测算不符。",
    ),
    "tags_hold": (
        "All {count} tagged numbers agree with a fresh run.",
        "{count} 个带标记的数值全部与新测算一致。",
    ),
}
