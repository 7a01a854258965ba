"""Real starts of apps whose costs are known, on one stack: what differs in real life is the stack."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import plan, write_target

from bench.measure.paired_startup import PairedStartup
from bench.model.comparison import AnswerMismatch
from bench.model.pair_samples import StartupPair
from bench.model.run import MissingSample
from bench.runner.agent_pair import PairedPlan
from bench.runner.streams import CoreStream
from bench.stack.environment import Environment
from bench.workflows.comparison.startup_selection import started

ANYWHERE = CoreStream(None)
BURNT_MS = 150


def write_app(folder: Path, name: str, at_import: str) -> None:
    """A target that does this as it is imported."""
    write_target(folder, name, "")
    file = folder / f"{name}.py"
    file.write_text(f"{file.read_text()}\n{at_import}\n")


def burn(ms: int) -> str:
    return f"end = time.thread_time_ns() + {ms}_000_000\nwhile time.thread_time_ns() < end: pass"


@pytest.fixture
def apart(environment: Environment, tmp_path: Path) -> PairedPlan:
    folders = tmp_path / "base", tmp_path / "head"
    for folder in folders:
        folder.mkdir()
        write_app(folder, "same", "")
        write_app(folder, "absent", "raise RuntimeError('never')")
    write_app(folders[0], "moved", "")
    write_app(folders[1], "moved", f"{burn(BURNT_MS)}\nheld = bytearray(b'x' * 30_000_000)")
    write_app(folders[0], "breaks", "")
    write_app(folders[1], "breaks", "raise RuntimeError('no more')")
    return started(PairedPlan(plan(environment, folders[0]), plan(environment, folders[1])))


@pytest.mark.slow
def test_cases_are_apps_and_one_that_starts_on_one_side_only_is_a_finding(apart: PairedPlan) -> None:
    assert [case.id for case in apart.base.cases] == ["absent", "breaks", "moved", "same"]
    found = {one.case: one for one in PairedStartup(apart, 0.0).check()}
    assert found.keys() == {"absent", "breaks"}
    absent, breaks = found["absent"], found["breaks"]
    assert isinstance(absent, MissingSample)
    assert absent.reason.startswith("on both stacks: ")
    assert "never" in absent.reason
    assert isinstance(breaks, AnswerMismatch)
    assert (breaks.base, breaks.broken) == ("starts", "head")
    assert "no more" in breaks.head


@pytest.mark.slow
def test_a_block_is_a_fresh_process_of_each_side_and_what_is_planted_shows(apart: PairedPlan) -> None:
    cases = [case for case in apart.base.cases if case.id in {"moved", "same"}]
    both = apart.of(cases)
    pairing = PairedStartup(both, 0.0)
    assert list(pairing.check()) == []
    assert pairing.expected_s(cases) > 0
    blocks = [list(pairing.block(number, "pilot", cases, ANYWHERE)) for number in (1, 2, 3)]
    pairs = {(one.case, one.block): one for block in blocks for one in block if isinstance(one, StartupPair)}
    assert pairs.keys() == {(case.id, number) for case in cases for number in (1, 2, 3)}
    for case in ("moved", "same"):
        turns = [pairs[case, number].head_first for number in (1, 2, 3)]
        assert turns in ([True, False, True], [False, True, False])
    moved, same = pairs["moved", 1], pairs["same", 1]
    assert moved.head.startup_cpu_ms - moved.base.startup_cpu_ms > 0.8 * BURNT_MS
    assert moved.head.build_cpu_ms is not None
    assert moved.head.build_cpu_ms > 0.8 * BURNT_MS
    assert moved.head.rest_mb - moved.base.rest_mb == pytest.approx(30, abs=3)
    assert same.head.rest_mb == pytest.approx(same.base.rest_mb, rel=0.05)
    assert len({one.hash_seed for one in pairs.values()}) == 3
    assert all(us > 0 for us in (*moved.base.reference_us, *moved.head.reference_us))


@pytest.mark.slow
def test_an_app_that_is_another_one_once_its_libraries_are_imported_first_starts_as_it_is(
    environment: Environment, tmp_path: Path
) -> None:
    folders = tmp_path / "base", tmp_path / "head"
    for folder in folders:
        folder.mkdir()
        write_app(folder, "usual", "import wave")
        write_app(folder, "early", "import wave")
    early = "import sys\nheld = None if 'wave' in sys.modules else bytearray(b'x' * 30_000_000)\nimport wave"
    write_app(folders[0], "early", early)
    both = started(PairedPlan(plan(environment, folders[0]), plan(environment, folders[1])))
    pairing = PairedStartup(both, 0.0)
    assert list(pairing.check()) == []
    pairs = {one.case: one for one in pairing.block(1, "pilot", both.base.cases, ANYWHERE)}
    usual, early_pair = pairs["usual"], pairs["early"]
    assert isinstance(usual, StartupPair)
    assert isinstance(early_pair, StartupPair)
    assert usual.base.libraries_cpu_ms is not None
    assert early_pair.base.libraries_cpu_ms is early_pair.head.libraries_cpu_ms is None
    assert early_pair.base.rest_mb - early_pair.head.rest_mb == pytest.approx(30, abs=3)


def test_an_app_that_does_not_start_any_more_is_left_out_from_then_on(apart: PairedPlan) -> None:
    cases = [case for case in apart.base.cases if case.id in {"moved", "same"}]
    both = apart.of(cases)
    pairing = PairedStartup(both, 0.0)
    write_app(both.head.folder, "moved", "import os\nos._exit(7)")
    first = {one.case: one for one in pairing.block(1, "pilot", cases, ANYWHERE)}
    absence = first["moved"]
    assert isinstance(absence, MissingSample)
    assert absence.reason.startswith("head: the agent ended with status 7")
    assert isinstance(first["same"], StartupPair)
    assert [one.case for one in pairing.block(2, "pilot", cases, ANYWHERE)] == ["same"]
