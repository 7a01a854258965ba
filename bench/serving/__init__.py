"""Servers under test: started, ready, metered."""
