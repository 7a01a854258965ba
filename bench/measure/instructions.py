"""Instructions of one request on two stacks, as callgrind counts them: slow, and hardly touched by what else runs."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bench.model.pair_samples import InstructionPair
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner import sharing, streams
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.agent_process import AgentError, Instrument
from bench.runner.each_case import each_case
from bench.runner.sharing import parts
from bench.runner.streams import CoreStream, Piece

MARK = "ctermid"
"""The function of the C library whose entry ends a stretch: bench/agent/instructions.py calls it."""
REQUESTS = 10
# Everything takes about fifty times as long.
_PATIENCE_S = 900.0
# Both agents need this long to start; then each case is asked for so many calls of either, so many times slower.
_LAUNCH_S, _CASE_S, _CALLS, _SLOWED = 25.0, 1.0, 39, 50
_SUMMARY = re.compile(rb"^summary: (\d+)", re.MULTILINE)


def available() -> bool:
    """Whether this machine has valgrind."""
    return shutil.which("valgrind") is not None


def measure_both(paired: PairedPlan) -> Generator[InstructionPair | MissingSample]:
    """Each case once on either stack, but for those that talk to a database: what they wait for counts as well. Where
    there are cores for several pairs of agents, each pair counts a part of the cases."""
    others = paired.core_pairs()
    with tempfile.TemporaryDirectory(prefix="layercake-") as folder:
        pieces = _pieces(replace(paired, together=False), Path(folder), others)
        with closing(streams.observe(tuple(others) or (None,), pieces)) as observed:
            yield from observed


def _pieces(
    paired: PairedPlan, folder: Path, others: Mapping[int | None, int]
) -> Iterator[Piece[InstructionPair | MissingSample]]:
    for number, (alone, cases) in enumerate(parts(paired, _counted(paired, paired.taken_by(Pass.ALLOCATIONS)))):
        counting = _CallgrindPair(paired.of(cases), folder / str(number))
        counting.folder.mkdir()
        yield Piece(partial(counting.count, others), alone)


def _counted(paired: PairedPlan, cases: Sequence[Case]) -> list[Case]:
    return [case for case in cases if not paired.base.targets[case.target].services]


def expected_s(paired: PairedPlan, cases: Sequence[Case]) -> float:
    """How long it takes to count these cases' instructions, about."""
    launch_s = max(_LAUNCH_S, _SLOWED * paired.starts_s(alone=True))
    return sharing.expected_s(parts(paired, _counted(paired, cases)), launch_s, partial(_cases_s, paired))


def _cases_s(paired: PairedPlan, cases: Sequence[Case]) -> float:
    return sum(_CASE_S + 2 * _CALLS * _SLOWED * paired.call_s(case.id) for case in cases)


@dataclass(frozen=True)
class _CallgrindPair:
    """Two stacks under callgrind, each of which writes its counts into a folder of its own."""

    paired: PairedPlan
    folder: Path

    def count(self, others: Mapping[int | None, int], stream: CoreStream) -> Generator[InstructionPair | MissingSample]:
        now = replace(self, paired=self.paired.on(stream, others.get(stream.core)))
        yield from each_case(now, Pass.ALLOCATIONS, 0, now.taken_by(Pass.ALLOCATIONS), set(), now.observe)

    def launch(self, launch: int) -> AgentPair:
        return self.paired.launch(launch, (_callgrind(self.folder / "base"), _callgrind(self.folder / "head")))

    def taken_by(self, during: Pass) -> list[Case]:
        return self.paired.taken_by(during)

    def arguments(self, case: Case) -> dict[str, Any]:
        return self.paired.arguments(case)

    def observe(self, duo: AgentPair, case: Case, _ready: frozenset[str]) -> InstructionPair:
        duo.call("instructions", case=case.id, requests=REQUESTS)
        return InstructionPair(
            case=case.id,
            hash_seed=self.paired.base.hash_seed(0),
            base_instructions=_slope(self.folder / "base"),
            head_instructions=_slope(self.folder / "head"),
        )


def _callgrind(folder: Path) -> Instrument:
    """Writes into a `folder` that it finds empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    words = (
        "valgrind", "--quiet", "--tool=callgrind",
        f"--dump-before={MARK}", f"--callgrind-out-file={folder / 'counts'}",
    )  # fmt: skip
    return Instrument(words, _PATIENCE_S)


def _slope(folder: Path) -> float:
    """Instructions of one request by the two latest stretches, of which the second has twice the requests.

    Callgrind numbers what it writes. Raises AgentError when there is less.
    """
    written = sorted(folder.glob("counts.*"), key=lambda file: int(file.suffix[1:]))
    totals = [int(found[1]) for file in written[-2:] if (found := _SUMMARY.search(file.read_bytes()))]
    for file in written[:-1]:
        file.unlink()
    if len(totals) < 2:
        raise AgentError("callgrind wrote no counts for this case")
    return (totals[1] - totals[0]) / REQUESTS
