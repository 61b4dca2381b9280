"""The permanent tests of a model: data files beside it, run into a scorecard.

A model's check files lie in `checks/` beside it. Each says what it is about (`describe`), and
holds checks: what must hold (`it`), in which run (`scenario`), by which numbers (`predicate`).
"""

from simcounty.analysis.battery.loading import files_of, load_battery, named_files
from simcounty.analysis.battery.records import Band, Battery, Case, Measured, Predicate, Score
from simcounty.analysis.battery.scoring import scorecard, scored

__all__ = [
    "Band",
    "Battery",
    "Case",
    "Measured",
    "Predicate",
    "Score",
    "files_of",
    "load_battery",
    "named_files",
    "scorecard",
    "scored",
]
