"""Objectives of a service, judged by what a load shows. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.analysis.load.quantities import beyond_latencies, failed_of_all
from bench.model.load import LoadSample
from bench.model.scenario import ErrorLimit, Requirement
from bench.stats.histogram import BEYOND, merge, percentile, share_within
from bench.text import numbers
from bench.text.numbers import count, number, share


@dataclass(frozen=True)
class Judged:
    """A requirement, whether a load met it (None: too few requests to tell), and what was found."""

    requirement: Requirement
    met: bool | None
    found: str


def judge(samples: Sequence[LoadSample]) -> tuple[Judged, ...]:
    """What all launches of a case under a scenario come to together, by each requirement of the first."""
    return tuple(_judged(samples, asked) for asked in samples[0].require)


def _judged(samples: Sequence[LoadSample], asked: Requirement) -> Judged:
    if isinstance(asked, ErrorLimit):
        failed, every = failed_of_all(samples)
        found = f"{share(failed / every)} of {count(every)} requests failed" if every else "no requests"
        return Judged(asked, failed <= asked.failed_share * every + 1e-9 if every else None, found)
    latency, failed = merge(sample.latency for sample in samples), sum(map(beyond_latencies, samples))
    name = numbers.percentile(asked.q)
    if (latency.count + failed) * (1 - asked.q) < BEYOND - 1e-9:
        needed = BEYOND / (1 - asked.q)
        return Judged(asked, None, f"{count(latency.count + failed)} requests; {name} needs {needed:,.0f}")
    found_ms = percentile(latency, asked.q, failed)
    found_text = "is a failed request" if found_ms is None or found_ms == float("inf") else f"{number(found_ms)} ms"
    return Judged(asked, share_within(latency, asked.limit_ms, failed) >= asked.q - 1e-12, f"{name} {found_text}")
