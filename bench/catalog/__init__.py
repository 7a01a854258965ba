"""Targets and scenarios, read from their files."""
