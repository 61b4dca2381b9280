"""Scenarios side by side, and what each lever or clause adds to a target."""
