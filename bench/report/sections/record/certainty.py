"""How certain a record is: how wide its intervals are, on which machines it was measured, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.analysis.series.record import PackageRecord
from bench.model.comparison import Metric
from bench.report.document import Bullets, Cell, Column, Facts, Row, Section, Table
from bench.report.words.metrics import LABELS
from bench.report.words.package_steps import confirmed, steps, undecided
from bench.report.words.package_steps import unconfirmed as not_confirmed
from bench.report.words.record import measured_releases, period, plural
from bench.stats.two_stage import CONFIDENCE
from bench.text.numbers import duration, listed, number, share


def section(records: Sequence[PackageRecord]) -> Section:
    """The headings say what each column is; machines are named by their processor alone."""
    columns = (
        Column("package", words=True),
        Column("releases"),
        Column("comparisons"),
        Column("machine time"),
        Column("steps"),
        Column("confirmed"),
        Column("not confirmed"),
        Column("undecided"),
    )
    rows = tuple(map(_package, records))
    blocks = (
        Table(columns, rows, sortable=False, shown="page"),
        Facts(tuple(_facts(records)), shown="page"),
        Bullets(tuple(_limits(records)), shown="page"),
    )
    return Section("How certain is it", blocks, "certainty", shown="page")


def _package(record: PackageRecord) -> Row:
    elapsed_s = sum(one.elapsed_s for one in record.comparisons)
    looked = not_confirmed([record])
    pending = len(undecided(looked))
    return Row(
        (
            Cell(record.header.package),
            Cell(str(len(measured_releases(record)))),
            Cell(number(len(record.comparisons), 0)),
            Cell(duration(elapsed_s)),
            Cell(number(len(steps([record])), 0)),
            Cell(str(len(confirmed([record])))),
            Cell(str(len(looked) - pending)),
            Cell(str(pending)),
        )
    )


def _halves(record: PackageRecord) -> Iterator[str]:
    """`CPU ±0.6% (fresh blocks ±0.5%)`, the median by metric."""
    metrics: dict[Metric, None] = dict.fromkeys(line.metric for line in record.lines)
    for metric in metrics:
        lines = [line for line in record.lines if line.metric == metric]
        halves = [one.found.log_half for line in lines for one in line.points if one.found and one.found.log_half]
        fresh = [
            (step.fresh.result.ci_high - step.fresh.result.ci_low) / 2
            for line in lines
            for step in line.steps
            if step.fresh and step.fresh.result.ci_high is not None and step.fresh.result.ci_low is not None
        ]
        if halves:
            beside = f" (fresh blocks ± {share(float(np.median(fresh)))})" if fresh else ""
            yield f"{LABELS[metric]} ± {share(float(np.median(halves)))}{beside}"


def _facts(records: Sequence[PackageRecord]) -> Iterator[tuple[str, str]]:
    every = [one for record in records for one in record.comparisons]
    yield "measured", f"{period(records)}, {duration(sum(one.elapsed_s for one in every))} in all"
    models = {one.machine.fingerprint: one.machine.cpu_model for one in every}
    for fingerprint, model in models.items():
        count = sum(one.machine.fingerprint == fingerprint for one in every)
        yield "machine", f"{model}, `{fingerprint}`, {number(count, 0)} comparisons"
    for record in records:
        if halves := list(_halves(record)):
            yield f"half of a {CONFIDENCE:.0%} interval", f"{record.header.package}: {'; '.join(halves)}"
    for record in records:
        header = record.header
        lock = f"lock `{header.lock_sha256[:12]}`"
        yield "reference", f"{header.package} {header.anchor}, Python {header.python}, {lock}"
    versions = dict.fromkeys(one.harness_version for one in every)
    yield "layercake", ", ".join(versions)


def _limits(records: Sequence[PackageRecord]) -> Iterator[str]:
    for margin in dict.fromkeys(record.margin for record in records):
        yield (
            f"A step smaller than {share(margin)} is not called one. Several small ones add up unmarked: "
            "“Do the steps add up?” shows by how much."
        )
    yield (
        "Costs are those of these cases on this Python and these other packages. Another Python, or other versions "
        "of those packages, may show other steps."
    )
    for record in records:
        gaps = len(record.left_out)
        missing = len(record.missing)
        said = [f"{plural(gaps, 'planned release')} could not be compared"] if gaps else []
        if missing:
            said.append(f"{plural(missing, 'release')} still {'has' if missing == 1 else 'have'} costs to be measured")
        if said:
            yield f"{record.header.package}: {listed(said)}. A step over such a gap names both of its ends."
