"""Documents grown in number: for seconds in the tests, for hours by hand.

    python tests/fuzz/growing.py 100000 [FORMAT ...]

prints for each format how many were read and refused, and the smallest document of each fault it finds.
"""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from pathlib import Path

import docx
import numpy as np
import xarray as xr
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz.documents import DRAFT, FORMATS, VILLAGE, Document, formats
from fuzz.reading import Reading

import simcounty as sc
from simcounty.files import save
from simcounty.files.copies import copy_workbook

SHARES = {"mdl": 6, "xmile": 5, "toml": 3, "csv": 3, "md": 1, "xlsx": 1, "docx": 1, "nc": 1}
"""How many documents of a format, beside the others; workbooks take longest."""


class DocumentError(AssertionError):
    """What is wrong with how reading a document ended."""


def good_files(folder: Path) -> dict[str, bytes]:
    """Write a workbook, a Word draft and a posterior of the village; return what is in them by format."""
    for name, content in VILLAGE.items():
        (folder / name).write_bytes(content)
    plan = sc.load(folder / "plan.toml")
    book = copy_workbook(plan, folder / "copy")[0]
    draft = docx.Document()
    for line in DRAFT.replace("`{{不是标签}}`", "").split("\n"):
        draft.add_paragraph(line)
    draft.save(str(folder / "d.docx"))
    pulls = np.linspace(1e-5, 1e-3, 8)
    posterior = save(posterior_of(pulls, plan.model.hash), folder / "p.nc")
    return {"xlsx": book.read_bytes(), "docx": (folder / "d.docx").read_bytes(), "nc": posterior.read_bytes()}


def posterior_of(pulls: np.ndarray, model_hash: str) -> xr.Dataset:
    """Return draws of how the reward pulls in the village as `simcounty calibrate` stores them."""
    draws = pulls[:, None, None]
    about = {
        "calibration": "village", "calibration_hash": "0" * 64, "title": "made up", "model": "village.mdl",
        "model_hash": model_hash,
        "priors": '{"pull_of_reward": {"keys": ["pull_of_reward"], "relative": false}}',
    }  # fmt: skip
    return xr.Dataset(
        {"county_draws": (("sample", "county", "parameter"), draws),
         "other_draws": (("sample", "group", "parameter"), draws)},
        coords={
            "county": ["village"], "county_code": ("county", ["000001"]), "group": [""],
            "parameter": ["pull_of_reward"],
        },
        attrs=about,
    )  # fmt: skip


def grow(name: str, good: dict[str, bytes], number: int, reading: Reading, seed: int = 0) -> None:
    """Read so many documents of a format; raise DocumentError with the smallest that ends badly."""

    @settings(
        max_examples=number, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(document=formats(good)[name]())
    def read(document: Document) -> None:
        if fault := reading.fault(document):
            raise DocumentError(f"{document.opened}: {fault}\n{shown(document)}")

    seeded(seed)(read)()


def shown(document: Document) -> str:
    """Return what was opened, as far as it is worth reading."""
    content = document.files[document.opened]
    return (
        content.decode("utf-8", "backslashreplace")[:2000]
        if b"\0" not in content
        else f"{len(content)} bytes"
    )


def main(number: int, names: list[str]) -> int:
    """Grow documents of some formats, or of all; return whether any fault was found."""
    warnings.simplefilter("ignore")  # of documents that are long to print
    faults, total = 0, sum(SHARES[name] for name in names)
    with tempfile.TemporaryDirectory() as folder:
        good, reading = good_files(Path(folder)), Reading(Path(folder) / "read")
        for name in names:
            reading.ended.clear()
            began, left = time.monotonic(), number * SHARES[name] // total
            while left > 0:
                part = min(left, 2000)
                left -= part
                try:
                    grow(name, good, part, reading, seed=time.time_ns())
                except DocumentError as fault:
                    faults += 1
                    print(fault, flush=True)
            ended = ", ".join(f"{count} {how}" for how, count in sorted(reading.ended.items()))
            print(f"{name}: {ended}; {time.monotonic() - began:.0f} s", flush=True)
        reading.close()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:] or list(FORMATS)))
