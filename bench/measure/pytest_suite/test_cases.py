"""Every case as an ordinary benchmark of pytest-benchmark, in an environment with a stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

# A stack's own deprecations are no failure of the suite.
pytestmark = pytest.mark.filterwarnings("default")


def test_case(benchmark: Any, case: dict[str, Any], ask: Callable[[], None]) -> None:
    benchmark.group = case["group"]
    benchmark.extra_info.update({key: case[key] for key in ("case", "adds", "over")})
    benchmark(ask)
