"""Drafts whose numbers cannot drift: each has a tag that says where it comes from, and is held against it."""

from simcounty.proofing.check import Checked, Edit, check_lines, edited, edits
from simcounty.proofing.tags import Problem, Tag, read_tags, spans

__all__ = ["Checked", "Edit", "Problem", "Tag", "check_lines", "edited", "edits", "read_tags", "spans"]
