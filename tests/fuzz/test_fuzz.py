"""Whatever is handed over is read or refused in words: no traceback, no hang, no memory that runs away.

`python tests/fuzz/growing.py 100000` does it for hours.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fuzz.documents import FORMATS
from fuzz.growing import good_files, grow
from fuzz.reading import Reading

CASES = {"mdl": 150, "xmile": 150, "toml": 100, "csv": 80, "md": 60, "xlsx": 30, "docx": 40, "nc": 40}


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reading]:
    reading = Reading(tmp_path_factory.mktemp("fuzz") / "read")
    yield reading
    reading.close()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return good_files(tmp_path_factory.mktemp("good"))


@pytest.mark.parametrize("name", FORMATS)
def test_every_document_is_read_or_refused(name: str, reading: Reading, good: dict[str, bytes]) -> None:
    reading.ended.clear()
    grow(name, good, CASES[name], reading)
    assert reading.ended["refused"] > 0
