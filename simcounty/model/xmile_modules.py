"""The variables of an XMILE file: those of its model, and of every instance of its modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simcounty.errors import Findings, ModelError
from simcounty.model.ast import Dimension, Equation, key_of
from simcounty.model.graph import About
from simcounty.model.indexing import MOST_ELEMENTS
from simcounty.model.xmile_parts import children, first, local

_VARIABLES = ("stock", "flow", "aux", "gf")


@dataclass(frozen=True)
class XmileVariable:
    """A variable of a model: its XML element, its name within its module, and the module it belongs to."""

    node: Any
    name: str
    module: str

    @property
    def key(self) -> str:
        return within(self.module, self.name)

    @property
    def dims(self) -> tuple[str, ...]:
        return tuple(each.get("name", "") for each in children(self.node, "dimensions", "dim"))


@dataclass
class XmileContent:
    """What has been read of a file so far; `inputs` are where values come from that modules are given."""

    variables: dict[str, XmileVariable] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    about: dict[str, About] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    own: frozenset[str] = frozenset()
    dimensions: dict[str, Dimension] = field(default_factory=dict)
    modules: int = 0


def within(module: str, name: str) -> str:
    """Return the key of a name in a module."""
    own = key_of(name.replace("\\n", " "))
    return f"{module}.{own}" if module else own


def collect(
    models: Mapping[str, Any], model: str, module: str, reading: XmileContent, inside: tuple[str, ...]
) -> None:
    """Collect the variables of a model under the name of its module, and of the modules inside it."""
    node = models[model]
    holder = first(node, "variables")
    for child in node if holder is None else holder:
        kind = local(child)
        if kind in _VARIABLES and child.get("name"):
            variable = XmileVariable(child, child.get("name"), module)
            if variable.key in reading.variables:
                reading.findings.append(f"{variable.key}: is defined twice. Line {child.sourceline}.")
            reading.variables[variable.key] = variable
        elif kind == "module":
            _collect_module(models, child, module, reading, (*inside, model))


def _collect_module(
    models: Mapping[str, Any], node: Any, module: str, reading: XmileContent, inside: tuple[str, ...]
) -> None:
    key = within(module, node.get("name", ""))
    named = next((value for name, value in node.attrib.items() if name.endswith("model_name")), None)
    of = key_of(named or node.get("name", ""))
    reading.modules += 1
    if max(reading.modules, len(reading.variables)) > MOST_ELEMENTS:
        raise ModelError(f"line {node.sourceline}: its modules have more than {MOST_ELEMENTS:,} variables.")
    if of not in models or of in inside:
        what = (
            "contains itself"
            if of in inside
            else f"is of a model {named or node.get('name')!r} that the file has not"
        )
        reading.findings.append(f"{key}: this module {what}. Line {node.sourceline}.")
        return
    for connect in children(node, "connect"):
        to, source = connect.get("to", ""), connect.get("from", "")
        target = absolute(to, module) if "." in to else within(key, to)
        reading.inputs[target] = absolute(source, module)
    collect(models, of, key, reading, inside)


def absolute(name: str, module: str) -> str:
    """Return the key of a name as written in a module; a dot before it leads to the outermost model."""
    parts = [key_of(part) for part in name.replace("\\n", " ").lstrip(".").split(".")]
    return ".".join(parts if name.startswith(".") or not module else [module, *parts])
