"""All passes, by their name."""

from __future__ import annotations

from collections.abc import Mapping

from bench.measure import (
    allocations,
    boundaries,
    connections,
    facts,
    load_pass,
    memory,
    profile,
    profile_served,
    pytest_benchmark,
    server_layers,
    startup,
    timing,
)
from bench.measure.pass_spec import PassSpec
from bench.model.workload import Pass

PASSES: Mapping[Pass, PassSpec] = {
    spec.during: spec
    for spec in (
        timing.SPEC,
        allocations.SPEC,
        load_pass.SPEC,
        server_layers.SPEC,
        connections.SPEC,
        boundaries.SPEC,
        memory.SPEC,
        startup.SPEC,
        facts.SPEC,
        profile.SPEC,
        profile_served.SPEC,
        pytest_benchmark.SPEC,
    )
}
