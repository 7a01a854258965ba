"""`bench record`: what every release of the stack changed, kept in files that only grow."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from bench.audit.targets import known_targets
from bench.catalog.record_plan import read_record_plan, refuse_unknown_cases
from bench.catalog.selection import cases, descriptions
from bench.cli import arguments
from bench.cli.options import ResultsFolder
from bench.cli.output import Exit, console, errors, show, show_page
from bench.cli.paired import known_selftest, written
from bench.cli.progress import SeriesProgress
from bench.model.errors import UsageError
from bench.model.record_plan import PackagePlan
from bench.report.publish import publish_new_steps, publish_record
from bench.report.stored_record import stored_records
from bench.report.words.package_steps import confirmed
from bench.runner.agent_process import AgentError
from bench.store.files import StoreError
from bench.store.record import RecordFile
from bench.text.suggest import nearest
from bench.workflows.series import record
from bench.workflows.series.record import PackageRecorder
from bench.workflows.series.record_pair import RecordComparer
from bench.workspace import RECORD_PLAN, RESULTS, TARGETS, Results


def record_command(
    package: Annotated[
        list[str] | None,
        typer.Argument(metavar="PACKAGE", help="Packages of record.toml; default: all.", show_default=False),
    ] = None,
    budget: Annotated[str, typer.Option(metavar="TIME", help="Time per comparison; loads get more.")] = "45s",
    repeat: Annotated[int, typer.Option(metavar="N", help="Measure N releases again.")] = 0,
    results: ResultsFolder = RESULTS,
) -> None:
    """Measure what each release of the stack changed. Repeat the command to resume.

    The plan is record.toml, the data are in results/record. A record that is complete only gets new releases.
    """
    budget_s, kept = arguments.seconds(budget), Results.kept_in(results)
    arguments.within("--repeat", repeat, least=0)
    every = read_record_plan(RECORD_PLAN)
    chosen = _chosen(package or (), every)
    targets = known_targets(TARGETS, None)
    for plan in chosen:
        refuse_unknown_cases(plan, cases(targets), RECORD_PLAN)
        record.known(RecordFile(kept.record, plan.package), plan)
    before = {one.key for one in confirmed(stored_records(kept.record, every))}
    with written():
        kept.made()
    status = _measured(chosen, kept, budget_s, repeat)
    with written():
        found = stored_records(kept.record, every)
        document, page = publish_record(found, kept.record, descriptions(targets))
        publish_new_steps([one for one in confirmed(found) if one.key not in before], kept.record)
    show(document)
    show_page(str(page))
    raise typer.Exit(status)


def _chosen(packages: Sequence[str], plans: Sequence[PackagePlan]) -> list[PackagePlan]:
    """Raises UsageError."""
    known = [plan.package for plan in plans]
    for name in packages:
        if name not in known:
            raise UsageError(f"{name}: is not in {RECORD_PLAN.name}; {nearest(name, known)}")
    return [plan for plan in plans if not packages or plan.package in packages]


def _measured(plans: Sequence[PackagePlan], kept: Results, budget_s: float, repeat: int) -> Exit:
    """The releases of all packages first, then what decides their steps. Raises StackError where no package index can
    be reached, and UsageError."""
    progress = SeriesProgress(console, budget_s)
    try:
        with console.status("looking for releases"):
            recorders = [_recorder(plan, kept, budget_s, repeat, progress) for plan in plans]
        with progress:
            for one in recorders:
                one.compare_releases()
            for one in recorders:
                one.record()
    except KeyboardInterrupt:
        errors.print(f"interrupted; results are saved in {kept.record}; repeat the command to resume")
        return Exit.INTERRUPTED
    except (AgentError, StoreError) as error:
        errors.print(f"bench: {error}\nearlier results are saved in {kept.record}")
        return Exit.NO_VALID_MEASUREMENT
    return Exit.FINE


def _recorder(
    plan: PackagePlan, kept: Results, budget_s: float, repeat: int, progress: SeriesProgress
) -> PackageRecorder:
    file = RecordFile(kept.record, plan.package)
    header, anchor = record.prepared(file, plan)
    selftest = known_selftest(kept)
    comparer = RecordComparer(plan, header.anchor, anchor, kept.record, budget_s, progress, sys.argv[1:], selftest)
    return PackageRecorder(plan, file, comparer.measure, progress, datetime.now(UTC), repeat)
