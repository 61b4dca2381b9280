"""Decision variables, searches over them, goal seeking, and plan audits."""
