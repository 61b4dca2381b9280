"""The one place that finds what travels with simcounty: models, counties, policies, scenarios.

In a checkout and in an editable install they lie beside the package, in a wheel inside it
(`simcounty/_shipped`). A shipped thing's name is its path inside its folder, without suffix:
the scenario `tonglu/plan-2027`, the county `tonglu`, the model `county`. A model's check files lie in
`checks/` beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simcounty.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Kind:
    """A kind of shipped file: what users call it, where it lies, how its names end."""

    noun: str
    folder: str
    suffixes: tuple[str, ...]
    without: tuple[str, ...] = ()


MODEL = Kind("model", "models", (".mdl", ".xmile", ".stmx"))
CHECKS = Kind("check file", "models/checks", (".toml",))
COUNTY = Kind("county", "scenarios/counties", (".toml",))
POLICY = Kind("policy", "scenarios/policies", (".toml",))
SCENARIO = Kind("scenario", "scenarios", (".toml",), without=("counties", "policies"))


def home() -> Path:
    """Return the folder that holds `models/` and `scenarios/`.

    >>> (home() / "scenarios").is_dir()
    True
    """
    package = Path(__file__).resolve().parent
    inside = package / "_shipped"
    return inside if inside.is_dir() else package.parent


def names(kind: Kind) -> Mapping[str, Path]:
    """Return every shipped file of a kind by its name, in alphabetical order.

    >>> "tonglu" in names(COUNTY)
    True
    """
    folder = home() / kind.folder
    found = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix in kind.suffixes and inside.parts[0] not in kind.without:
            found[inside.with_suffix("").as_posix()] = path
    return found


def find(kind: Kind, given: str | Path) -> Path:
    """Return the file that `given` means: a path if there is such a file, else a shipped name.

    >>> find(SCENARIO, "tonglu/baseline").name
    'baseline.toml'
    """
    path = Path(given)
    if path.is_file():
        return path
    shipped = names(kind)
    name = path.as_posix()
    if name in shipped:
        return shipped[name]
    raise InputError(_not_found(kind, path, shipped))


def _not_found(kind: Kind, path: Path, shipped: Mapping[str, Path]) -> str:
    if path.is_dir():
        inside = sorted(str(file) for file in path.iterdir() if file.suffix in kind.suffixes)
        choice = f"name one file in it, such as {inside[0]}" if inside else f"it holds no {kind.noun} file"
        return f"{path}: is a folder, not a {kind.noun} file; {choice}."
    beside = [str(file) for file in path.parent.glob(f"*{path.suffix}")] if path.suffix else []
    guess = did_you_mean(str(path), [*shipped, *beside])
    return (
        f"{path}: there is no such file, and no shipped {kind.noun} of that name.{guess} "
        f"Shipped: {', '.join(shipped) or 'none'}."
    )
