"""Frozen records of what can be measured and of what was observed."""
