"""The steps that one call of `bench record` confirmed, for an issue or a message."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.document import Cell, Column, Document, Row, Section, Table
from bench.report.sections.record import steps
from bench.report.words.package_steps import PackageStep

_COLUMNS = (
    Column("package", words=True),
    Column("release"),
    Column("case", words=True, code=True),
    Column("change"),
    Column("allocations"),
    Column("function that changed most", words=True, code=True),
)


def document(found: Sequence[PackageStep]) -> Document:
    """Of some steps, in their order."""
    releases = len({(one.package, one.step.newer) for one in found})
    rows = tuple(
        Row(
            (
                Cell(one.package),
                steps.release(one),
                steps.case(one),
                steps.change(one),
                steps.allocs(one),
                steps.culprit(one, found),
            )
        )
        for one in found
    )
    said = f"{len(found)} new confirmed step{'s' if len(found) > 1 else ''} in {releases} release"
    return Document(
        title="New releases changed what cases cost",
        headline=(f"{said}{'s' if releases > 1 else ''}: fresh blocks of both releases show each of them.",),
        sections=(Section("Steps", (Table(_COLUMNS, rows, sortable=False),)),),
        version=found[0].record.comparisons[-1].harness_version if found else "",
    )
