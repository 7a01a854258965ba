"""From samples to figures, verdicts and attribution. Pure functions."""
