"""Figures of what was served under load: of a case under one scenario, and of every endpoint that this asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench.analysis.load.figures import EndpointFigures, Load, Search, SearchStep
from bench.analysis.load.objectives import judge
from bench.analysis.load.quantities import (
    answered_within,
    beyond_latencies,
    failed_of_all,
    failed_share,
    tells_core_speed,
)
from bench.analysis.load.rate_search import bracket, close, confirmed, tries
from bench.analysis.load.search_checks import capacity_valid
from bench.analysis.load.service import conditions
from bench.model.load import EndpointSample, Histogram, LoadSample, SearchSample
from bench.stats.histogram import merge, percentile
from bench.stats.intervals import Estimate, difference, estimate
from bench.stats.windows import speed

PERCENTILES = (0.5, 0.9, 0.99, 0.999)
_FAILED_LIMIT = 0.01


def load_of(undisturbed: float, cpu_us: Estimate | None, samples: Sequence[LoadSample]) -> Load:
    """Rates as they were, server CPU scaled to the core's undisturbed speed where that is known, over launches.

    `cpu_us` is what the case costs in process: the rest of the server's CPU is what serving adds, if nothing but that
    case was asked for.
    """
    failed, every = failed_of_all(samples)
    first, latency = samples[0], merge([sample.latency for sample in samples])
    server_cpu_us, server_user_us, server_system_us = _server_us(undisturbed, samples)
    alone = all(len(sample.endpoints) <= 1 and not sample.server_elsewhere for sample in samples)
    opened = [sample.open for sample in samples if sample.open is not None]
    return Load(
        scenario=first.scenario,
        model=first.model,
        users=first.users,
        requests=sum(sample.requests for sample in samples),
        errors=_errors(samples),
        failed_share=failed / every if every else 0.0,
        rps=estimate([answered_within(sample) / sample.duration_s for sample in samples]),
        latency_ms=_percentiles(latency, sum(beyond_latencies(sample) for sample in samples)),
        longest_ms=latency.longest_ns / 1e6,
        endpoints=_endpoints(samples),
        conditions=conditions(*samples),
        objectives=judge(samples),
        rate=opened[0].rate if opened else None,
        service_ms=_percentiles(merge([one.service for one in opened])) if opened else None,
        server_cpu_us=server_cpu_us,
        server_user_us=server_user_us,
        server_system_us=server_system_us,
        database_cpu_us=_database_us(samples),
        client_cpu_us=_per_request_us(samples, lambda sample: sample.client_cpu_s),
        server_rss_mb=max(
            (sample.server_rss_mb for sample in samples if sample.server_rss_mb is not None), default=None
        ),
        server_layer_us=difference(server_cpu_us, cpu_us) if server_cpu_us and cpu_us and alone else None,
        samples=tuple(samples),
    )


def search_of(sample: SearchSample) -> Search:
    """What a search found."""
    tried, of_each = tries(sample), tuple(dict.fromkeys((*PERCENTILES, sample.objective.q)))
    steps = [
        SearchStep(
            rate=one.rate,
            duration_s=step.duration_s,
            rps=answered_within(step) / step.duration_s,
            latency_ms={q: percentile(step.latency, q, beyond_latencies(step)) for q in of_each},
            held=one.held,
            refused=step.gave_up,
        )
        for step, one in zip(sample.steps, tried, strict=False)
    ]
    nothing = dict.fromkeys(of_each)
    steps += [SearchStep(one.rate, None, None, nothing, held=False, refused=one.reason) for one in sample.refused]
    held, failed = bracket(tried)
    return Search(
        scenario=sample.scenario,
        objective=sample.objective,
        capacity=sample.capacity.requests / sample.capacity.duration_s if capacity_valid(sample) else None,
        held=held or None,
        failed=failed,
        close=close(held, failed) and confirmed(tried, held),
        steps=tuple(steps),
    )


def server_cpu_us(sample: LoadSample, undisturbed: float) -> float | None:
    """One launch's server CPU per request, scaled to the core's undisturbed speed where that is known.

    None where no meter was read, and where more than 1% of the requests failed: those took CPU as well.
    """
    if sample.server_cpu_s is None or not _alike(sample):
        return None
    own_s = sample.server_cpu_s - _watching_s(sample)
    return own_s * _at_speed(sample, undisturbed) / answered_within(sample) * 1e6


def _alike(sample: LoadSample) -> bool:
    """Whether there are right answers, and next to nothing else, that CPU could be divided by."""
    return sample.requests > 0 and failed_share(sample) <= _FAILED_LIMIT


def _at_speed(sample: LoadSample, undisturbed: float) -> float:
    """Server CPU is left as it was where nothing tells of neighbours."""
    return speed(sample.reference_us, undisturbed) if tells_core_speed(sample) else 1.0


def _watching_s(sample: LoadSample) -> float:
    """What the server's process spent on no request."""
    return sum(sample.reference_us) / 1e6 if sample.watching_cpu_s is None else sample.watching_cpu_s


def _server_us(
    undisturbed: float, samples: Sequence[LoadSample]
) -> tuple[Estimate | None, Estimate | None, Estimate | None]:
    """In all, in user mode, and in the kernel."""
    whole = [us for sample in samples if (us := server_cpu_us(sample, undisturbed)) is not None]
    if len(whole) < len(samples):
        return None, None, None

    def user_s(sample: LoadSample) -> float:
        return ((sample.server_user_s or 0) - _watching_s(sample)) * _at_speed(sample, undisturbed)

    def system_s(sample: LoadSample) -> float:
        return (sample.server_system_s or 0) * _at_speed(sample, undisturbed)

    return estimate(whole), _per_request_us(samples, user_s), _per_request_us(samples, system_s)


def _database_us(samples: Sequence[LoadSample]) -> Estimate | None:
    if any(sample.database_cpu_s is None for sample in samples):
        return None
    return _per_request_us(samples, lambda sample: sample.database_cpu_s or 0.0)


def _per_request_us(samples: Sequence[LoadSample], total_s: Callable[[LoadSample], float]) -> Estimate | None:
    if not all(_alike(sample) for sample in samples):
        return None
    return estimate([total_s(sample) / answered_within(sample) * 1e6 for sample in samples])


def _endpoints(samples: Sequence[LoadSample]) -> dict[str, EndpointFigures]:
    """By name, the one that was asked most first."""
    seen: dict[str, list[tuple[LoadSample, EndpointSample]]] = {}
    for sample in samples:
        for one in sample.endpoints:
            seen.setdefault(one.name, []).append((sample, one))
    endpoints = {name: _endpoint(ones) for name, ones in seen.items()}
    return dict(sorted(endpoints.items(), key=lambda named: -named[1].requests))


def _endpoint(parts: Sequence[tuple[LoadSample, EndpointSample]]) -> EndpointFigures:
    latency = merge([part.latency for _, part in parts])
    return EndpointFigures(
        requests=sum(part.requests for _, part in parts),
        errors=_errors([part for _, part in parts]),
        latency_ms=_percentiles(latency, sum(beyond_latencies(sample, part) for sample, part in parts)),
        longest_ms=latency.longest_ns / 1e6,
    )


def _percentiles(merged: Histogram, failed: int = 0) -> Mapping[float, float | None]:
    """From all launches' requests together, for a mean of percentiles is none; `failed` more took longer than all."""
    return {q: percentile(merged, q, failed) for q in PERCENTILES}


def _errors(samples: Sequence[LoadSample] | Sequence[EndpointSample]) -> dict[str, int]:
    kinds = sorted({kind for sample in samples for kind in sample.errors})
    return {kind: sum(sample.errors.get(kind, 0) for sample in samples) for kind in kinds}
