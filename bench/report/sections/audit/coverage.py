"""Which routes of an app were measured, and what to do about the others."""

from __future__ import annotations

from bench.analysis.audit.coverage import measured_coverage
from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures
from bench.report.document import Block, Bullets, Cell, Column, Fold, Prose, Row, Section, Table
from bench.report.words.coverage import Unmeasured, unmeasured
from bench.text.numbers import listed

_NAMED = 3


def section(audit: Audit, figures: AuditFigures) -> Section:
    """Reasons with their step, those of most routes first."""
    seen = figures.coverage
    groups = unmeasured(measured_coverage(audit))
    blocks: list[Block] = [Prose(f"{seen.measured} of {seen.routes} routes were measured.")]
    if groups:
        columns = (
            Column("routes"),
            Column("reason", words=True),
            Column("which, and the next step", words=True, wrap=True),
        )
        blocks.append(Table(columns, tuple(map(_row, groups)), sortable=False))
        names = tuple(f"`{one.route}`: {one.says or group.words}" for group in groups for one in group.routes)
        if len(names) > len(groups):
            blocks.append(Fold("All routes that weren't measured", (Bullets(names),), shown="page"))
    return Section("Coverage", tuple(blocks), "coverage")


def _row(group: Unmeasured) -> Row:
    many = len(group.routes)
    which = listed([f"`{one.route}`" for one in group.routes], _NAMED)
    below = "; ".join(filter(None, (group.evidence, group.step)))
    return Row((Cell(str(many), sort=many), Cell(group.words), Cell(which, below=below)))
