"""What people call a variable, by its key or its Chinese label, and the key that the model knows it by."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable, Mapping

from simcounty.errors import InputError
from simcounty.model.graph import Element, element_key

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
            by_element = (each.key, each.label, element_key(each.about.label, each.subscripts))
            for name in by_element:
                found.setdefault(spelled(name), {})[each.key] = None
        for name in (key, each.about.label):
            found.setdefault(spelled(name), {})[key] = None
    return found


def names_of(elements: Iterable[Element]) -> list[str]:
    """Return keys and labels, those of variables and of elements, each once."""
    every = [each for each in elements if not each.about.hidden]
    keys = dict.fromkeys(name for each in every for name in (each.key, each.about.key))
    labels = dict.fromkeys(name for each in every for name in (each.about.label, each.label))
    return list({**keys, **labels})


def once(key: str, found: Container[str]) -> str:
    """Return a key that is not among those found; raise InputError for one that is, under another name."""
    if key in found:
        raise InputError(f"is {key}, which stands here already. Keep one of the two.")
    return key
