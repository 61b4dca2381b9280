"""Ensembles: many members of a scenario or a model, drawn by a design."""

from simcounty.sampling.ensemble import Ensemble, vary

__all__ = ["Ensemble", "vary"]
