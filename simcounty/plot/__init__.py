"""Figures in Chinese, legible in greyscale."""

from simcounty.plot.audit import audit
from simcounty.plot.calibration import belief, left_out
from simcounty.plot.compare import compare, differences
from simcounty.plot.scatter import scatter
from simcounty.plot.sensitivity import morris, tornado
from simcounty.plot.style import styled
from simcounty.plot.trajectories import fan, trajectories
from simcounty.plot.waterfall import waterfall

__all__ = [
    "audit",
    "belief",
    "compare",
    "differences",
    "fan",
    "left_out",
    "morris",
    "scatter",
    "styled",
    "tornado",
    "trajectories",
    "waterfall",
]
