"""`simcounty proof`: the tagged numbers of a draft, compared with fresh runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simcounty.cli import options
from simcounty.errors import InputError
from simcounty.presentation.terminal import Terminal
from simcounty.presentation.validation import proof_records, proof_view, raise_differences


def proof(
    lang: options.Lang,
    drafts: Annotated[
        list[str],
        typer.Argument(metavar="DRAFT…", help="Drafts (.md, .txt, .docx) whose numbers are tagged."),
    ],
    fill: Annotated[
        bool, typer.Option("--fill", help="Write the tagged numbers that a draft leaves blank.")
    ] = False,
    update: Annotated[
        bool, typer.Option("--update", help="Write fresh numbers where a draft's do not agree.")
    ] = False,
    clean: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a copy of a draft without its tags.")
    ] = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare the numbers of a draft with fresh runs of the scenarios that their tags name."""
    from simcounty import proofing

    if clean and len(drafts) > 1:
        raise InputError(f"--clean {clean}: is for one draft, and {len(drafts)} are given.")
    terminal = Terminal(lang, quiet)
    checked = []
    for path in drafts:
        terminal.message("proofing", file=path)
        checked.append(proofing.proof(path, fill, update))
    records = proof_records(checked)
    terminal.show(records, proof_view, json)
    for draft in checked:
        if draft.written:
            terminal.message("filled", count=len(draft.written), file=draft.path)
    raise_differences(records, terminal.words)
    if clean:
        terminal.wrote([proofing.clean_draft(drafts[0], clean)])
    terminal.message("tags_hold", count=len(records))
