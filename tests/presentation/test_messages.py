"""Every text people read has a code, both languages, and the same placeholders in both."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import simcounty
from simcounty.language import findings, said, use_language
from simcounty.presentation.messages import Language, Messages, catalogue

SOURCE = "\n".join(file.read_text("utf-8") for file in Path(simcounty.__file__).parent.rglob("*.py"))
CODES = sorted(catalogue())
FINDINGS = sorted(findings())


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_both_languages_with_the_same_placeholders(code: str) -> None:
    texts = catalogue()[code]
    assert set(texts) == {"en", "zh"}
    assert placeholders(texts["en"]) == placeholders(texts["zh"])


@pytest.mark.parametrize("code", [each for each in CODES if each.endswith("@time")])
def test_a_text_for_models_in_other_units_stands_beside_one_about_years_and_speaks_of_none(code: str) -> None:
    about_years = catalogue()[code.removesuffix("@time")]
    for language, text in catalogue()[code].items():
        assert placeholders(text) <= placeholders(about_years[language]) | {"in_unit"}
        assert not re.search(r"\byears?\b|年", re.sub(r"\{[^}]*\}", "", text))


def test_every_code_the_package_names_is_in_the_catalogue() -> None:
    named = re.findall(r"\b(?:words|message)\(\s*\"([a-z0-9_.]+)\"", SOURCE)
    assert sorted(set(named) - set(CODES)) == []


def test_no_code_is_left_that_nothing_names() -> None:
    literals = set(re.findall(r"\"([a-z0-9_.]+)\"", SOURCE))
    written = (re.split(r"\{[^}]*\}", each) for each in re.findall(r"f[\"']([a-z_.]*\{[^\"']*)[\"']", SOURCE))
    made = [re.compile("[a-z0-9_]*".join(map(re.escape, parts))) for parts in written if "".join(parts)]
    unused = [
        code
        for code in CODES
        if (plain := code.removesuffix("@time")) not in literals
        and plain.removeprefix("report.") not in literals
        and not any(each.fullmatch(plain) for each in made)
    ]
    assert unused == []


def test_an_unknown_code_is_an_error() -> None:
    with pytest.raises(KeyError):
        Messages(Language.en)("no_such_code")


@pytest.mark.parametrize("code", FINDINGS)
def test_a_finding_says_no_more_in_chinese_than_in_english(code: str) -> None:
    texts = findings()[code]
    assert set(texts) == {"en", "zh"}
    assert placeholders(texts["zh"]) <= placeholders(texts["en"])


def test_findings_are_those_the_package_names() -> None:
    literals = set(re.findall(r"[\"']([a-z0-9_.]+)[\"']", SOURCE))
    made = ("distribution.", "parameter.", "kind.")  # by the names of distributions, their fields, files
    assert [code for code in FINDINGS if code not in literals and not code.startswith(made)] == []
    named = re.findall(r"\bsaid\(\s*[\"']([a-z0-9_.]+)[\"']", SOURCE)
    assert sorted(set(named) - set(FINDINGS)) == []


def test_a_finding_is_written_in_the_language_that_is_chosen() -> None:
    use_language(Language.zh)
    assert said("year.none", given="去年") == "年份“去年”不对。请填写四位年份，如2025。"
    use_language(Language.en)
    assert said("year.none", given="去年").startswith("year is '去年'")
    use_language(None)
