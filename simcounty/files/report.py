"""Reports for a plan draft: one content, written for Word, Excel and Markdown."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from simcounty.assessment import assess
from simcounty.atomic import atomic_write, together, writable_file
from simcounty.errors import Findings, InputError, repeated
from simcounty.files import docx as word
from simcounty.files import report_workbook
from simcounty.files.figure import png_bytes
from simcounty.presentation.messages import Language, Messages, chinese_number
from simcounty.presentation.report import content
from simcounty.presentation.report.blocks import Block, Picture, Report, SectionHeading, Text
from simcounty.presentation.report.chapters import listed, source_text
from simcounty.presentation.report.facts import ReportedScenario
from simcounty.presentation.tables import Table

if TYPE_CHECKING:
    from simcounty.scenario import Scenario


__all__ = ["report"]

PANELS = 6  # of a figure, at most


def report(
    scenarios: Scenario | Sequence[Scenario],
    docx: str | Path | None = None,
    xlsx: str | Path | None = None,
    md: str | Path | None = None,
    lang: str = "zh",
    date: datetime.date | None = None,
) -> list[Path]:
    """Run scenarios beside their baselines and write reports on them; return the files.

    docx: for Word; xlsx: every series, with definitions; md: Markdown, its figures in a folder beside it.
    The files are written together or not at all. The same scenarios and the same `date`, by default today's,
    give the same bytes. Raises InputError, all findings at once, for files that cannot be written.

    >>> report(plan, xlsx="tonglu.xlsx")[0].name
    'tonglu.xlsx'
    """
    requested = list(scenarios) if isinstance(scenarios, Sequence) else [scenarios]
    files = files_for(requested, {"docx": docx, "xlsx": xlsx, "md": md}, lang)
    reported = [ReportedScenario(assess(each)) for each in requested]
    made = content(reported, Messages(Language(lang)), date or datetime.date.today(), pictures)
    with together():
        return [each for kind, file in files.items() for each in WRITERS[kind](made, file)]


def files_for(
    scenarios: Sequence[Scenario], files: Mapping[str, str | Path | None], lang: str
) -> dict[str, Path]:
    """Return the files to write, by format. Raise InputError, before any run, for what cannot be done."""
    wanted = {kind: Path(path) for kind, path in files.items() if path is not None}
    names = [each.name for each in scenarios]
    findings = Findings([] if scenarios else ["no scenario to report on; give at least one."])
    findings += [f"{name} stands twice. Name each scenario once." for name in repeated(names)]
    if lang not in list(Language):
        findings.append(f"lang = {lang!r}: choose one of {', '.join(Language)}.")
    if not wanted:
        findings.append("nothing to write. Give --docx, --xlsx or --md with the name of a file.")
    for kind, file in wanted.items():
        if file.suffix.lower() != f".{kind}":
            findings.append(f"--{kind} {file}: such a file ends in .{kind}. Name it so.")
        with findings.at():
            writable_file(file)
    findings.raise_as(InputError, "no report can be made:")
    return wanted


def pictures(reported: ReportedScenario, words: Messages) -> Iterator[Picture]:
    """Yield figures of a scenario's headline variables, each with its source."""
    from simcounty.plot.time_series import trajectories

    scenario = reported.scenario
    names = [words("baseline"), words("plan")] if reported.is_compared else [scenario.title]
    run = reported.run.assign_coords(scenario=names)
    figures = even_parts(reported.headline)
    for place, keys in enumerate(figures, start=1):
        number = chinese_number(place) if words.is_chinese else place
        part = words("report.part", part=number) if len(figures) > 1 else ""
        yield Picture(
            words("report.caption_picture", county=scenario.county.title or scenario.name, part=part),
            cache(partial(trajectories, run, keys, scenario.targets, scenario.county.observations)),
            " ".join(filter(None, (source_text(reported, words), _observed(reported, keys, words)))),
        )


def even_parts(keys: Sequence[str], most: int = PANELS) -> list[list[str]]:
    """Divide variables evenly among figures of at most `most` panels, and in pairs where that is possible.

    >>> [len(each) for each in even_parts(list("abcdefghijk"))]
    [6, 5]
    """
    if not keys:
        return []
    figures = -(-len(keys) // most)
    size = -(-len(keys) // figures)
    size += size % 2 if size > 1 else 0
    return [list(keys[start : start + size]) for start in range(0, len(keys), size)]


def _observed(reported: ReportedScenario, keys: Sequence[str], words: Messages) -> str:
    """Return the sources of the observed values that are drawn."""
    from simcounty.plot.years import history_of

    scenario = reported.scenario
    drawn = history_of(scenario.county.observations, keys, scenario.years.start)
    sources = dict.fromkeys(each.source for each in drawn.observed)
    return words("report.observed", each=listed(sources, words)) if sources else ""


RESERVED = str.maketrans({"|": "\\|", "\n": "<br>", "<": "&lt;", "[": "\\[", "`": "\\`"})


def write_markdown(report: Report, file: Path) -> list[Path]:
    """Write a report, and its pictures in `{stem}-figures/` beside it; return the files, the report first."""
    folder = file.with_name(f"{file.stem}-figures")
    pictures = {each.number: folder / f"figure-{each.number}.png" for each in report.pictures}
    for picture, place in zip(report.pictures, pictures.values(), strict=True):
        with atomic_write(place) as part:
            part.write_bytes(png_bytes(picture.drawn()))
    text = "\n".join(
        _document(report, {number: f"{folder.name}/{each.name}" for number, each in pictures.items()})
    )
    with atomic_write(file) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    return [file, *pictures.values()]


def _document(report: Report, images: dict[int, str]) -> Iterator[str]:
    yield from (f"# {report.title.translate(RESERVED)}", "", report.subtitle.translate(RESERVED), "")
    for block in report.blocks:
        yield from _block(block, report, images)
        yield ""


def _block(block: Block, report: Report, images: dict[int, str]) -> Iterator[str]:
    if isinstance(block, SectionHeading):
        yield f"{'#' * (block.level + 1)} {block.text.translate(RESERVED)}"
    elif isinstance(block, Text):
        yield block.text.translate(RESERVED)
    else:
        is_table = isinstance(block, Table)
        kind = report.words("report.table" if is_table else "report.figure")
        caption = f"**{kind} {block.number}　{block.caption.translate(RESERVED)}**"
        if isinstance(block, Table):
            yield from (caption, "", *_table(block))
        else:
            target = images[block.number].replace(" ", "%20")
            yield from (f"![{block.caption.translate(RESERVED)}]({target})", "", caption)
        yield from ("", block.note.translate(RESERVED)) if block.note else ()


def _table(block: Table) -> Iterator[str]:
    yield _row(column.heading for column in block.columns)
    yield _row("--:" if column.right else ":--" for column in block.columns)
    yield from (_row(row) for row in block.rows)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.translate(RESERVED) for cell in cells)} |"


WRITERS: Mapping[str, Callable[[Report, Path], list[Path]]] = {
    "docx": word.write,
    "xlsx": report_workbook.write,
    "md": write_markdown,
}
"""The formats, by the suffixes of their files."""
