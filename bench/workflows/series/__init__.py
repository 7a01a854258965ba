"""Comparisons one after another: sweeps, bisections, trends, the record."""
