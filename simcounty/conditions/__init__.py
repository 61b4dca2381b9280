"""Measures, predicates and constraints: what a run is held against."""
