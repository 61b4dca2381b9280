"""Drafts whose numbers cannot drift: each has a tag naming its source, and is compared with a fresh run."""

from simcounty.proofing.check import CheckedNumber, Edit, check_numbers, edited, edits
from simcounty.proofing.drafts import Draft, clean_draft, is_draft, proof
from simcounty.proofing.tags import BadTag, Tag, read_tags, spans

__all__ = [
    "BadTag",
    "CheckedNumber",
    "Draft",
    "Edit",
    "Tag",
    "check_numbers",
    "clean_draft",
    "edited",
    "edits",
    "is_draft",
    "proof",
    "read_tags",
    "spans",
]
