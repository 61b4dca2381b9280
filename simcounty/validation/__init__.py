"""The permanent tests of a model: check files beside it, and the result of each check.

A model's check files are in `checks/` beside it. Each has a subject (`describe`) and checks: what must hold
(`it`), in which run (`scenario`), by which numbers (`predicate`).

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

Instead of `scenario` a check may have a table of another kind, each in its own module: `ensemble`
(`ensembles`), `scale` (`scale_invariance`), `search` (`lever_search`), `saturation`, `signs`
(`effect_signs`), `family_member`, `holdout` or `forecasts`; `schema` has their keys.
"""

from simcounty.lazy import lazy_names

_HOME = {
    "MOST_WAIVED": "schema",
    "Check": "schema",
    "CheckResult": "schema",
    "ValidationSuite": "schema",
    "companion_files": "check_files",
    "files_of": "check_files",
    "load_suite": "load",
    "run_suite": "run",
    "validate": "run",
}

__all__ = list(_HOME)

__getattr__ = lazy_names("simcounty.validation", _HOME)
