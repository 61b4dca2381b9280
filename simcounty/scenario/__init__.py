"""What is asked of a model: scenarios, the county and policy files they name, ensembles of them."""

from simcounty.scenario.county import County, CountyValue, Observation
from simcounty.scenario.ensemble import Ensemble, vary
from simcounty.scenario.loading import load, load_county, load_policy, under
from simcounty.scenario.policy import Clause, Lever, Policy
from simcounty.scenario.scenario import Scenario
from simcounty.scenario.settings import Setting, Span
from simcounty.scenario.targets import Target
from simcounty.scenario.writing import save_scenario

__all__ = [
    "Clause",
    "County",
    "CountyValue",
    "Ensemble",
    "Lever",
    "Observation",
    "Policy",
    "Scenario",
    "Setting",
    "Span",
    "Target",
    "load",
    "load_county",
    "load_policy",
    "save_scenario",
    "under",
    "vary",
]
