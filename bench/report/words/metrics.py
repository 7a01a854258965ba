"""The metrics of comparisons in words: what they are called, and their units."""

from __future__ import annotations

from bench.model.comparison import OF_A_START, Comparison, Metric, PrimaryMetric
from bench.model.series import SeriesMetric

LABELS: dict[Metric, str] = {
    "cpu_us": "CPU",
    "server_cpu_us": "server CPU",
    "latency_p50_ms": "p50 latency",
    "latency_p99_ms": "p99 latency",
    "startup_cpu_ms": "start-up CPU",
    "rest_mb": "memory at rest",
    "libraries_cpu_ms": "importing libraries",
    "build_cpu_ms": "building the app",
    "lifespan_cpu_ms": "lifespan",
    "first_request_cpu_ms": "first request",
    "openapi_cpu_ms": "OpenAPI schema",
    "build_mb": "memory of the app",
    "allocs": "allocations",
    "instructions": "instructions",
}
"""Every metric, in the order of its column."""
MEASURES: dict[PrimaryMetric, str] = {
    "cpu_us": "CPU time of one request in process",
    "server_cpu_us": "server CPU time of one request under load",
    "allocs": "allocations of one request",
    "startup_cpu_ms": "CPU time that starting an app takes",
    "rest_mb": "memory that a started app holds",
}
UNITS: dict[PrimaryMetric, str] = {
    "cpu_us": "µs",
    "server_cpu_us": "µs",
    "allocs": "",
    "startup_cpu_ms": "ms",
    "rest_mb": "MB",
}
NOUNS: dict[SeriesMetric, str] = {
    "cpu_us": "CPU time",
    "server_cpu_us": "server CPU time",
    "startup_cpu_ms": "start-up CPU time",
    "rest_mb": "memory at rest",
}
OF_ONE: dict[SeriesMetric, str] = {
    "cpu_us": "CPU time of one request",
    "server_cpu_us": "Server CPU time of one request under load",
    "startup_cpu_ms": "CPU time of one start",
    "rest_mb": "Memory at rest",
}
OF_WHAT: dict[PrimaryMetric, str] = {
    "cpu_us": "",
    "server_cpu_us": " server CPU",
    "allocs": " allocations",
    "startup_cpu_ms": " start-up CPU",
    "rest_mb": " memory at rest",
}
"""As the end of `+40.2%`; the usual one needs no word."""


def measures(comparison: Comparison) -> str:
    """What decides, in words."""
    return " and ".join(MEASURES[metric] for metric in comparison.judged)


def unlike(comparison: Comparison) -> str:
    """Why a case can't be compared that both sides have."""
    return "starts on one side only" if comparison.gate in OF_A_START else "different responses"
