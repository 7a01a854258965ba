"""Profiles of what an app does, as folded stacks."""
