"""What a pair of releases says is the same whether it was just measured or is read from a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from startups import startups_compared
from sweeps import between

from bench.analysis.comparison.blocks import blocks
from bench.analysis.series.release_pairs import PairIndex, Quantity, ReleasePair, of_comparison, of_line
from bench.analysis.series.steps import AnchoredCase
from bench.model.environment import PublishedHost
from bench.model.record import (
    RecordedCase,
    RecordedComparison,
    RecordedCount,
    RecordedProfile,
    RecordedRatio,
)
from bench.stats import two_stage

A = Quantity("a:one", "cpu_us")
LINE = RecordedComparison(
    gate="cpu_us",
    base="2.0",
    head="1.0",
    measured_at=datetime(2026, 3, 1, tzinfo=UTC),
    elapsed_s=40.0,
    margin=0.03,
    seed=7,
    machine=PublishedHost(fingerprint="f", cpu_model="Example CPU"),
    harness_version="0.1.0",
    measurement=1,
)


def said(by: float, error: float = 0.004) -> AnchoredCase:
    return AnchoredCase(two_stage.known(by, error, 11, 16))


def pair(base: str, head: str, by: float | None) -> ReleasePair:
    found = AnchoredCase(None, reason="response differs") if by is None else said(by)
    return ReleasePair(base, head, "cpu_us", {A: found})


def test_a_comparison_says_of_each_case_its_change_its_count_and_what_the_base_costs() -> None:
    comparison = between("0.120.4", "0.115.0", {"a": 1.2, "broken": -1.0}, starlette="0.38.6")
    found = of_comparison(comparison, "0.120.4", "0.115.0")
    assert (found.base, found.head, found.gate) == ("0.120.4", "0.115.0", "cpu_us")
    assert found.quantities[A].found == blocks(comparison, "cpu_us")["a:one"].whole
    assert found.quantities[A].count is not None
    assert found.quantities[Quantity("broken:one", "cpu_us")].reason == "head: <b>it fails</b>"
    assert found.costs[A] == pytest.approx(50, rel=0.05)
    assert found.moved == {"starlette": ("0.38.6", "0.52.1")[::-1]}
    assert found.measured_at == comparison.started_at


def test_a_comparison_by_start_up_also_says_what_apps_hold() -> None:
    found = of_comparison(startups_compared(), "1.0", "2.0")
    assert {one.metric for one in found.quantities} == {"startup_cpu_ms", "rest_mb"}
    slow, small = found.quantities[Quantity("slow", "startup_cpu_ms")], found.quantities[Quantity("small", "rest_mb")]
    assert slow.found is not None
    assert small.found is not None
    assert slow.found.log_mean > 0 > small.found.log_mean
    assert found.costs.keys() == found.quantities.keys()


def test_a_line_of_a_record_says_what_it_was_made_of() -> None:
    profile = RecordedProfile(case="a:one", change_us=4.0)
    case = RecordedCase(
        request="0" * 12,
        ratios={"cpu_us": RecordedRatio(0.1, 0.004, 11, 16)},
        costs={"cpu_us": 50.0},
        allocs=RecordedCount(100.0, 1.19, 1.21),
    )
    failing = RecordedCase(request="1" * 12, reason="it fails")
    line = LINE.model_copy(
        update={
            "cases": {"a:one": case, "b:one": failing},
            "moved": {"starlette": ("0.52.1", None)},
            "profiles": (profile,),
            "off_uvloop": True,
        }
    )
    found = of_line(line)
    assert found.quantities[A].found == two_stage.known(0.1, 0.004, 11, 16)
    count = found.quantities[A].count
    assert count is not None
    assert (count.allocs, count.low, count.high) == (pytest.approx(120), 1.19, 1.21)
    failed = found.quantities[Quantity("b:one", "cpu_us")]
    assert (failed.found, failed.reason) == (None, "it fails")
    assert found.costs == {A: 50.0}
    assert (found.moved, found.profiles, found.off_uvloop) == ({"starlette": ("0.52.1", None)}, (profile,), True)


def test_a_start_that_is_too_short_still_says_what_the_app_holds() -> None:
    case = RecordedCase(request="0" * 12, ratios={"rest_mb": RecordedRatio(0.1, 0.004, 11, 16)}, reason="too short")
    found = of_line(LINE.model_copy(update={"gate": "startup_cpu_ms", "cases": {"a": case}}))
    assert found.quantities[Quantity("a", "startup_cpu_ms")].reason == "too short"
    assert found.quantities[Quantity("a", "rest_mb")].found is not None


def test_a_line_of_what_could_not_be_compared_has_no_quantities() -> None:
    found = of_line(LINE.model_copy(update={"reason": "no solution found"}))
    assert (found.quantities, found.reason) == ({}, "no solution found")


def test_the_first_valid_comparison_with_the_anchor_counts_and_later_ones_do_not_move_it() -> None:
    invalid, first, later = pair("2.0", "1.0", None), pair("2.0", "1.0", 0.1), pair("2.0", "1.0", 0.2)
    index = PairIndex("2.0", [invalid, first, later])
    found = index.of_anchor("1.0", A)
    assert found is not None
    assert found.pair is first
    alone = PairIndex("2.0", [invalid]).of_anchor("1.0", A)
    assert alone is not None
    assert not alone.valid
    assert index.of_anchor("1.1", A) is None


def test_a_direct_comparison_is_none_with_the_anchor_as_its_base_but_one_that_was_made_after_that() -> None:
    point, again = pair("2.0", "2.1", 0.1), pair("2.0", "2.1", 0.2)
    assert PairIndex("2.0", [point]).direct("2.0", "2.1", A) is None
    fresh = PairIndex("2.0", [point, again]).direct("2.0", "2.1", A)
    assert fresh is not None
    assert fresh.pair is again
    older = pair("1.9", "2.0", 0.1)
    found = PairIndex("2.0", [older, replace(older, quantities={}, reason="it ended")]).direct("1.9", "2.0", A)
    assert found is not None
    assert found.pair is older


def test_what_could_not_be_compared_was_asked() -> None:
    refused = ReleasePair("2.0", "1.0", "cpu_us", {}, reason="no solution found")
    found = PairIndex("2.0", [refused]).of_anchor("1.0", A)
    assert found is not None
    assert found.said is None
    assert PairIndex("2.0", [refused]).of_anchor("1.0", Quantity("a", "rest_mb")) is None
