"""Runs inside a stack's environment, and imports nothing else of bench."""
