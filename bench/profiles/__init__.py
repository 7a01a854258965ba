"""Folded stacks, call trees, and their difference."""
