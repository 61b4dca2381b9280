"""Figures in Chinese, legible in greyscale."""

from simcounty.plot.look import styled
from simcounty.plot.trajectories import trajectories

__all__ = ["styled", "trajectories"]
