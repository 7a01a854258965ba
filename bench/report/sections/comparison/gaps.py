"""What a comparison could not compare: responses that differ, and cases without a valid measurement."""

from __future__ import annotations

from bench.analysis.comparison.verdicts import untimed
from bench.model.comparison import OF_A_START, Comparison, Verdict
from bench.report.document import Cell, Column, Facts, Prose, Section, Table
from bench.report.document import Row as TableRow
from bench.report.templates import anchor
from bench.report.words.app_versions import what
from bench.report.words.comparison import case_word
from bench.report.words.metrics import unlike

_STANDINGS: dict[str, Cell] = {
    "skipped": Cell("skipped", tone="warn"),
    "invalid": Cell("INVALID", tone="bad"),
    "incomparable": Cell("incomparable", tone="warn"),
}


def differing(comparison: Comparison) -> Section | None:
    if not comparison.disagreements:
        return None
    said = (
        f"The two {what(comparison)}s return different responses for these cases. Their times are not compared, "
        "because they don't do the same work."
    )
    if comparison.gate in OF_A_START:
        said = f"These apps start on one of the two {what(comparison)}s only, so there is nothing to compare."
    parts = tuple(
        Section(f"`{one.case}`", (Facts((("base", one.base), ("head", one.head))),), f"differs-{anchor(one.case)}")
        for one in comparison.disagreements
    )
    return Section(unlike(comparison).capitalize(), (Prose(said, "warn"), *parts), "differing")


def missing(comparison: Comparison) -> Section | None:
    """Case, standing and reason of whatever could not be compared. What merely wasn't counted is in the notes."""
    absent: list[tuple[str, str, str]] = [
        (one.case, one.kind, one.reason) for one in comparison.absences if one.kind == "skipped" or untimed(one)
    ]
    known = {case for case, _, _ in absent}
    absent += [
        (one.case, "invalid" if one.verdict is not Verdict.INCOMPARABLE else "incomparable", "; ".join(one.reasons))
        for one in comparison.results
        if not one.valid and one.metric in comparison.judged and one.case not in known
    ]
    if not absent:
        return None
    said = Prose(
        f"A case is skipped where a {what(comparison)} can't serve it, INVALID where its measurement failed, and "
        "incomparable where it was measured on another host, as another case, or is too short."
    )
    columns = (
        Column(case_word(comparison), words=True, code=True),
        Column("status", words=True),
        Column("why", words=True, wrap=True),
    )
    made = tuple(TableRow((Cell(case), _STANDINGS[kind], Cell(reason))) for case, kind, reason in absent)
    return Section("Not compared", (said, Table(columns, made)), "missing", shown="page")
