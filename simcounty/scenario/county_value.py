"""A value a county gives the model, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field

KINDS = {
    "source": "sourced",
    "derived": "derived",
    "imputed": "imputed",
    "calibrated": "calibrated",
    "assumption": "assumed",
}
"""What a value rests on, by the key of a county file that says it: `source`, where the number stands;
`derived`, the rule that made it from this county's own figures; `imputed`, the rule that made it from
others'; `calibrated`, the data it was fitted to; `assumption`, why it is taken.
"""

KNOWN = ("sourced", "derived")
"""The kinds that rest on this county's own figures."""


@dataclass(frozen=True, slots=True)
class CountyValue:
    """One constant's value in a county, in the model's unit, with its provenance.

    `kind` is one of those of `KINDS`, `basis` its source, rule or reason; `confidence` grades a source;
    `sd` is how far a rule may be off, as the standard deviation of the logarithm; `at_limit`: what a rule
    made lay outside the model's range and was brought to its end.
    """

    key: str
    value: float
    unit: str
    year: int | None
    kind: str
    basis: str
    confidence: str = ""
    sd: float = field(default=0.0, compare=False)
    at_limit: bool = field(default=False, compare=False)

    @property
    def is_known(self) -> bool:
        """Whether it rests on this county's own figures."""
        return self.kind in KNOWN
