"""`simcounty data`: what is published of counties, prefectures and provinces, year by year."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simcounty.cli import options
from simcounty.presentation.records import Record
from simcounty.presentation.terminal import Terminal

if TYPE_CHECKING:
    import xarray as xr

    from simcounty.accounts.sources import Sources


def data(
    places: Annotated[
        list[str],
        typer.Argument(metavar="PLACE…", help="Counties, prefectures, provinces or 全国, by name or code."),
    ],
    lang: options.Lang,
    variable: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Show this figure only, by key or Chinese name; may be repeated."),
    ] = None,
    panel: options.Panel = None,
    known_by: options.KnownBy = None,
    plot: options.Plot = False,
    out: options.Out = None,
    save: options.SaveTable = None,
    width: options.Width = options.FULL,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show what is published of places, year by year: figures, sources, gaps, breaks."""
    from simcounty.accounts.places import find_places
    from simcounty.accounts.variables import keys_of
    from simcounty.atomic import together
    from simcounty.presentation.panel import panel_record, panel_view

    found, keys = find_places(places), keys_of(variable or ())
    files = _writable(save or ())
    terminal = Terminal(lang, quiet)
    sources = options.read_tables(terminal, panel, known_by=known_by)
    record = panel_record(found, keys, known_by, sources.panel)
    terminal.show(record, panel_view, json)
    with together():
        written = _save(record, files, sources)
        if plot or out:
            from simcounty.files.panel import save_panel_figures

            written += save_panel_figures(_dataset(record, sources), out or Path("out"), width)
    if written:
        terminal.wrote(written)


def _writable(paths: Sequence[Path]) -> list[Path]:
    """Return the files to write, each of a known suffix and in a folder that can be written."""
    if not paths:
        return []
    from simcounty.atomic import writable_file
    from simcounty.files.panel import check_suffix

    files = [check_suffix(path) for path in paths]
    for file in files:
        writable_file(file)
    return files


def _save(record: Record, files: Iterable[Path], sources: Sources) -> list[Path]:
    from simcounty.files.panel import save_panel

    return [save_panel(record, lambda: _dataset(record, sources), file) for file in files]


def _dataset(record: Record, sources: Sources) -> xr.Dataset:
    """Return the Dataset of the places and variables of a record."""
    from simcounty.accounts.dataset import panel

    codes = [place["code"] for place in record["places"]]
    keys = dict.fromkeys(each["key"] for place in record["places"] for each in place["variables"])
    return panel(*codes, variables=keys, known_by=record["known_by"], counties=False, sources=sources)
