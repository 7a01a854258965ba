"""Intervals, two-stage sample sizes, multiple testing, histograms."""
