"""What a package's record lacks: releases and cases that have no valid figure, and those still to be measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.series.record import PackageRecord
from bench.report.document import Block, Cell, Column, Prose, Row, Section, Table
from bench.report.words.metrics import LABELS
from bench.report.words.package_steps import one_text
from bench.text.numbers import listed

_EVERY = "every case"
_NAMED = 6
_BRIEF = 8


def section(record: PackageRecord) -> Section | None:
    """One row for all releases of which the same is missing for the same reason."""
    by_reason: dict[tuple[str, str, str], list[str]] = {}
    for release, case, metric, reason in _gaps(record):
        by_reason.setdefault((case, metric, reason), []).append(release)
    blocks: list[Block] = []
    if by_reason:
        columns = (
            Column("release", words=True, wrap=True),
            Column("case", words=True),
            Column("why", words=True, wrap=True),
        )
        rows = tuple(_row(record.header.package, releases, *of) for of, releases in by_reason.items())
        blocks.append(Table(columns, rows, shown="page" if len(rows) > _BRIEF else "everywhere"))
        if len(rows) > _BRIEF:
            blocks.append(Table(columns, rows[:_BRIEF], shown="brief"))
            blocks.append(Prose(f"{len(rows) - _BRIEF} more are on the page.", "soft", shown="brief"))
    if record.missing:
        blocks.append(Prose(f"Some costs are still to be measured of {_named(record.missing)}."))
    return Section("Not measured", tuple(blocks)) if blocks else None


def _gaps(record: PackageRecord) -> Iterator[tuple[str, str, str, str]]:
    """Release, case, metric and reason."""
    out = {one.release: one.reason for one in record.left_out}
    for release, reason in out.items():
        yield release, _EVERY, "", reason
    for line in record.lines:
        for point in line.points:
            if not point.found and point.release not in out:
                yield point.release, f"`{line.case}`", LABELS[line.metric], point.reason


def _row(package: str, releases: Sequence[str], case: str, metric: str, reason: str) -> Row:
    return Row(
        (Cell(_named(releases)), Cell(case, metric), Cell(reason)),
        found_by=(one_text(package, *releases, case.strip("`"), metric), package),
    )


def _named(releases: Sequence[str]) -> str:
    """All of a few; of many both ends, and how many there are."""
    return f"{releases[0]} to {releases[-1]} ({len(releases)})" if len(releases) > _NAMED else listed(releases)
