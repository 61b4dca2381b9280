"""Drafts whose numbers cannot drift: each has a tag that says where it comes from, and is held against it."""

from simcounty.analysis.draft.checked import Checked, Edit, check_lines, edited, edits
from simcounty.analysis.draft.tags import Problem, Tag, read_tags, spans

__all__ = ["Checked", "Edit", "Problem", "Tag", "check_lines", "edited", "edits", "read_tags", "spans"]
