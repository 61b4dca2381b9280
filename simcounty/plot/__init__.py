"""Figures in Chinese, legible in greyscale."""

from simcounty.plot.audit import audit
from simcounty.plot.compare import compare, differences
from simcounty.plot.fan import fan
from simcounty.plot.look import styled
from simcounty.plot.morris import morris
from simcounty.plot.scatter import scatter
from simcounty.plot.tornado import tornado
from simcounty.plot.trajectories import trajectories
from simcounty.plot.waterfall import waterfall

__all__ = [
    "audit",
    "compare",
    "differences",
    "fan",
    "morris",
    "scatter",
    "styled",
    "tornado",
    "trajectories",
    "waterfall",
]
