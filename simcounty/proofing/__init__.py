"""Drafts whose numbers cannot drift: each has a tag naming its source, and is compared with a fresh run."""

from simcounty.proofing.check import CheckedNumber, check_numbers
from simcounty.proofing.drafts import Draft, clean_draft, is_draft, proof
from simcounty.proofing.tags import read_tags

__all__ = ["CheckedNumber", "Draft", "check_numbers", "clean_draft", "is_draft", "proof", "read_tags"]
