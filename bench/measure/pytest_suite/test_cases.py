"""Every case as an ordinary benchmark of pytest-benchmark, in an environment with a stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bench.model.workload import Case

# A stack's own deprecations are no failure of the suite.
pytestmark = pytest.mark.filterwarnings("default")


def test_case(benchmark: Any, case: Case, ask: Callable[[], None]) -> None:
    benchmark.group = case.request
    benchmark.extra_info.update(case=case.id, adds=case.adds, over=case.over)
    benchmark(ask)
