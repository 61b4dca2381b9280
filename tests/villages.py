"""Villages of other plans: tests/village, copied and changed, and what its equations give by hand."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

VILLAGE = Path(__file__).parent / "village"
FIRST_DAY, FULL_EFFECT, START, END, STEP = 2022.5, 2024.0, 2020.0, 2030.0, 1 / 16
MOST = 5000.0  # yuan: the top of the range the clause gives the reward

CONSTRAINTS = """
[[constraint]]
name = "Purse"
label = "钱袋"
variable = "spending"
value = [-inf, {most}]
reason = "the village has no more money"
"""

UNCERTAIN = """
[uncertainties.moving_rate]
low = 0.01
high = 0.05
assumption = "made up for the tests"
"""


def copied(
    folder: Path, changes: Mapping[str, tuple[str, str]] | None = None, purse: float | None = None
) -> Path:
    """Copy the village, change a text in some of its files, and return its plan, which sets no reward.

    purse: a constraint, the yuan a year that may be spent at most.
    """
    for file in VILLAGE.iterdir():
        shutil.copy(file, folder / file.name)
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text("utf-8").partition("[levers]")[0], "utf-8")
    for name, (old, new) in (changes or {}).items():
        text = (folder / name).read_text("utf-8")
        assert old in text, f"{name} does not say {old}"
        (folder / name).write_text(text.replace(old, new), "utf-8")
    if purse is not None:
        (folder / "constraints").mkdir()
        (folder / "constraints" / "village.toml").write_text(CONSTRAINTS.format(most=purse), "utf-8")
    return plan


def lived(reward: float, moving_rate: float = 0.02) -> tuple[float, float]:
    """Return the town share at the end of 2030 in %, and what was spent in 2030 in 万元, step by step.

    2,000 live in villages and 1,000 in town; the plan opens the town by 0.9 instead of 0.5 from its first
    day, and the reward rises on a straight line from there to its full effect.
    """
    rural, spent = 2000.0, 0.0
    for k in range(round((END - START) / STEP)):
        time = START + k * STEP
        opened = 0.9 if time >= FIRST_DAY else 0.5
        paid = reward * min(1.0, max(0.0, (time - FIRST_DAY) / (FULL_EFFECT - FIRST_DAY)))
        moves = rural * moving_rate * (opened + 0.0001 * paid)
        spent += STEP * moves * paid if time >= END - 1 else 0.0
        rural -= STEP * moves
    return 100.0 * (3000.0 - rural) / 3000.0, spent / 1e4
