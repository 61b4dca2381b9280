"""The permanent tests of a model: data files beside it, run into a scorecard.

A model's check files lie in `checks/` beside it. Each says what it is about (`describe`), and
holds checks: what must hold (`it`), in which run (`scenario`), by which numbers (`predicate`).

    model = "../county.mdl"
    county = "../../scenarios/counties/tonglu.toml"     # else the model's own values
    years = [2020, 2035]                                # else the model's own years
    describe = "Prices"

    [[check]]
    it = "dearer money raises what is produced in money"
    scenario = { inflation = { plus = "1 %" } }         # a number, { times = … }, { plus = … }, dates
    predicate = [
      { variable = "gdp", years = [2022, 2030], change = [0.001, 0.2] },
      { variable = "gdp", years = 2030, elasticity = [0, 1], of = "inflation" },
    ]

Instead of `scenario` a check may have a table `ensemble`, `scale`, `search`, `clips`, `signs`, `family`
or `hindcast`; the files of those names say what they prove, `shapes` which keys there are.
"""

from simcounty.conditions.measures import MOST_WAIVED, Band, Battery, Case, Measured, Predicate, Score
from simcounty.validation.load import companion_files, files_of, load_battery
from simcounty.validation.run import scorecard, scored

__all__ = [
    "MOST_WAIVED",
    "Band",
    "Battery",
    "Case",
    "Measured",
    "Predicate",
    "Score",
    "companion_files",
    "files_of",
    "load_battery",
    "scorecard",
    "scored",
]
