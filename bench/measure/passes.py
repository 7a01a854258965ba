"""All passes, by their name."""

from __future__ import annotations

from collections.abc import Mapping

from bench.measure import (
    allocations,
    boundaries,
    facts,
    load_pass,
    memory,
    profile,
    profile_served,
    pytest_benchmark,
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
        boundaries.SPEC,
        memory.SPEC,
        facts.SPEC,
        profile.SPEC,
        profile_served.SPEC,
        pytest_benchmark.SPEC,
    )
}
