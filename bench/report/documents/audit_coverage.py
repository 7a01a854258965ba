"""Which routes of an app were measured, and what to do about the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.model.app import ReasonKind, RouteCoverage
from bench.model.audit import Audit, route_id
from bench.model.audit_figures import AuditFigures
from bench.report.document import Block, Bullets, Cell, Column, Fold, Prose, Row, Section, Table
from bench.report.words.audit import REASONS
from bench.text.numbers import listed

_NAMED = 3
Group = tuple[ReasonKind | None, str]


def section(audit: Audit, figures: AuditFigures) -> Section:
    """Reasons with their step, those of most routes first."""
    seen = figures.coverage
    grouped: dict[Group, list[RouteCoverage]] = {}
    chosen = {route_id(case.request) for case in audit.cases}
    for one in audit.coverage:
        if not one.measured:
            grouped.setdefault((one.reason, one.says), []).append(one)
        elif one.route not in chosen:
            grouped.setdefault(("skipped", "not named by --case"), []).append(one)
    groups = sorted(_with_singles_together(grouped).items(), key=lambda entry: -len(entry[1]))
    blocks: list[Block] = [Prose(f"{seen.measured} of {seen.routes} routes were measured.")]
    if groups:
        columns = (
            Column("routes"),
            Column("reason", words=True),
            Column("which, and the next step", words=True, wrap=True),
        )
        blocks.append(Table(columns, tuple(_row(group, found) for group, found in groups), sortable=False))
        names = tuple(f"`{one.route}`: {one.says or one.reason}" for _, found in groups for one in found)
        if len(names) > len(groups):
            blocks.append(Fold("All routes that weren't measured", (Bullets(names),), shown="page"))
    return Section("Coverage", tuple(blocks), "coverage")


def _with_singles_together(grouped: Mapping[Group, list[RouteCoverage]]) -> dict[Group, list[RouteCoverage]]:
    """Many routes, each with words of its own for one reason, are one group with the words of the first."""
    singles: dict[ReasonKind | None, list[RouteCoverage]] = {}
    for (reason, _), found in grouped.items():
        if len(found) == 1:
            singles.setdefault(reason, []).extend(found)
    many = {reason: found for reason, found in singles.items() if len(found) > _NAMED}
    kept = {group: found for group, found in grouped.items() if len(found) > 1 or group[0] not in many}
    return kept | {(reason, f"e.g. {found[0].says}"): found for reason, found in many.items()}


def _row(group: Group, found: Sequence[RouteCoverage]) -> Row:
    reason, says = group
    names = [f"`{one.route}`" for one in found]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    words = REASONS[reason][len(found) > 1] if reason else ""
    which = Cell(listed([*names[:_NAMED], *more]), below=says)
    return Row((Cell(str(len(found)), sort=len(found)), Cell(words), which))
