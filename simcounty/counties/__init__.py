"""Counties made from census data, what their values rest on, and regions of counties."""

TEMPLATE = "tonglu/baseline"
"""Whose model, years and headline new baselines take, and the uncertainty of the model's behaviour."""
