"""`bench audit`: an app is described, asked, and measured route by route; whatever was measured is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Protocol

from bench.answers.right_answer import right_answer
from bench.catalog.selection import matching, names_route, select
from bench.host.noise import noise
from bench.measure.audit import passes
from bench.measure.audit.effort import LEVELS
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found
from bench.model.app import AppDescription, RouteCoverage
from bench.model.audit import Audit, AuditSample, StartupSample
from bench.model.exchange import RightAnswer
from bench.model.run import MissingSample, Noise
from bench.model.workload import Case, EffortName, Pass, Target
from bench.runner import contract
from bench.runner.plan import Plan
from bench.store import documents
from bench.store.files import write_atomically
from bench.store.recording import Recording
from bench.workflows.provenance import begun


class AuditListener(Protocol):
    """Receives the progress of an audit: the seconds that each pass is expected to take, and each observation."""

    def begin(self, expected_s: Mapping[str, float]) -> None: ...

    def expects(self, left_s: Mapping[str, float]) -> None: ...

    def begun(self, stage: str) -> None: ...

    def observed(self, stage: str, what: str, worth_s: float) -> None: ...

    def ended(self, stage: str) -> None: ...


@dataclass(frozen=True)
class AuditSubject:
    """An app whose requests are known: what it is, what of it can be measured, and how often its routes are asked."""

    app: AppDescription
    target: Target
    coverage: tuple[RouteCoverage, ...]
    weights: Mapping[str, float] | None = None


@dataclass(frozen=True)
class AuditReady:
    """An app whose answers were checked: what to measure, and the cases that answer something else than expected."""

    subject: AuditSubject
    inputs: AuditInputs
    cases: tuple[Case, ...]
    refused: tuple[MissingSample, ...]


def ready(
    plan: Plan, subject: AuditSubject, effort: EffortName, globs: Sequence[str], launch_s: float, begin_s: float
) -> AuditReady:
    """Ask every case that the globs name several times: those whose answers are right are measured, with as much effort
    as there is time for. `launch_s` is how long the app takes to start, `begin_s` when the audit began by
    `perf_counter`. Raises CatalogError.
    """
    plan = replace(plan, cases=_chosen(plan.cases, subject.coverage, globs))
    right: dict[str, RightAnswer] = {}
    cases, refused = [], []
    for checked in contract.asked(plan):
        if wrong := checked.error or checked.wrong:
            refused.append(MissingSample.invalid(checked.case.id, Pass.TIMING, wrong))
            continue
        cases.append(checked.case)
        right[checked.case.id] = right_answer(checked.answers, checked.case.compared, checked.case.varies)
    known = plan.knowing(cases)
    known = replace(known, cases=tuple(case for case in known.cases if case.id in right))
    level = LEVELS[effort][0]
    # The last start was with another one on the other core, as most launches are.
    launch_s = max(launch_s, plan.costs.start_s) + sum(plan.costs.call_s(case.id) for case in cases)
    before_s = perf_counter() - begin_s
    inputs = AuditInputs(known, subject.app, level, right, launch_s, before_s, known.stream_cores())
    return AuditReady(subject, passes.fitted(inputs, effort), plan.knowing(cases).cases, tuple(refused))


def _chosen(cases: Sequence[Case], coverage: Sequence[RouteCoverage], globs: Sequence[str]) -> tuple[Case, ...]:
    """The cases that the globs name. One that names only routes that can't be measured chooses none: the coverage has
    the reasons. Raises CatalogError for one that names no route at all.
    """
    unmeasured = [one.route for one in coverage if not one.measured]
    known = [glob for glob in globs if not names_route(unmeasured, glob) or matching(cases, [glob])]
    return () if globs and not known else select(cases, known)


def begin(
    ready: AuditReady, effort: EffortName, command: Sequence[str], folder: Path, project: Path
) -> Recording[Audit]:
    """A new audit with nothing measured yet, and its environment's packages beside it. Raises StoreError."""
    environment = ready.inputs.plan.environment
    audit = Audit(
        **begun(command, ready.inputs.plan.seed, project, word=effort),
        effort=effort,
        stack=environment.stack,
        app=ready.subject.app,
        server=ready.inputs.plan.server,
        coverage=ready.subject.coverage,
        cases=ready.cases,
        weights=dict(ready.subject.weights) if ready.subject.weights else None,
        absences=ready.refused,
    )
    recording = documents.AUDIT.recording(audit, folder)
    recording.flush()
    write_atomically(recording.folder / "stack.lock", environment.lock)
    return recording


def measure(recording: Recording[Audit], ready: AuditReady, progress: AuditListener) -> None:
    """All passes, in their order; what was measured is kept. Raises StoreError, and KeyboardInterrupt."""
    inputs, begin_s = ready.inputs, perf_counter()
    core = inputs.plan.cores.measured
    progress.begin({one.label: one.expected_s(inputs) for one in passes.PASSES})
    try:
        _heard(recording, noise("start", core))
        for done, one in enumerate(passes.PASSES):
            inputs = passes.refitted(inputs, recording.document.effort, done, perf_counter() - begin_s)
            progress.expects({left.label: left.expected_s(inputs) for left in passes.PASSES[done:]})
            worth_s = one.expected_s(inputs) / max(1, one.observations(inputs))
            progress.begun(one.label)
            with closing(one.measure(inputs)) as observed:
                for found in observed:
                    _add(recording, found)
                    progress.observed(one.label, _subject(found), worth_s)
            recording.change(elapsed_s=perf_counter() - begin_s)
            progress.ended(one.label)
        _heard(recording, noise("end", core))
        recording.change(complete=True, elapsed_s=perf_counter() - begin_s)
    finally:
        recording.flush()


def _add(recording: Recording[Audit], found: Found) -> None:
    audit = recording.document
    if isinstance(found, MissingSample):
        recording.change(absences=(*audit.absences, found))
    else:
        recording.change(samples=(*audit.samples, found))


def _heard(recording: Recording[Audit], heard: Noise) -> None:
    recording.change(noise=(*recording.document.noise, heard))


def _subject(found: AuditSample | MissingSample) -> str:
    return "" if isinstance(found, StartupSample) else found.case
