"""Why a comparison has one core only: the machine allows no other, or its cases need quiet."""

from __future__ import annotations

from comparisons import comparison

from bench.host.affinity import StreamCores
from bench.workflows.comparison.compare import one_core

QUOTA = "the CPU quota allows only 1.5 cores"


class Blocks:
    def __init__(self, alone: bool) -> None:
        self.alone = alone

    def needs_quiet(self, _: object) -> bool:
        return self.alone


def test_why_one_core_is_all_there_is_comes_from_the_machine_or_from_the_cases() -> None:
    cases = comparison("a", "b").cases
    assert one_core(StreamCores((1, 0)), Blocks(alone=False), cases) is None
    assert one_core(StreamCores((1,), (QUOTA,)), Blocks(alone=False), cases) == QUOTA
    assert one_core(StreamCores((1, 0)), Blocks(alone=True), ()) is None
    assert "state" in (one_core(StreamCores((1, 0)), Blocks(alone=True), cases) or "")
