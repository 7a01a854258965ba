"""Synthetic profiles of two stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bench.flames import Flames, ProfilePair
from bench.frames import Stack, folded
from bench.profile import Profile
from bench.samples import ProfileSample
from tests.comparisons import side
from tests.factories import synthetic_run

RUN = "bench.agent.driver:Exchange.perform"
APP = "fastapi.routing:get_request_handler.<locals>.app"
SOLVE = "fastapi.dependencies.utils:solve_dependencies"
FRESH = "fastapi.dependencies.models:_uses_scopes"
GONE = "starlette.routing:Router.app"
NASTY = "targets.nasty:</script><b>bold</b>"

BASE: dict[Stack, int] = {
    (RUN,): 300,
    (RUN, GONE, APP): 1000,
    (RUN, GONE): 200,
    (RUN, GONE, APP, SOLVE): 2000,
    (RUN, GONE, APP, SOLVE, "<built-in>:isinstance"): 400,
    (RUN, GONE, APP, NASTY): 500,
}
HEAD: dict[Stack, int] = {
    (RUN,): 310,
    (RUN, APP): 990,
    (RUN, APP, SOLVE): 2100,
    (RUN, APP, SOLVE, "<built-in>:isinstance"): 410,
    (RUN, APP, SOLVE, FRESH): 1500,
    (RUN, APP, NASTY): 505,
}


def profile(values: Mapping[Stack, int], requests: int = 1, tax: float = 2.0, case: str = "a:b") -> Profile:
    """Values in µs over the whole profile."""
    sample = ProfileSample(
        case=case,
        file=f"profiles/{case.replace(':', '.')}.folded",
        interval_s=0.001,
        duration_s=sum(values.values()) / 1e6,
        requests=requests,
        tax=tax,
    )
    return Profile(sample, folded(values))


def launches(values: Mapping[Stack, int], n: int = 3) -> list[Profile]:
    """As many launches, each a little slower than the one before."""
    return [profile({stack: us * (100 + number) for stack, us in values.items()}, requests=100) for number in range(n)]


def flames(pairs: Sequence[ProfilePair] = ()) -> Flames:
    return Flames(
        id="20260301T101500Z-00000007",
        started_at=datetime(2026, 3, 1, 10, 15, tzinfo=UTC),
        command=("flame", "a:b", "--base", "fastapi==0.139.2", "--head", "fastapi==0.140.0"),
        seed=7,
        commit="3f1c0de9a2b4",
        dirty=False,
        harness_version="0.1.0",
        complete=True,
        base=side("0.139.2"),
        head=side("0.140.0"),
        host=synthetic_run().host,
        samples=tuple(pairs),
    )
