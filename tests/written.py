"""Write a model file from a few equations, one a line."""

from __future__ import annotations

from pathlib import Path

AXIS = """
FINAL TIME = {end} ~ year ~ |
INITIAL TIME = 0 ~ year ~ |
SAVEPER = {save} ~ year ~ |
TIME STEP = {step} ~ year ~ |
"""


def write_model(
    folder: Path, *equations: str, end: float = 4, step: float = 1, save: str = "TIME STEP", name: str = "m"
) -> Path:
    """Write a Vensim file; an equation without `~` gets an empty unit and comment."""
    lines = [e if "~" in e else f"{e} ~ ~ |" for e in equations]
    file = folder / f"{name}.mdl"
    file.write_text("{UTF-8}\n" + "\n".join(lines) + AXIS.format(end=end, step=step, save=save), "utf-8")
    return file
