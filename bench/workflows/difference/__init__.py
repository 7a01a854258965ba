"""Differences of two stacks' profiles and heaps."""
