"""What several tests share: tiny models, one a feature, and the county, compiled once."""

from __future__ import annotations

from pathlib import Path

import pytest

import simcounty as sc
from simcounty.catalog import MODEL, find
from simcounty.model import Model

MODELS = Path(__file__).parent / "models"


@pytest.fixture(scope="session")
def tiny() -> dict[str, Model]:
    """Every model of tests/models by its name."""
    return {file.stem: sc.load_model(file) for file in sorted(MODELS.glob("*.mdl"))}


@pytest.fixture(scope="session")
def county() -> Model:
    model: Model = sc.load_model(find(MODEL, "county"))
    return model
