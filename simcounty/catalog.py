"""The catalog of what is shipped with simcounty: models, counties, policies, scenarios.

In a checkout and in an editable install they are beside the package, in a wheel inside it
(`simcounty/_shipped`). The name of a shipped file is its path inside its folder, without suffix:
the scenario `tonglu/plan-2027`, the county `tonglu`, the model `county`. A county is also
found by its title, 桐庐县, or by 桐庐, without 县, 市 or 区; alone it means its baseline where a scenario is
wanted. The check files of models are in `checks/` beside them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simcounty.errors import InputError, did_you_mean
from simcounty.input_files import alike, is_file, is_folder


@dataclass(frozen=True)
class FileKind:
    """A kind of shipped file: what users call it, its folder, and the suffixes of its files.

    `without` are folders inside that hold no such file; `has` and `lacks` name a key by which its files
    differ from others in the same folder.
    """

    noun: str
    folder: str
    suffixes: tuple[str, ...]
    without: tuple[str, ...] = ()
    has: str = ""
    lacks: str = ""

    def holds(self, path: Path) -> bool:
        """Return whether a file of its folder is of this kind."""
        if path.suffix not in self.suffixes:
            return False
        text = _head(path) if self.has or self.lacks else ""
        return (not self.has or _sets(text, self.has)) and not (self.lacks and _sets(text, self.lacks))


def _head(path: Path) -> str:
    """Return the text of a file as far as it can be read: whoever loads it says why it cannot."""
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return ""


def _sets(text: str, key: str) -> bool:
    return re.search(rf"^{key}\s*=", text, re.MULTILINE) is not None


DATA = ("calibration", "census", "counties", "panel", "policies")
"""Folders beside the scenarios that hold no scenario."""

MODEL = FileKind("model", "models", (".mdl", ".xmile", ".stmx", ".itmx"))
CHECKS = FileKind("check file", "models/checks", (".toml",))
COUNTY = FileKind("county", "scenarios/counties", (".toml", ".xlsx"))
CALIBRATION = FileKind("calibration", "scenarios/calibration", (".toml",))
POLICY = FileKind("policy", "scenarios/policies", (".toml",))
SCENARIO = FileKind("scenario", "scenarios", (".toml",), without=DATA, lacks="members")
REGION = FileKind("region", "scenarios", (".toml",), without=DATA, has="members")


BASELINE = "baseline"
"""The scenario that the name of a county alone means."""

TITLE = re.compile(r'^title\s*=\s*"([^"]+)"', re.MULTILINE)


def home() -> Path:
    """Return the folder that holds `models/` and `scenarios/`.

    >>> (home() / "scenarios").is_dir()
    True
    """
    package = Path(__file__).resolve().parent
    inside = package / "_shipped"
    return inside if inside.is_dir() else package.parent


def names(kind: FileKind) -> Mapping[str, Path]:
    """Return every shipped file of a kind by its name, in alphabetical order.

    >>> "tonglu" in names(COUNTY)
    True
    """
    folder = home() / kind.folder
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if inside.parts[0] not in kind.without and kind.holds(path):
            found[inside.with_suffix("").as_posix()] = path
    return found


def find(kind: FileKind, given: str | Path) -> Path:
    """Return the file that `given` means: a path if there is such a file, else a shipped name.

    >>> find(SCENARIO, "tonglu/baseline").name, find(SCENARIO, "桐庐").name, find(COUNTY, "桐庐县").name
    ('baseline.toml', 'baseline.toml', 'tonglu.toml')
    """
    path = Path(given)
    if is_file(path):
        return path
    shipped = names(kind)
    name = _name(kind, path.as_posix(), shipped)
    if name in shipped:
        return shipped[name]
    raise InputError(_not_found(kind, path, shipped))


def is_shipped(kind: FileKind, given: str) -> bool:
    """Return whether `given` names a shipped file of a kind.

    >>> is_shipped(COUNTY, "桐庐"), is_shipped(MODEL, "桐庐")
    (True, False)
    """
    shipped = names(kind)
    return _name(kind, given, shipped) in shipped


def ships(kind: FileKind, path: Path) -> bool:
    """Return whether a file is a shipped one of a kind, and no copy of it.

    >>> ships(MODEL, find(MODEL, "county")), ships(POLICY, Path("mine.toml"))
    (True, False)
    """
    return path.resolve() in {each.resolve() for each in names(kind).values()}


def _name(kind: FileKind, given: str, shipped: Mapping[str, Path]) -> str:
    """Return the shipped name that is meant, by the name or title of a county; else what is given."""
    if given in shipped or kind not in (COUNTY, SCENARIO):
        return given
    county, _, scenario = given.partition("/")
    name = county if county.isascii() else _county_titles().get(county, county)
    return name if kind == COUNTY and not scenario else f"{name}/{scenario or BASELINE}"


def titles(kind: FileKind) -> dict[str, str]:
    """Return the names of the shipped files of a kind by their titles.

    >>> titles(COUNTY)["桐庐县"]
    'tonglu'
    """
    found: dict[str, str] = {}
    for name, path in names(kind).items():
        said = TITLE.search(path.read_text("utf-8", errors="replace"))
        if said:
            found[said[1]] = name
    return found


def _county_titles() -> dict[str, str]:
    """Return the shipped counties by title, and by title without 县, 市 or 区."""
    found = titles(COUNTY)
    return {title[:-1]: name for title, name in found.items() if title[-1] in "县市区"} | found


def is_region(given: str | Path) -> bool:
    """Return whether `given` means a region file: a path, or a shipped region's name.

    >>> is_region("tonglu/plan-2027")
    False
    """
    path = Path(given)
    return REGION.holds(path) if is_file(path) else path.as_posix() in names(REGION)


def _not_found(kind: FileKind, path: Path, shipped: Mapping[str, Path]) -> str:
    if is_folder(path):
        inside = sorted(str(file) for file in path.iterdir() if file.suffix in kind.suffixes)
        choice = f"name one file in it, such as {inside[0]}" if inside else f"it holds no {kind.noun} file"
        return f"{path}: is a folder, not a {kind.noun} file; {choice}."
    beside = map(str, alike(path) if path.suffix else [])
    titles = _county_titles() if kind in (COUNTY, SCENARIO) and not str(path).isascii() else ()
    guess = did_you_mean(str(path), [*shipped, *beside, *titles])
    return (
        f"{path}: there is no such file, and no shipped {kind.noun} of that name.{guess} "
        f"Shipped: {', '.join(shipped) or 'none'}."
    )
