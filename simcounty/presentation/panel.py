"""What is published of places, year by year: tables, their sources, gaps, breaks and what is set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simcounty.accounts.known import counties_known, known_of
from simcounty.accounts.panel import Figure, Panel, shipped
from simcounty.accounts.places import Place, changes, counties_of
from simcounty.accounts.variables import expected, variables
from simcounty.presentation.formatting import NumberFormat, exact, format_of, with_unit
from simcounty.presentation.messages import Messages
from simcounty.presentation.records import Record
from simcounty.presentation.tables import Column, Table
from simcounty.presentation.wrapping import columns_wide

ACROSS, GAP = 80, 2  # columns of a terminal that a table fills, and between two of its columns
ASIDE = "*"
ORIGIN = "; github:"  # what follows says where a source was copied


def panel_record(
    places: Sequence[Place],
    keys: Sequence[str] = (),
    known_by: int | None = None,
    panel: Panel | None = None,
) -> dict[str, Any]:
    """Return what is published of places as plain data; `data --json` prints it.

    It is that of a panel, by default the one that is shipped.
    """
    records = [_place_record(each, keys, known_by, panel) for each in places]
    return {"known_by": known_by, "places": records}


def _place_record(
    place: Place, keys: Sequence[str], known_by: int | None, panel: Panel | None
) -> dict[str, Any]:
    figures: dict[str, list[Figure]] = {}
    for each in known_of(place, known_by, panel):
        figures.setdefault(each.variable, []).append(each)
    first = list(keys) or expected(place.level)
    shown = list(dict.fromkeys([*first, *([] if keys else variables())]))
    counties = counties_of(place)
    known = counties_known(place, known_by, panel) if counties else {}
    return {
        **{name: value for name, value in asdict(place).items() if name != "followed"},
        "published_as": _published_as(place),
        "found_as": place.followed.name_old if place.followed else None,
        "changes": _changes(place),
        "variables": [_variable_record(key, figures[key], place) for key in shown if key in figures],
        "missing": [_named(key) for key in first if key not in figures],
        "counties": len(counties),
        "counties_known": [
            {**_named(key), "counties": known[key]} for key in keys or expected("county") if key in known
        ],
    }


def _published_as(place: Place) -> str | None:
    """Return the name that sources give a place, where it is another: a former one, or of a part of it."""
    panel = shipped()
    name = panel.name(place.code) if place.code in panel.codes else place.name
    former = {each.name_old for each in changes() if each.code_new == place.code}
    return None if name in {place.name, *former} else name


def _changes(place: Place) -> list[dict[str, Any]]:
    """Return the codes that became a place's, or what its own became; `followed`: their figures are one."""
    return [
        {**asdict(each), "followed": not each.area}
        for each in changes()
        if place.code == each.code_new or (each.area and place.code == each.code_old)
    ]


def _named(key: str) -> dict[str, Any]:
    return {"key": key, "label": variables()[key].label}


def _variable_record(key: str, figures: Sequence[Figure], place: Place) -> dict[str, Any]:
    about, years = variables()[key], [each.year for each in figures]
    return {
        **_named(key),
        **{name: getattr(about, name) for name in ("unit", "kind", "meaning")},
        "notes": [each.text for each in about.notes if place.province in each.provinces],
        "breaks": [
            {"between": each.between, "reason": each.reason}
            for each in about.breaks
            if place.level in each.levels and min(years) <= each.between[0] and max(years) >= each.between[1]
        ],
        "figures": [
            {name: getattr(each, name) for name in ("year", "value", "source", "grade", "set_aside")}
            for each in figures
        ],
    }


def panel_view(record: Record, words: Messages) -> Iterator[Table | str]:
    """Yield, for each place, its tables and what has to be known of them."""
    for number, place in enumerate(record["places"]):
        if number:
            yield ""
        yield from _place_view(place, record["known_by"], words)


def _place_view(place: Record, known_by: int | None, words: Messages) -> Iterator[Table | str]:
    within = "".join(dict.fromkeys(each for each in (place["province"], place["prefecture"]) if each))
    yield words(
        "panel.place", name=place["name"], code=words("comma").join(filter(None, [place["code"], within]))
    )
    if known_by is not None:
        yield words("panel.known_by", year=known_by)
    if place["published_as"]:
        yield words("panel.published_as", name=place["published_as"])
    for change in place["changes"]:
        yield words("panel.followed" if change["followed"] else "panel.apart", **change)
    sources = _Sources.of(place["variables"])
    for table in _tables(place["variables"], sources, words):
        yield ""
        yield table
    yield ""
    yield from _remarks(place, words)
    yield from (words("panel.source", number=number, source=text) for text, number in sources.numbers.items())


def _remarks(place: Record, words: Messages) -> Iterator[str]:
    """Yield what is set aside, where definitions change, what is missing, and how many counties are known."""
    for each in place["variables"]:
        shown = _format(each)
        for figure in each["figures"]:
            if figure["set_aside"]:
                amount = with_unit(exact(shown.factor * figure["value"]), shown.unit)
                about = {"label": each["label"], "year": figure["year"], "amount": amount}
                yield words("panel.set_aside", **about, reason=figure["set_aside"])
        yield from (words("panel.note", label=each["label"], text=text) for text in each["notes"])
    breaks: dict[tuple[int, int, str], list[str]] = {}
    for each in place["variables"]:
        for found in each["breaks"]:
            breaks.setdefault((*found["between"], found["reason"]), []).append(each["label"])
    for (before, after, reason), labels in sorted(breaks.items()):
        listed = words("enumerated").join(labels)
        yield words("panel.break", before=before, after=after, reason=reason, labels=listed)
    if place["missing"]:
        yield words("panel.missing", labels=_labels(place["missing"], words))
    if place["counties"]:
        known = words("enumerated").join(
            f"{each['label']} {each['counties']}" for each in place["counties_known"]
        )
        yield words("panel.counties", count=place["counties"], known=known)


def _labels(variables: Sequence[Record], words: Messages) -> str:
    return words("enumerated").join(each["label"] for each in variables)


@dataclass(frozen=True)
class _Sources:
    """The sources of a place, numbered; `usual` is the number of the most frequent one of each year."""

    numbers: Mapping[str, int]
    usual: Mapping[int, int]

    @classmethod
    def of(cls, variables: Sequence[Record]) -> _Sources:
        counts: dict[int, Counter[str]] = {}
        for each in variables:
            for figure in each["figures"]:
                counts.setdefault(figure["year"], Counter())[_source(figure)] += 1
        ordered = [text for year in sorted(counts) for text, _ in counts[year].most_common()]
        numbers = {text: number for number, text in enumerate(dict.fromkeys(ordered), 1)}
        return cls(numbers, {year: numbers[each.most_common(1)[0][0]] for year, each in counts.items()})

    def mark(self, figure: Record) -> str:
        """Return the mark of a figure: none where it is from its year's usual source and in use."""
        number = self.numbers[_source(figure)]
        source = "" if number == self.usual[figure["year"]] else f"[{number}]"
        return source + (ASIDE if figure["set_aside"] else "")


def _source(figure: Record) -> str:
    return str(figure["source"]).partition(ORIGIN)[0]


def _format(variable: Record) -> NumberFormat:
    """Choose how a variable is written, by what is in use of it."""
    used = [each["value"] for each in variable["figures"] if not each["set_aside"]]
    values = used or [each["value"] for each in variable["figures"]]
    return format_of(variable["unit"], variable["label"], values)


def _tables(variables: Sequence[Record], sources: _Sources, words: Messages) -> Iterator[Table]:
    """Yield tables of as many years as fit across, each with the variables that are known of these."""
    cells: dict[tuple[str, int], str] = {}
    for each in variables:
        shown = _format(each)
        for figure in each["figures"]:
            cells[each["key"], figure["year"]] = shown.number(figure["value"]) + sources.mark(figure)
    heads = {year: f"{year}[{sources.usual[year]}]" for year in sorted(sources.usual)}
    names = {each["key"]: (each["label"], _format(each).unit) for each in variables}
    for years in _blocks(heads, cells, names):
        keys = [key for key in names if any((key, year) in cells for year in years)]
        columns = (
            Column(words.heading("indicator")),
            Column(words.heading("unit")),
            *(Column(heads[year], right=True) for year in years),
        )
        yield Table(
            columns, tuple((*names[key], *(cells.get((key, year), "") for year in years)) for key in keys)
        )


def _blocks(
    heads: Mapping[int, str], cells: Mapping[tuple[str, int], str], names: Mapping[str, tuple[str, str]]
) -> Iterator[list[int]]:
    """Yield the years of each table."""
    block: list[int] = []
    for year in heads:
        if block and _across([*block, year], heads, cells, names) > ACROSS:
            yield block
            block = []
        block.append(year)
    if block:
        yield block


def _across(
    years: Sequence[int],
    heads: Mapping[int, str],
    cells: Mapping[tuple[str, int], str],
    names: Mapping[str, tuple[str, str]],
) -> int:
    """Return the columns of a terminal that the table of some years takes."""
    known = {key for key, year in cells if year in years}
    widths = [max((columns_wide(names[key][place]) for key in known), default=0) for place in (0, 1)]
    for year in years:
        texts = [text for (_, own), text in cells.items() if own == year]
        widths.append(max(map(columns_wide, [heads[year], *texts])))
    return sum(widths) + GAP * (len(widths) - 1)
