"""What is shipped is found: in a checkout beside the package, in a wheel inside it."""

from pathlib import Path

import pytest

from simcounty import catalog
from simcounty.errors import InputError


def test_names_are_paths_within_their_folder() -> None:
    assert "county" in catalog.names(catalog.MODEL)
    assert "tonglu" in catalog.names(catalog.COUNTY)
    assert "hangzhou-2023" in catalog.names(catalog.POLICY)
    assert {"tonglu/baseline", "tonglu/plan-2027"} <= set(catalog.names(catalog.SCENARIO))


def test_counties_and_policies_are_no_scenarios() -> None:
    assert not [
        name for name in catalog.names(catalog.SCENARIO) if name.startswith(("counties/", "policies/"))
    ]


def test_a_name_works_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert catalog.find(catalog.SCENARIO, "tonglu/plan-2027").is_file()


def test_a_file_here_goes_before_a_shipped_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tonglu").mkdir()
    (tmp_path / "tonglu" / "plan-2027").write_text("mine", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert catalog.find(catalog.SCENARIO, "tonglu/plan-2027").read_text(encoding="utf-8") == "mine"


def test_a_folder_of_the_name_here_does_not_hide_what_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "county").mkdir()
    monkeypatch.chdir(tmp_path)
    assert catalog.find(catalog.MODEL, "county").suffix == ".mdl"


def test_a_wheel_carries_its_files_inside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "simcounty" / "_shipped" / "scenarios" / "fuping"
    inside.mkdir(parents=True)
    (inside / "plan.toml").touch()
    checks = tmp_path / "simcounty" / "_shipped" / "models" / "checks"
    checks.mkdir(parents=True)
    (checks / "land.toml").touch()
    (tmp_path / "scenarios").mkdir()  # something of that name beside an installed package is not ours
    monkeypatch.setattr(catalog, "__file__", str(tmp_path / "simcounty" / "catalog.py"))
    assert list(catalog.names(catalog.SCENARIO)) == ["fuping/plan"]
    assert list(catalog.names(catalog.CHECKS)) == ["land"]
    assert catalog.names(catalog.MODEL) == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tonglu/plan-2072", "Did you mean 'tonglu/plan-2027'"),
        ("plan.tmol", "no shipped scenario of that name"),
        ("nowhere/plan.toml", "three-counties/baseline"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(given: str, said: str) -> None:
    with pytest.raises(InputError, match="there is no such file") as refused:
        catalog.find(catalog.SCENARIO, given)
    assert said in str(refused.value)


def test_a_folder_is_refused_with_a_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.toml").touch()
    with pytest.raises(InputError, match=r"is a folder.*a\.toml"):
        catalog.find(catalog.SCENARIO, tmp_path)
    with pytest.raises(InputError, match="holds no model file"):
        catalog.find(catalog.MODEL, tmp_path)
