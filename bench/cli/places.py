"""Where verbs keep what they measure."""

from __future__ import annotations

from bench.choice import PROJECT

RESULTS = PROJECT / "results"
RUNS = RESULTS / "runs"
COMPARISONS = RESULTS / "comparisons"
SELFTESTS = RESULTS / "selftests"
FLAMES = RESULTS / "flames"
HEAPS = RESULTS / "heaps"
SWEEPS = RESULTS / "sweeps"
BISECTIONS = RESULTS / "bisections"
