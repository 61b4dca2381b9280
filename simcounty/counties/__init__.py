"""Counties made from census data, what their values rest on, and regions of counties."""
