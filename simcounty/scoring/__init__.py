"""Runs without a plan held against what came, beside rules that need no model."""
