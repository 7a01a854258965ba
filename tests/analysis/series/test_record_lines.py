"""A line of a record says what its comparison said, rounded."""

from __future__ import annotations

import pytest
from record_lines import header
from sweeps import between

from bench.analysis.series.record_lines import recorded, short
from bench.analysis.series.release_pairs import Quantity, of_comparison, of_line
from bench.model.comparison import Comparison
from bench.model.record import RecordedComparison


def lined(comparison: Comparison) -> RecordedComparison:
    pair = of_comparison(comparison, "0.165.0", "0.115.0")
    return recorded(pair, comparison, {"a:one": "r0", "b:one": "r1"})


def test_a_line_says_what_the_comparison_says_and_is_read_back_the_same() -> None:
    comparison = between("0.165.0", "0.115.0", {"a": 1.2, "b": -1.0}, starlette="0.40.0")
    said = of_comparison(comparison, "0.165.0", "0.115.0")
    line = lined(comparison)
    again = of_line(RecordedComparison.model_validate_json(line.model_dump_json()))
    quantity = Quantity("a:one", "cpu_us")
    before, after = said.quantities[quantity].found, again.quantities[quantity].found
    assert before is not None
    assert after is not None
    assert after.log_mean == pytest.approx(before.log_mean, abs=1e-6)
    assert after.log_half == pytest.approx(before.log_half, abs=1e-4)
    assert (after.blocks, again.gate, again.measured_at) == (before.blocks, "cpu_us", comparison.started_at)
    assert again.moved == {"starlette": ("0.52.1", "0.40.0")}
    assert again.costs[quantity] == pytest.approx(said.costs[quantity], rel=1e-4)
    count = again.quantities[quantity].count
    assert count is not None
    assert (count.allocs, count.low) == (pytest.approx(120), pytest.approx(1.2))


def test_a_case_without_a_figure_says_why() -> None:
    line = lined(between("0.165.0", "0.115.0", {"a": 1.0, "b": -1.0}))
    assert line.cases["b:one"].reason == "head: <b>it fails</b>"
    assert not line.cases["b:one"].ratios
    assert [case.request for case in line.cases.values()] == ["r0", "r1"]


def test_a_line_is_small_and_names_no_host() -> None:
    line = lined(between("0.165.0", "0.115.0", {"a": 1.2, "b": 0.9}))
    assert len(line.model_dump_json(exclude_defaults=True)) < 900
    assert set(line.machine.model_dump()) == {"fingerprint", "cpu_model"}
    assert header().model_dump_json()


def test_a_long_reason_is_cut_short() -> None:
    assert short("x" * 200) == "x" * 200
    assert short("x" * 201) == "x" * 199 + "…"
