"""`simcounty check` of a draft: its tagged numbers against fresh runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcounty.errors import ChecksFailed, Findings, InputError
from simcounty.presentation.terminal import Terminal, print_json

if TYPE_CHECKING:
    from simcounty.proofing import Checked
    from simcounty.proofing.files import Draft

COLUMNS = ("file", "where", "tag", "stands", "fresh", "result")
SUFFIXES = (".md", ".markdown", ".txt", ".docx")
NONE = "–"


def are_drafts(paths: Sequence[str]) -> bool:
    """Tell whether drafts are to be checked: they are not mixed with models and scenarios."""
    drafts = [path for path in paths if Path(path).suffix.lower() in SUFFIXES]
    if drafts and len(drafts) < len(paths):
        others = ", ".join(path for path in paths if path not in drafts)
        raise InputError(f"{', '.join(drafts)}: are drafts, and {others} is none. Check them apart.")
    return bool(drafts)


def refuse(given: Mapping[str, object], what: str) -> None:
    """Refuse options that are meant for something else."""
    idle = [f"{name}: {what}" for name, value in given.items() if value]
    Findings(idle).raise_as(InputError, "these options cannot be used:")


def check(
    paths: Sequence[str], terminal: Terminal, json: bool, fill: bool, update: bool, clean: Path | None
) -> None:
    """Check drafts one after the other, and print every tagged number beside the fresh one."""
    from simcounty.proofing.files import check_draft, clean_draft

    if clean and len(paths) > 1:
        raise InputError(f"--clean {clean}: is for one draft, and {len(paths)} are given.")
    drafts = []
    for path in paths:
        terminal.message("checking", file=path)
        drafts.append(check_draft(path, fill, update))
    _tell(drafts, terminal, json)
    for draft in drafts:
        if draft.written:
            terminal.message("filled", count=len(draft.written), file=draft.path)
    failed, count = sum(len(draft.failed) for draft in drafts), sum(len(draft.checked) for draft in drafts)
    if failed:
        raise ChecksFailed(
            "\n".join(
                [*_differences(drafts, terminal), terminal.word("tags_fail", failed=failed, count=count)]
            )
        )
    if clean:
        terminal.message("wrote", files=clean_draft(paths[0], clean))
    terminal.message("tags_hold", count=count)


def _tell(drafts: Sequence[Draft], terminal: Terminal, as_json: bool) -> None:
    if as_json:
        print_json([_record(draft, each) for draft in drafts for each in draft.checked])
        return
    terminal.table(COLUMNS, [_row(draft, each, terminal) for draft in drafts for each in draft.checked])


def _record(draft: Draft, each: Checked) -> dict[str, Any]:
    return {
        "file": str(draft.path),
        "line": each.tag.line + 1,
        "tag": each.tag.text,
        "stands": each.stands or None,
        "unit": each.unit,
        "written": each.written,
        "fresh": each.fresh,
        "result": each.result,
        "changed": each in draft.written,
    }


def _row(draft: Draft, each: Checked, terminal: Terminal) -> Sequence[str]:
    result = (
        "filled_in"
        if each in draft.written
        else {"agrees": "holds", "differs": "fails"}.get(each.result, "blank")
    )
    stands = each.stands if each.stands.strip("_.") else NONE
    return (
        draft.path.name,
        draft.names[each.tag.line],
        each.tag.text,
        stands,
        each.written,
        terminal.word(result),
    )


def _differences(drafts: Sequence[Draft], terminal: Terminal) -> list[str]:
    """Say of each number that failed where it stands, what it is, and what it should be."""
    return [
        terminal.word(
            "tag_differs" if each.result == "differs" else "tag_blank",
            file=draft.path,
            where=draft.names[each.tag.line],
            tag=each.tag.text,
            stands=f"{each.stands} {each.tag.unit}".strip(),
            fresh=f"{each.written} {each.tag.unit}".strip(),
            exact="" if each.fresh is None else f" ({each.fresh:.10g})",
        )
        for draft in drafts
        for each in draft.failed
    ]
