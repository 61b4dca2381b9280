"""The content of a report, made once for every format."""
