"""The highest rate at which a service keeps what it promises: a few rates in the open model, then ever closer ones."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from bench.load.histogram import BEYOND, share_within
from bench.load.measure import Job, measure
from bench.model import Objective
from bench.samples import LoadSample, SearchSample

FIRST_SHARES = (0.25, 0.5, 0.7, 0.85, 1.0)
"""Of what the closed model reached: enough points to draw the knee."""
CLOSE_ENOUGH = 1.04
"""The search ends when the lowest rate that failed is no more than this many times the highest that held."""
MOST_STEPS = 16
KEPT_LEAST = 0.99
"""An open load of which a smaller share was answered within the stretch has outrun its server."""
_LONGEST_STEP_S = 30.0
_SPARE = 1.2
_HIGHER = 1.15
_ENOUGH_CONNECTIONS = 256

_OBJECTIVE = re.compile(r"p(\d\d(?:\.\d+)?)\s*(?:<=|<|≤)\s*(\d+(?:\.\d+)?)\s*(ms|s)?")


def parse(text: str) -> Objective:
    """`p99<=20ms`, `p99.9 < 1s`. Raises ValueError for anything else."""
    found = _OBJECTIVE.fullmatch(text.strip())
    if found is None or float(found[1]) == 0 or float(found[2]) == 0:
        raise ValueError(f"{text!r} is no objective; write one such as 'p99<=20ms'")
    return Objective(q=float(found[1]) / 100, limit_ms=float(found[2]) * (1000 if found[3] == "s" else 1))


@dataclass(frozen=True)
class Tried:
    """A rate, and whether the objective was met at it."""

    rate: float
    met: bool


def next_rate(tried: Sequence[Tried], capacity: float) -> float | None:
    """What to try next, None when the answer is known well enough; `capacity` is what the closed model reached.

    Up through FIRST_SHARES until one fails, then the geometric middle between the highest that held and the lowest that
    failed. A rate that failed once is tried again before it counts: a neighbour's moment is not the server's limit.
    """
    if len(tried) >= MOST_STEPS:
        return None
    outcomes: dict[float, list[bool]] = {}
    for one in tried:
        outcomes.setdefault(one.rate, []).append(one.met)
    if tried and outcomes[tried[-1].rate] == [False]:
        return tried[-1].rate
    low, high = bracket(tried)
    if high is None:
        higher = [share * capacity for share in FIRST_SHARES if share * capacity > low * CLOSE_ENOUGH]
        return higher[0] if higher else low * _HIGHER
    if low == 0.0:
        return high / 2
    return None if high <= low * CLOSE_ENOUGH else (low * high) ** 0.5


def bracket(tried: Sequence[Tried]) -> tuple[float, float | None]:
    """The highest rate that held, 0 when none did, and the lowest above it that failed every time, if any did."""
    low = max((one.rate for one in tried if one.met), default=0.0)
    return low, min((one.rate for one in tried if one.rate > low), default=None)


def meets(sample: LoadSample, objective: Objective) -> bool:
    """Whether a step held: every request answered rightly, as fast as they fell due, and as many within the limit.

    The share itself is compared, which needs no interpolation: of all that fell due, also those that were never sent.
    """
    if sample.open is None or sample.errors or sample.requests < KEPT_LEAST * sample.open.offered:
        return False
    return share_within(sample.latency, objective.limit_ms) >= objective.q


def search(job: Job, objective: Objective) -> Generator[Tried, None, SearchSample]:
    """Every rate as it has been tried, and in the end all of them. Raises LoadError when there is no server to
    measure, or no client that could."""
    share = job.plan.effort.load_share
    closed = job.scenario.model_copy(update={"model": "closed", "rate": None})
    capacity = measure(replace(job, scenario=closed), 0)
    reached = capacity.requests / capacity.duration_s
    tried: list[Tried] = []
    steps: list[LoadSample] = []
    while (rate := next_rate(tried, reached)) is not None:
        rate = round(rate, 1)
        least_s = _SPARE * BEYOND / (1 - objective.q) / rate
        duration_s = min(_LONGEST_STEP_S, max(job.scenario.duration_s * share, least_s)) / share
        users = max(job.scenario.users, _ENOUGH_CONNECTIONS)
        wanted = {"model": "open", "rate": rate, "duration_s": duration_s, "users": users}
        step = replace(job, scenario=job.scenario.model_copy(update=wanted))
        steps.append(measure(step, len(steps) + 1, capacity.ceiling))
        tried.append(Tried(rate, meets(steps[-1], objective)))
        yield tried[-1]
    return SearchSample(
        case=job.case.id, scenario=job.scenario.name, objective=objective, capacity=capacity, steps=tuple(steps)
    )
