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


XMILE = """<?xml version="1.0" encoding="utf-8"?>
<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
 xmlns:isee="http://iseesystems.com/XMILE">
<header><vendor>v</vendor><product version="1">p</product></header>
<sim_specs method="{method}" time_units="Months"><start>0</start><stop>{stop}</stop><dt>{dt}</dt></sim_specs>
"""


def write_xmile(
    folder: Path, variables: str, around: str = "", method: str = "Euler", stop: float = 5, dt: float = 1
) -> Path:
    """Write a model of some variables; `around` are other parts of the file."""
    file = folder / "m.xmile"
    head = XMILE.format(method=method, stop=stop, dt=dt)
    body = f"<model><variables>{variables}</variables></model>"
    file.write_text(f"{head}{body}{around}</xmile>", "utf-8")
    return file


def aux(name: str, equation: str) -> str:
    """Return an auxiliary of XMILE."""
    escaped = equation.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<aux name="{name}"><eqn>{escaped}</eqn></aux>'
