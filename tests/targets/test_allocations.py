"""Allocation counts repeat exactly: over processes, and whatever order a hash seed gives to sets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from plans import TINY, plan

from bench.measure import allocations
from bench.model.run import AllocationSample, MissingSample
from bench.model.workload import EffortName, Pass
from bench.runner import services
from bench.stack.environment import Environment

LAUNCHES = 3
# What a socket brings comes in as many reads as it happens to, and each is an allocation: one reason to vary.
OVER_A_SOCKET = "postgresql"
MOST_OVER_A_SOCKET = 0.001
# The tasks of a stream take turns as the loop wakes them: an allocation in some thousands more or less.
MOST_OF_A_STREAM = 0.001


@pytest.mark.slow
@pytest.mark.measures
def test_counts_of_every_case_are_the_same_in_three_processes_with_hash_seeds_of_their_own(
    environment: Environment, root: Path
) -> None:
    every = plan(environment, root / "targets", replace(TINY, allocation_launches=LAUNCHES))
    cases = tuple(case for case in every.cases if EffortName.DEFAULT.covers(case.effort))
    counts: dict[str, list[tuple[int, int]]] = {}
    seeds: set[int] = set()
    with services.beside(replace(every, cases=cases), Pass.ALLOCATIONS) as (ready, unserved):
        for one in allocations.measure(ready):
            assert isinstance(one, AllocationSample), one.reason if isinstance(one, MissingSample) else one
            counts.setdefault(one.case, []).append((one.allocs, one.alloc_bytes))
            seeds.add(one.hash_seed)
    assert len(seeds) == LAUNCHES
    assert len(counts) + len(unserved) > 80
    varying = {case: found for case, found in counts.items() if len({allocs for allocs, _ in found}) > 1}
    assert len(varying) < len(counts) / 4
    over_a_socket = {case.id for case in cases if OVER_A_SOCKET in every.targets[case.target].services}
    for case, found in varying.items():
        allocs = [count for count, _ in found]
        most = MOST_OVER_A_SOCKET if case in over_a_socket else MOST_OF_A_STREAM
        assert max(allocs) - min(allocs) <= most * min(allocs), case
