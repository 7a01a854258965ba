"""One case's samples with what the safeguards said of them: what its figures are made from, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from bench.analysis.load.figures import Load, Search
from bench.analysis.load.summary import load_of, search_of
from bench.analysis.run.figures import CheckedFigure, Standing, Timing
from bench.model.boundaries import BoundarySample
from bench.model.connections import ConnectionSample
from bench.model.load import LoadSample, SearchSample
from bench.model.run import (
    AllocationSample,
    Check,
    FactSample,
    MemorySample,
    MissingSample,
    ProfileSample,
    Sample,
    TimingSample,
)
from bench.model.server_layers import ServerSample
from bench.model.startup import AtRestSample, BuildSample, CaseStartupSample
from bench.model.workload import Pass

T = TypeVar("T")
S = TypeVar(
    "S",
    TimingSample,
    AllocationSample,
    LoadSample,
    SearchSample,
    ServerSample,
    ConnectionSample,
    BoundarySample,
    MemorySample,
    CaseStartupSample,
    BuildSample,
    AtRestSample,
    FactSample,
    ProfileSample,
)

Checked = tuple[Sample, tuple[Check, ...]]
"""A sample, and what each safeguard said of it."""


class JudgedSamples:
    """One case's samples with their findings, and its absences: what its figures are made from."""

    def __init__(self, case: str, absences: Sequence[MissingSample], checked: Sequence[Checked]) -> None:
        self.absences = [absence for absence in absences if absence.case == case]
        self.checked = [(sample, results) for sample, results in checked if sample.case == case]

    def figure(
        self,
        kind: type[S],
        during: Pass,
        make: Callable[[list[S]], T | CheckedFigure[T]],
        scenario: str | None = None,
        where: str | None = None,
    ) -> CheckedFigure[T]:
        """A figure made of all samples of one kind, under one scenario or taken at one place if that is given; or, when
        one of them failed a check or is missing, the reasons."""
        found = [
            (s, results)
            for s, results in self.checked
            if isinstance(s, kind)
            and (scenario is None or getattr(s, "scenario", scenario) == scenario)
            and (where is None or getattr(s, "where", None) == where)
        ]
        absences = [a for a in self.absences if a.concerns(during) and a.scenario in (None, scenario)]
        broken = [absence.reason for absence in absences if absence.kind == "invalid"]
        broken += _failures([results for _, results in found])
        if broken:
            return CheckedFigure(None, Standing.INVALID, tuple(dict.fromkeys(broken)))
        if found:
            made = make([sample for sample, _ in found])
            return made if isinstance(made, CheckedFigure) else CheckedFigure(made)
        if absences:
            return CheckedFigure(None, Standing.SKIPPED, tuple(dict.fromkeys(absence.reason for absence in absences)))
        return CheckedFigure(None, Standing.UNMEASURED, (f"not measured in this run's {during} pass",))

    def profile(self, during: Pass, where: str) -> CheckedFigure[ProfileSample]:
        return self.figure(ProfileSample, during, lambda samples: samples[-1], where=where)

    def search(self) -> CheckedFigure[Search]:
        """UNMEASURED without a search; one that failed has left an absence, which stands among the loads."""
        if not any(isinstance(sample, SearchSample) for sample, _ in self.checked):
            return CheckedFigure(None, Standing.UNMEASURED, ("no search for the maximum rate",))
        return self.figure(SearchSample, Pass.LOAD, lambda samples: search_of(samples[-1]))

    def if_taken(
        self,
        kind: type[S],
        during: Pass,
        make: Callable[[list[S]], T | CheckedFigure[T]],
        otherwise: str,
        part: str | None = None,
    ) -> CheckedFigure[T]:
        """Of a pass that takes few cases, or of a part of it: UNMEASURED where it didn't take this one."""
        taken = any(isinstance(sample, kind) for sample, _ in self.checked)
        if not taken and not any(absence.during is during for absence in self.absences):
            return CheckedFigure(None, Standing.UNMEASURED, (otherwise,))
        return self.figure(kind, during, make, part)

    def loads(self, undisturbed: float, timing: CheckedFigure[Timing]) -> dict[str, CheckedFigure[Load]]:
        """By scenario; a load pass that left only an absence has one entry with no name."""
        served = [sample for sample, _ in self.checked if isinstance(sample, LoadSample)]
        missing = [absence for absence in self.absences if absence.during == Pass.LOAD]
        names = list(dict.fromkeys([sample.scenario for sample in served] + [a.scenario or "" for a in missing]))
        cpu_us = timing.value.cpu_us if timing.value else None

        def under(name: str) -> CheckedFigure[Load]:
            return self.figure(LoadSample, Pass.LOAD, partial(load_of, undisturbed, cpu_us), name)

        return {name: under(name) for name in names}


def _failures(findings: Sequence[tuple[Check, ...]]) -> list[str]:
    """A sentence for each safeguard that failed: in how many launches, and what it saw in the first of them."""
    failed: dict[str, list[str]] = {}
    for check in (check for results in findings for check in results if not check.passed):
        failed.setdefault(check.name, []).append(check.evidence)
    many = f" of {len(findings)} launches" if len(findings) > 1 else ""
    return [f"{name}: {seen[0]}{f' ({len(seen)}{many})' if many else ''}" for name, seen in failed.items()]
