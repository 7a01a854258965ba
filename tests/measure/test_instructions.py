"""Callgrind counts what a request takes, and the same again."""

from __future__ import annotations

from pathlib import Path

import pytest
from plans import plan, write_target

from bench.host.affinity import stream_cores
from bench.measure import instructions
from bench.model.pair_samples import InstructionPair
from bench.model.run import MissingSample
from bench.runner import sharing
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.stack.environment import Environment

WORK = "for _ in range({turns}): str(_)"


@pytest.mark.slow
@pytest.mark.skipif(not instructions.available(), reason="needs valgrind")
@pytest.mark.parametrize("pairs", [{}, {stream_cores()[0]: stream_cores()[-1], stream_cores()[-1]: stream_cores()[0]}])
def test_instructions_are_counted_to_a_tenth_of_a_per_cent_and_a_case_that_fails_costs_no_other(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pairs: dict[int | None, int]
) -> None:
    """By one pair of agents, and by several, as on a machine of more cores."""
    monkeypatch.setattr(PairedPlan, "core_pairs", lambda _: pairs)
    monkeypatch.setattr(sharing, "_WORTH_A_LAUNCH", 1)
    folders = tmp_path / "base", tmp_path / "head"
    for folder, turns in zip(folders, (2000, 3000), strict=True):
        folder.mkdir()
        write_target(folder, "same", WORK.format(turns=2000))
        write_target(folder, "moved", WORK.format(turns=turns))
        write_target(folder, "broken", "" if turns == 2000 else "raise ValueError('no')")
    found = list(instructions.measure_both(PairedPlan(plan(environment, folders[0]), plan(environment, folders[1]))))
    counted = {one.case: one for one in found if isinstance(one, InstructionPair)}
    assert counted["same:one"].head_instructions == pytest.approx(counted["same:one"].base_instructions, rel=0.002)
    assert 1.3 < counted["moved:one"].head_instructions / counted["moved:one"].base_instructions < 1.6
    (absence,) = [one for one in found if isinstance(one, MissingSample)]
    assert (absence.case, absence.reason) == ("broken:one", "head: ValueError: no")


def test_the_slope_is_that_of_the_two_latest_stretches(tmp_path: Path) -> None:
    for number, total in ((9, 1), (10, 1_000), (11, 31_000)):
        (tmp_path / f"counts.{number}").write_text(f"events: Ir\nsummary: {total}\n")
    assert instructions._slope(tmp_path) == 30_000 / instructions.REQUESTS


def test_counts_that_were_never_written_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="callgrind wrote no counts"):
        instructions._slope(tmp_path)
