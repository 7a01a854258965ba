"""Comparisons of two stacks, or of two versions of an app."""
