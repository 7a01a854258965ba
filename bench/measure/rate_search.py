"""Searches for the highest rate at which a server meets an objective."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace

from bench.analysis.load.rate_search import Tried, first_rates, holds, next_trial
from bench.measure.job import Job
from bench.measure.load import measure
from bench.model.load import SearchSample
from bench.model.scenario import Objective
from bench.serving.errors import LoadError
from bench.stats.histogram import BEYOND
from bench.text.numbers import percentile

_LONGEST_STEP_S = 120.0
_SPARE = 1.2
_LONG = 4.0
_LEAST_CONNECTIONS, _MOST_CONNECTIONS = 256, 4096


def search(job: Job, objective: Objective) -> Generator[SearchSample]:
    """The search so far, after each rate that was tried. Raises LoadError when there is no server to measure, or no
    client that could."""
    share = job.plan.effort.load_share
    closed = job.scenario.model_copy(update={"model": "closed", "rate": None})
    capacity = measure(replace(job, scenario=closed), 0)
    if not capacity.requests:
        raise LoadError(f"{job.case.id}: no response within {capacity.duration_s:.1f} s; use a longer --duration")
    so_far = SearchSample(
        case=job.case.id, scenario=job.scenario.name, objective=objective, capacity=capacity, steps=()
    )
    known, tried, first = None, list[Tried](), first_rates(capacity)
    while (trial := next_trial(tried, first)) is not None:
        rate, long = trial
        least_s = _SPARE * BEYOND / (1 - objective.q) / rate
        if least_s > _LONGEST_STEP_S:
            if not so_far.steps:
                raise LoadError(
                    f"{job.case.id}: {percentile(objective.q)} at {rate:g} requests/s needs {least_s:.0f} s, more than "
                    f"{_LONGEST_STEP_S:.0f} s; use a lower percentile, e.g. --find 'p90<={objective.limit_ms:g}ms'"
                )
            break  # so low a rate takes too long to measure
        wanted = {
            "model": "open",
            "rate": rate,
            "duration_s": (_LONG if long else 1.0) * max(job.scenario.duration_s * share, least_s) / share,
            "users": max(job.scenario.users, connections(rate, objective)),
        }
        launch = len(so_far.steps) + 1
        step = measure(replace(job, scenario=job.scenario.model_copy(update=wanted)), launch, known)
        known = step.ceiling
        tried.append(Tried(rate, holds(step, objective), long))
        long_from = next((number for number, one in enumerate(tried) if one.long), None)
        so_far = so_far.model_copy(update={"steps": (*so_far.steps, step), "long_from": long_from})
        yield so_far


def connections(rate: float, objective: Objective) -> int:
    """Enough that a service that meets the objective never has to wait for one: by Little's law, half of them are busy
    where each request takes as long as the objective allows."""
    return min(_MOST_CONNECTIONS, max(_LEAST_CONNECTIONS, math.ceil(2 * rate * objective.limit_ms / 1e3)))
