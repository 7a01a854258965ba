"""Allocations, heaps and peaks of the agent's process."""
