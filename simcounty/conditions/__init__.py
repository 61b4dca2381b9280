"""Measures, predicates and constraints: what a run is measured and judged by."""
