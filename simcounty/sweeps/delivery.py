"""The delivery of policies in a sweep: drawn once for all scenarios, so that plans stay comparable."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np

from simcounty.sampling.designs import part_of_stream
from simcounty.scenario import Policy, Scenario
from simcounty.scenario.delivery import Delivered, Delivery

PARTS = ("fraction", "delay")
FRACTION, DELAY = "delivered_", "delay_"
"""Begin the coordinates of how much of a policy arrives in a member, and how late."""


def deliveries(scenarios: Sequence[Scenario]) -> Mapping[str, Delivery]:
    """Return how the policies of scenarios are delivered that say it, by the policy's name."""
    every = (policy for each in scenarios if each.levers for policy in each.policies)
    return {name_of(policy): policy.delivery for policy in every if policy.delivery}


def name_of(policy: Policy) -> str:
    """Return what a policy is called in the coordinates of a sweep: the name of its file."""
    return policy.path.stem.replace("-", "_")


def draw(named: Mapping[str, Delivery], place: str, rows: range, seed: int) -> dict[str, Delivered]:
    """Draw how policies are delivered in a place, the same for all levers of a policy."""
    found = {}
    for name, delivery in named.items():
        points = [part_of_stream(f"delivery, {what} of {name} {place}", seed, rows) for what in PARTS]
        fraction, delay = delivery.fraction.quantile(points[0]), delivery.delay.quantile(points[1])
        found[name] = Delivered(np.minimum(fraction, 1.0), delay, delivery.delay.ends[1])
    return found


def joined(parts: Sequence[Mapping[str, Delivered]]) -> dict[str, Delivered]:
    """Return the deliveries of members of several places, one after another."""
    return {
        name: Delivered(
            np.concatenate([part[name].fraction for part in parts]),
            np.concatenate([part[name].delay for part in parts]),
            parts[0][name].longest,
        )
        for name in parts[0]
    }


def levers_delivered(scenario: Scenario, varied: Container[str]) -> dict[str, str]:
    """Return the levers that a scenario sets by a clause, and the policy of each; none that is varied."""
    return {
        lever.key: name_of(policy)
        for policy in scenario.policies
        for lever in policy.levers
        if lever.key in scenario.levers and lever.key in scenario.clause_levers and lever.key not in varied
    }


def delivery_columns(delivered: Mapping[str, Delivered]) -> dict[str, np.ndarray[Any, Any]]:
    """Return what members keep of it: coordinates by name."""
    fractions = {f"{FRACTION}{name}": each.fraction for name, each in delivered.items()}
    return {**fractions, **{f"{DELAY}{name}": each.delay for name, each in delivered.items()}}


def delivery_about(delivered: Mapping[str, Delivered]) -> dict[str, dict[str, str]]:
    """Return the attributes of these coordinates."""
    found = {}
    for name in delivered:
        found[f"{FRACTION}{name}"] = {"role": "delivery", "long_name": "政策到位比例", "units": "Dmnl"}
        found[f"{DELAY}{name}"] = {"role": "delivery", "long_name": "政策到位延迟", "units": "year"}
    return found
