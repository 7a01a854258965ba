"""pytest-benchmark's numbers are shown as they are, in µs."""

from __future__ import annotations

import json

from bench.report.documents.pytest_benchmark import document
from tests.widths import assert_whole, printed

RESULT = json.dumps(
    {
        "benchmarks": [
            {
                "extra_info": {"case": "raw_asgi:plain"},
                "stats": {"min": 1e-05, "median": 1.25e-05, "iqr": 5e-07, "rounds": 12345},
            }
        ]
    }
)


def test_every_case_has_a_line_in_microseconds() -> None:
    line = next(line for line in printed(document(RESULT), 80).splitlines() if "raw_asgi:plain" in line)
    assert line.split() == ["raw_asgi:plain", "10.0", "12.5", "0.50", "12,345"]
    assert_whole(document(RESULT))
