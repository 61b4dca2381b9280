"""What is asked of a model: scenarios, the county and policy files they name."""

from simcounty.scenario.county import County, Observation
from simcounty.scenario.county_value import CountyValue
from simcounty.scenario.lever_path import LeverPath, Span
from simcounty.scenario.load import load, load_county, load_policy, under
from simcounty.scenario.policy import Lever, Policy
from simcounty.scenario.save import save_scenario
from simcounty.scenario.scenario import Scenario
from simcounty.scenario.target import Target

__all__ = [
    "County",
    "CountyValue",
    "Lever",
    "LeverPath",
    "Observation",
    "Policy",
    "Scenario",
    "Span",
    "Target",
    "load",
    "load_county",
    "load_policy",
    "save_scenario",
    "under",
]
