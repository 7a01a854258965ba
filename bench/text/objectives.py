"""Objectives of a service as people write them."""

from __future__ import annotations

import re

from bench.model.scenario import ErrorLimit, Objective, Requirement
from bench.text.numbers import percentile

_LATENCY = re.compile(r"p(\d\d(?:\.\d{1,4})?)\s*(?:<=|<|≤)\s*(\d+(?:\.\d+)?)\s*(ms|s)?")
_ERRORS = re.compile(r"errors\s*(?:<=|<|≤)\s*(\d+(?:\.\d+)?)\s*(%)?")


def objective(text: str) -> Objective:
    """`p99<=20ms`, `p99.9 < 1s`. Raises ValueError for anything else."""
    found = _LATENCY.fullmatch(text.strip())
    if found is None or float(found[1]) == 0 or float(found[2]) == 0:
        raise ValueError(f"{text!r} is not a valid objective; write e.g. 'p99<=20ms'")
    return Objective(q=float(found[1]) / 100, limit_ms=float(found[2]) * (1000 if found[3] == "s" else 1))


def requirement(text: str) -> Requirement:
    """An objective of latency, or `errors<=0.1%`. Raises ValueError for anything else."""
    found = _ERRORS.fullmatch(text.strip())
    if found is not None and (limit := float(found[1]) / (100 if found[2] else 1)) < 1:
        return ErrorLimit(failed_share=limit)
    try:
        return objective(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a valid objective; write e.g. 'p99<=20ms' or 'errors<=0.1%'") from None


def in_words(asked: Requirement) -> str:
    """`p99 ≤ 20 ms`, `errors ≤ 0.1%`."""
    if isinstance(asked, ErrorLimit):
        return f"errors ≤ {round(asked.failed_share * 100, 6):g}%"
    return f"{percentile(asked.q)} ≤ {asked.limit_ms:g} ms"
