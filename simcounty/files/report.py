"""Reports that go straight into a plan draft: one content, written for Word, Excel and Markdown."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.atomic import atomic_write, writable_file
from simcounty.errors import Findings, InputError, repeated
from simcounty.presentation.messages import Language, Messages

if TYPE_CHECKING:
    from simcounty.presentation.report.blocks import Report
    from simcounty.scenario import Scenario

__all__ = ["report"]

SUFFIXES: Mapping[str, str] = {"docx": ".docx", "xlsx": ".xlsx", "md": ".md"}


def report(
    scenarios: Scenario | Sequence[Scenario],
    docx: str | Path | None = None,
    xlsx: str | Path | None = None,
    md: str | Path | None = None,
    lang: str = "zh",
    date: datetime.date | None = None,
) -> list[Path]:
    """Run scenarios beside their baselines and write reports of them; return the files.

    docx: for Word; xlsx: every series, with definitions; md: Markdown, its figures in a folder beside it.
    Each file is written whole or not at all. The same scenarios and the same `date`, by default today's,
    give the same bytes. Raises InputError, all findings at once, for files that cannot be written.

    >>> report(plan, xlsx="tonglu.xlsx")[0].name
    'tonglu.xlsx'
    """
    from simcounty.presentation.report.content import content
    from simcounty.presentation.report.data import tell

    asked = list(scenarios) if isinstance(scenarios, Sequence) else [scenarios]
    files = files_for(asked, {"docx": docx, "xlsx": xlsx, "md": md}, lang)
    told = [tell(each) for each in asked]
    made = content(told, Messages(Language(lang)), date or datetime.date.today())
    return [each for kind, file in files.items() for each in WRITERS[kind](made, file)]


def files_for(
    scenarios: Sequence[Scenario], given: Mapping[str, str | Path | None], lang: str
) -> dict[str, Path]:
    """Return the files to write, by their kind; find out before a run what cannot be done."""
    files = {kind: Path(path) for kind, path in given.items() if path is not None}
    findings = [] if scenarios else ["no scenario to report on; give at least one."]
    names = [each.name for each in scenarios]
    findings += [f"{name} stands twice. Name each scenario once." for name in repeated(names)]
    if lang not in list(Language):
        findings.append(f"lang = {lang!r}: choose one of {', '.join(Language)}.")
    if not files:
        findings.append("nothing to write. Give --docx, --xlsx or --md with the name of a file.")
    for kind, file in files.items():
        if file.suffix.lower() != SUFFIXES[kind]:
            findings.append(f"--{kind} {file}: such a file ends in {SUFFIXES[kind]}. Name it so.")
        try:
            writable_file(file)
        except InputError as error:
            findings.append(str(error))
    Findings(findings).raise_as(InputError, "no report can be made:")
    return files


def _docx(made: Report, file: Path) -> list[Path]:
    from simcounty.files import docx

    with atomic_write(file) as part:
        docx.write(made, part)
    return [file]


def _xlsx(made: Report, file: Path) -> list[Path]:
    from simcounty.files import report_workbook

    report_workbook.write(made, file)
    return [file]


def _md(made: Report, file: Path) -> list[Path]:
    from simcounty.files import markdown

    with atomic_write(file) as part:
        pictures = markdown.write(made, part, file)
    return [file, *pictures]


WRITERS: Mapping[str, Callable[[Report, Path], list[Path]]] = {"docx": _docx, "xlsx": _xlsx, "md": _md}
