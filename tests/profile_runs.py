"""Synthetic profiles and heaps of two stacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure.profile import Profile
from bench.model.diff import HeapDiff, HeapPair, ProfileDiff, ProfilePair
from bench.model.heap import HeapSample
from bench.model.run import ProfileSample
from bench.profiles.diff import Thousandths
from bench.profiles.folded import Stack, folded
from bench.store.diffs import per_request
from bench.store.documents import FLAMES, HEAP_PAIRS
from bench.store.files import write_atomically
from tests.comparisons import side
from tests.factories import synthetic_run

RUN = "bench.agent.requests.asgi_client:PreparedRequest.perform"
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


def spent(values: Mapping[Stack, int], requests: int = 1) -> Thousandths:
    """Nanoseconds a request of a profile of these µs."""
    return per_request(profile(values, requests).sample, values.items())


def launches(values: Mapping[Stack, int], n: int = 3) -> list[Thousandths]:
    """As many launches, each a little slower than the one before."""
    return [spent({stack: us * (100 + number) for stack, us in values.items()}, requests=100) for number in range(n)]


def profile_pairs(n: int = 3) -> list[ProfilePair]:
    """What the store keeps of so many launches of `BASE` and `HEAD`."""
    return [
        ProfilePair(
            case="a:b",
            launch=launch,
            hash_seed=launch,
            head_first=launch % 2 == 1,
            base=_kept(BASE, f"profiles/a.b.base.{launch}.folded"),
            head=_kept(HEAD, f"profiles/a.b.head.{launch}.folded"),
        )
        for launch in range(n)
    ]


def _kept(values: Mapping[Stack, int], file: str) -> ProfileSample:
    return profile(values, requests=1).sample.model_copy(update={"file": file})


def write_flames(folder: Path, flames: ProfileDiff) -> None:
    """As the store keeps them, with the stacks of every launch."""
    for pair in flames.samples:
        write_atomically(folder / pair.base.file, folded(BASE))
        write_atomically(folder / pair.head.file, folded(HEAD))
    write_atomically(folder / FLAMES.file, flames.model_dump_json())


def write_heap_pairs(folder: Path, pairs: HeapDiff, base: Mapping[Stack, int], head: Mapping[Stack, int]) -> None:
    """As the store keeps them; every launch holds the same."""
    for pair in pairs.samples:
        write_atomically(folder / pair.base.peak_file, folded(base))
        write_atomically(folder / pair.head.peak_file, folded(head))
    write_atomically(folder / HEAP_PAIRS.file, pairs.model_dump_json())


def flames(pairs: Sequence[ProfilePair] = ()) -> ProfileDiff:
    return ProfileDiff(**_asked("flame"), samples=tuple(pairs))


def heap_pairs(pairs: Sequence[HeapPair] = ()) -> HeapDiff:
    return HeapDiff(**_asked("memory"), samples=tuple(pairs))


def heap_pair(launch: int, base: Mapping[str, int], head: Mapping[str, int]) -> HeapPair:
    """A launch of which both sides allocate so often by layer, 50 bytes each."""
    return HeapPair(
        case="a:b",
        launch=launch,
        head_first=False,
        base=_heap(launch, "base", base),
        head=_heap(launch, "head", head),
    )


def _heap(launch: int, arm: str, allocs: Mapping[str, int]) -> HeapSample:
    return HeapSample(
        case="a:b",
        hash_seed=launch,
        body_bytes=10,
        peak_bytes=1000,
        peak_file=f"heap/a.b.{arm}.{launch}.peak.folded",
        allocs={layer: float(number) for layer, number in allocs.items()},
        alloc_bytes={layer: 50.0 * number for layer, number in allocs.items()},
    )


def _asked(verb: str) -> dict[str, Any]:
    return {
        "id": "20260301T101500Z-00000007",
        "started_at": datetime(2026, 3, 1, 10, 15, tzinfo=UTC),
        "command": (verb, "a:b", "--base", "fastapi==0.139.2", "--head", "fastapi==0.140.0"),
        "seed": 7,
        "commit": "3f1c0de9a2b4",
        "dirty": False,
        "harness_version": "0.1.0",
        "complete": True,
        "base": side("0.139.2"),
        "head": side("0.140.0"),
        "host": synthetic_run().host,
    }
