"""Peaks are seen though they are short, in a fresh process each."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import plan, write_target

from bench.analysis.run import figures
from bench.measure import memory
from bench.model.run import MemorySample, MissingSample
from bench.stack.environment import Environment

pytestmark = pytest.mark.measures

TWO = '{"small": {"path": "/small"}, "big": {"path": "/big", "only": ["memory"]}}'


def test_a_short_peak_is_seen_and_a_small_request_shows_none(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "peaky", "if scope['path'] == '/big': held = b'x' * 50_000_000; del held", requests=TWO)
    samples = {one.case: one for one in memory.measure(plan(environment, tmp_path)) if isinstance(one, MemorySample)}
    assert 49 <= samples["peaky:big"].peak_mb <= 56
    assert samples["peaky:small"].peak_mb < figures.LEAST_MB
    assert samples["peaky:big"].body_bytes == 4


def test_what_a_first_request_loads_is_not_charged_to_the_case(environment: Environment, tmp_path: Path) -> None:
    write_target(
        tmp_path,
        "lazy",
        "if calls == 1: app.kept = b'x' * 20_000_000",
        requests=TWO,
    )
    samples = {one.case: one for one in memory.measure(plan(environment, tmp_path)) if isinstance(one, MemorySample)}
    assert samples["lazy:big"].peak_mb < figures.LEAST_MB


def test_who_holds_the_event_loop_is_seen_and_who_only_waits_is_not(environment: Environment, tmp_path: Path) -> None:
    requests = '{"patient": {"path": "/patient"}, "greedy": {"path": "/greedy", "only": ["memory"]}}'
    body = "import asyncio, time; time.sleep(0.2) if scope['path'] == '/greedy' else await asyncio.sleep(0.2)"
    write_target(tmp_path, "held", body, requests=requests)
    samples = {one.case: one for one in memory.measure(plan(environment, tmp_path)) if isinstance(one, MemorySample)}
    greedy, patient = samples["held:greedy"], samples["held:patient"]
    assert greedy.stall_ms is not None
    assert patient.stall_ms is not None
    assert 190 <= greedy.stall_ms <= greedy.elapsed_ms
    assert patient.stall_ms < greedy.stall_ms / 2
    assert (greedy.hold_at, patient.hold_at) == ("held.py:22 time.sleep", None)
    assert greedy.hold_ms is not None
    assert patient.hold_ms is not None
    assert patient.hold_ms < greedy.hold_ms <= 1.05 * greedy.elapsed_ms  # a step ends after its answer
    assert patient.cpu_ms is not None
    assert patient.cpu_ms < patient.elapsed_ms / 2


def test_an_app_that_fails_is_an_absence_with_its_reason(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "broken", "raise MemoryError('enough')")
    (absence,) = memory.measure(plan(environment, tmp_path))
    assert isinstance(absence, MissingSample)
    assert "enough" in absence.reason
