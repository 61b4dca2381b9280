"""Records of results, and their tables, words and numbers for people and machines."""
