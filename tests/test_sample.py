"""The committed run is a real one that can be read, believed and rendered, and so is every baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import store
from bench.report.html import render
from bench.report.verdicts import ADDITIVE, worst_residual
from bench.summary import summarise

RESULTS = Path(__file__).parents[1] / "results"


def test_the_sample_makes_sense() -> None:
    summary = summarise(store.load(RESULTS / "sample"))
    cpu_us = {
        id_: case.timing.value.cpu_us.mean for id_, case in summary.cases.items() if case.timing.value is not None
    }
    chain = ["raw_asgi", "starlette_plain", "fastapi_plain", "fastapi_response_model"]
    costs = [cpu_us[f"{target}:rows100"] for target in chain]
    assert costs == sorted(costs)
    worst = worst_residual(summary)
    assert worst is not None
    assert abs(worst.residual_share) <= ADDITIVE
    full, streamed = (summary.cases[f"{name}:export"].memory.value for name in ("csv_full", "csv_stream"))
    assert full is not None
    assert streamed is not None
    assert streamed.peak_mb.mean < full.peak_mb.mean / 20
    assert all(case.allocations.value.agree for case in summary.cases.values() if case.allocations.value)
    assert not summary.holes


def test_the_sample_renders_with_its_flame_graphs() -> None:
    run = store.load(RESULTS / "sample")
    profiles = store.load_profiles(run, RESULTS / "sample")
    assert len(profiles) == 9
    page = render(run, profiles)
    assert len(page.encode()) < 3_000_000
    assert "http://" not in page.replace("http://www.w3.org/", "")


@pytest.mark.parametrize("baseline", sorted((RESULTS / "baselines").glob("*.json")), ids=lambda path: path.stem)
def test_every_baseline_can_be_read(baseline: Path) -> None:
    assert store.load(baseline).complete
