"""What varies in a sweep: what the caller names, else what county and policy files say to be uncertain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simcounty import toml_files
from simcounty.calibration.posterior import SUFFIX, joint_of
from simcounty.errors import Findings, ScenarioError
from simcounty.model.names import once
from simcounty.sampling import Ranges, spread
from simcounty.scenario import Scenario
from simcounty.scenario.uncertainty import Correlated, Uncertain, UncertainShape, Uncertainty, bind_uncertain


def uncertain_inputs(
    scenarios: Sequence[Scenario], vary: Ranges | None, file: Path | None, findings: Findings
) -> Uncertain:
    """Return what varies: what the caller names, else what county and policy files call uncertain.

    A posterior takes the place of what they say of its constants; what they say of others stays.
    """
    model = scenarios[0].model
    if file and file.suffix == SUFFIX:
        return _by_posterior(scenarios, vary, file, findings)
    if vary or file:
        shape = toml_files.read(file, UncertainShape, findings) if file else None
        named = bind_uncertain(file, shape, model, findings) if file and shape else Uncertain()
        return Uncertain({**named.each, **_by_range(scenarios[0], vary, findings)}, named.correlated)
    own = uncertain_of(scenarios, findings)
    if not own.each and not findings and not model.graph.streams:
        findings.append(
            "nothing varies: neither the counties nor the policies of these scenarios say what is uncertain. "
            "Name constants with their ranges, such as --vary forward_inflation=0%:2%, or a file of them."
        )
    return own


def _by_posterior(
    scenarios: Sequence[Scenario], vary: Ranges | None, file: Path, findings: Findings
) -> Uncertain:
    each, joints = _by_range(scenarios[0], vary, findings), []
    for scenario in scenarios:
        with findings.at():
            joints.append(joint_of(file, scenario))
    if not all(joint.equals(joints[0]) for joint in joints):
        names = ", ".join(each.name for each in scenarios)
        findings.append(f"{file}: says different things of {names}. Sweep them apart.")
    own = uncertain_of(scenarios, findings)
    if not joints:
        return own
    twice = each.keys() & joints[0].columns.keys()
    findings += [
        f"{key}: varies by {file} too. Name a range for other constants only." for key in sorted(twice)
    ]
    return Uncertain(dict(own.each) | each, own.correlated).beside(joints[0])


def _by_range(scenario: Scenario, vary: Ranges | None, findings: Findings) -> dict[str, Uncertainty]:
    each: dict[str, Uncertainty] = {}
    for name, ends in (vary or {}).items():
        with findings.at(name):
            made = spread(scenario, name, ends)
            key = once(made.key, each)
            each[key] = made
            low, high = each[key].distribution.ends
            if low == high:
                text = f"the range goes from {low:g} to {high:g}; its low end must be below its high end."
                raise ScenarioError(text)
    return each


def uncertain_of(scenarios: Sequence[Scenario], findings: Findings) -> Uncertain:
    """Return all that county and policy files of the scenarios say to be uncertain; they must agree."""
    each: dict[str, Uncertainty] = {}
    groups: list[Correlated] = []
    for scenario in scenarios:
        own = scenario.uncertain
        findings += [
            f"{key}: {scenario.name} and another scenario say different things of how uncertain it is. "
            "Name it with its range, or sweep them apart."
            for key, uncertainty in own.each.items()
            if each.setdefault(key, uncertainty) != uncertainty
        ]
        groups += [group for group in own.correlated if group not in groups]
    findings += [
        f"{key}: {scenario.name} sets it, though its county or policy file says it is uncertain. "
        "Drop one of the two, or name what varies with its range."
        for scenario in scenarios
        for key in each
        if key in scenario.constants or key in scenario.levers
    ]
    return Uncertain(each, tuple(groups))
