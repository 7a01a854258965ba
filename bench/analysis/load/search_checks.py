"""The safeguards of a search for the highest rate. Pure functions."""

from __future__ import annotations

from bench.analysis.load.checks import OF_THE_COUNT, load_checks
from bench.analysis.load.rate_search import tries
from bench.model.load import SearchSample
from bench.model.run import Check


def search_checks(sample: SearchSample) -> tuple[Check, ...]:
    """Whatever the service did at a rate is a result, if it was counted right, and if enough requests show it."""
    counts = [
        found.model_copy(update={"evidence": f"at {step.open.rate:,g}/s: {found.evidence}"})
        for step in sample.steps
        for check in OF_THE_COUNT
        if step.open is not None and (found := check(step)) is not None
    ]
    said = [one for one in tries(sample) if one.held is not None]
    tried = len(sample.steps) + len(sample.refused)
    return (
        Check(
            name="at least one rate decided",
            passed=bool(said),
            evidence=f"{len(said)} of {tried} rates gave a result; in the others the client or another process delayed "
            "requests, or too few requests were sent",
        ),
        *counts,
    )


def capacity_valid(sample: SearchSample) -> bool:
    """Whether what the closed load reached before a search may be read."""
    return all(check.passed for check in load_checks(sample.capacity))
