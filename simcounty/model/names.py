"""What people call a variable, by its key or its Chinese label, and the key that the model knows it by."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Mapping
from functools import cache

from simcounty import catalog, toml_files
from simcounty.errors import InputError
from simcounty.language import said
from simcounty.model.graph import Element, element_key

SUBSCRIPTS = "models/subscripts.toml"
BRACKETS = str.maketrans("()", "[]")


def spelled(name: str) -> str:
    """Return a name without blanks, with plain letters, and with square brackets for any others.

    >>> spelled("年龄权重（young， old）"), spelled("weight［young］")
    ('年龄权重[young,old]', 'weight[young]')
    """
    return "".join(unicodedata.normalize("NFKC", name).split()).translate(BRACKETS)


def keys_by_name(variables: Mapping[str, Iterable[Element]]) -> dict[str, dict[str, None]]:
    """Return the keys that every name means, spelled: keys and labels of variables and of their elements."""
    found: dict[str, dict[str, None]] = {}
    for key, elements in variables.items():
        for each in elements:
            plain = element_key(each.about.label, each.subscripts)
            by_element = (each.key, each.label, chinese_name(each), plain)
            for name in by_element:
                found.setdefault(spelled(name), {})[each.key] = None
        for name in (key, each.about.label):
            found.setdefault(spelled(name), {})[key] = None
    return found


def chinese_name(element: Element) -> str:
    """Return the label of an element, with what its subscripts are called in Chinese.

    >>> chinese_name(model.constants["initial_adequacy[elder_care]"])
    '初始满足率（养老）'
    """
    inside = "，".join(_subscripts().get(each, each) for each in element.subscripts)
    return f"{element.about.label}（{inside}）" if inside else element.about.label


@cache
def _subscripts() -> Mapping[str, str]:
    return toml_files.tomllib_table(catalog.home() / SUBSCRIPTS)


def names_of(elements: Iterable[Element]) -> list[str]:
    """Return keys and labels, those of variables and of elements, each once."""
    every = [each for each in elements if not each.about.hidden]
    keys = dict.fromkeys(name for each in every for name in (each.key, each.about.key))
    labels = dict.fromkeys(name for each in every for name in (each.about.label, chinese_name(each)))
    return list({**keys, **labels})


def once(key: str, found: Container[str]) -> str:
    """Return a key that is not among those found; raise InputError for one that is, under another name."""
    if key in found:
        raise InputError(said("name.repeated", key=key), "name")
    return key
