"""Profiles of an audit's routes, in a pass of their own: a run in the audit's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.measure.job import Loads
from bench.model.run import Run
from bench.model.workload import EffortName, Pass
from bench.runner.plan import Plan
from bench.store.recording import Recording
from bench.workflows import run
from bench.workflows.run import RunListener


def profile(
    plan: Plan, effort: EffortName, command: Sequence[str], folder: Path, project: Path, progress: RunListener
) -> Recording[Run]:
    """Every case of the plan profiled in process, as a run in this folder. Raises StoreError, and KeyboardInterrupt."""
    only = tuple(case.model_copy(update={"only": (Pass.PROFILE,)}) for case in plan.cases)
    plan = replace(plan, cases=only)
    recording = run.begin(plan, effort, (), command, folder, project)
    run.measure(recording, plan, (Pass.PROFILE,), Loads(), progress)
    return recording
