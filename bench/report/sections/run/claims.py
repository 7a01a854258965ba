"""Claims and questions as a section of a report."""

from __future__ import annotations

from collections.abc import Iterable

from bench.analysis.run.figures import Summary
from bench.claims.claim import Claim, ClaimVerdict
from bench.claims.judge import answer, judge
from bench.model.workload import EffortName
from bench.report import cells
from bench.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    Figure,
    Finding,
    Findings,
    Fold,
    Prose,
    Row,
    Section,
    Table,
    Tone,
)
from bench.report.figures.cost_by_rows import Serialisers, serialisers
from bench.report.templates import anchor, render
from bench.text.numbers import number

_TONES: dict[ClaimVerdict, Tone] = {
    ClaimVerdict.HOLDS: "good",
    ClaimVerdict.HOLDS_FOR: "part",
    ClaimVerdict.REFUTED: "bad",
    ClaimVerdict.UNDECIDED: "warn",
    ClaimVerdict.NOT_MEASURED: "soft",
}


def section(summary: Summary) -> Section | None:
    """None of a run that measured no claim."""
    claims = judge(summary)
    measured = [claim for claim in claims if claim.verdict is not ClaimVerdict.NOT_MEASURED]
    missing = [claim for claim in claims if claim.verdict is ClaimVerdict.NOT_MEASURED]
    if not measured:
        return None
    blocks: list[Block] = [
        Prose(
            "Common claims about this stack, and what this run says about them, for these versions on this machine. A "
            "claim holds or is refuted when the whole 95% interval lies on one side of the limit. Otherwise it is "
            "undecided.",
            shown="page",
        ),
        _findings(measured),
    ]
    blocks.append(Prose(_in_brief(len(missing), summary.run.effort), "soft", shown="brief"))
    if missing:
        blocks.append(Fold(f"Not measured in this run: {_counted(len(missing))}", (_findings(missing),), shown="page"))
    blocks.append(_questions(summary))
    if (drawn := serialisers(summary)) is not None:
        blocks.append(_serialisers(drawn))
    return Section("Claims", tuple(blocks), "claims")


def _findings(claims: Iterable[Claim]) -> Findings:
    return Findings(
        tuple(
            Finding(
                claim.verdict,
                claim.says,
                _TONES[claim.verdict],
                scope=f"For {claim.scope}." if claim.scope else "",
                texts=(claim.finding,),
                anchor=f"claim-{anchor(claim.name)}",
                cases=_cases(claim.cases),
            )
            for claim in claims
        )
    )


def _cases(ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((id_, f"case-{anchor(id_)}") for id_ in ids)


def _counted(claims: int) -> str:
    return "1 claim" if claims == 1 else f"{claims} claims"


def _in_brief(missing: int, effort: EffortName) -> str:
    """Where the numbers are, and how many claims were not measured."""
    if not missing:
        return "The report has the numbers behind each claim."
    more = "" if effort is EffortName.FULL else f" at {effort} effort; `bench run --full` measures more"
    return f"Not measured: {_counted(missing)}{more}. The report has the reasons, and the numbers behind each claim."


def _questions(summary: Summary) -> Section:
    items = tuple(
        Finding(
            "" if reply.measured else "not measured",
            reply.asks,
            texts=(reply.finding,),
            anchor=f"question-{anchor(reply.name)}",
            cases=_cases(reply.cases),
        )
        for reply in answer(summary)
    )
    return Section("Questions", (Findings(items),), "questions", shown="page")


def _serialisers(found: Serialisers) -> Section:
    caption = (
        "How to read it: both axes are logarithmic, so a cost proportional to the number of rows is a straight line. "
        "The cost of a request without rows bends it at the left. The grey line sends bytes that are ready. Lines are "
        "straight between the measured numbers of rows, so the points where they cross are approximate."
    )
    blocks: list[Block] = [
        Figure(html=render("figures/charts.html", legend=found.legend, charts=found.svg), caption=caption)
    ]
    if found.crossings:
        blocks.append(Bullets(tuple(crossing.sentence for crossing in found.crossings), "soft"))
    columns = (Column("target", words=True, code=True), *(Column(_heading(rows)) for rows in found.counts))
    rows = tuple(
        Row((Cell(target), *(cells.estimate(costs.get(count)) for count in found.counts)))
        for target, costs in found.costs.items()
    )
    blocks.append(Table(columns, rows, "CPU time of one request in process, µs, by number of rows."))
    return Section("Serialisers by number of rows", tuple(blocks), "serialisers", shown="page")


def _heading(rows: int) -> str:
    return f"{number(rows, 0)} {'row' if rows == 1 else 'rows'}"
