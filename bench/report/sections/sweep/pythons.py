"""What a sweep over versions of Python adds to one over releases: the table of each version against the first."""

from __future__ import annotations

from bench.model.comparison import Result, Verdict
from bench.report.cells import NOTHING, case, plain
from bench.report.document import Bullets, Cell, Column, Prose, Row, Section, Table
from bench.report.sections.verdict_tones import TONES
from bench.report.words.metrics import MEASURES, UNITS
from bench.report.words.pythons import notes, valid
from bench.report.words.sweep import SweepNarrative
from bench.text.numbers import DASH, changed_by, number, share
from bench.text.verdicts import said_of


def section(found: SweepNarrative) -> Section | None:
    """Case by version; None of a sweep over a package's releases."""
    sweep = found.sweep
    if not sweep.words.of_python or not found.comparisons:
        return None
    metric = sweep.words.metric
    judged = {
        (version, one.case): one
        for version, comparison in found.comparisons.items()
        for one in valid(comparison, metric)
    }
    columns = (
        Column("case", words=True, code=True),
        Column(f"{sweep.anchored}, {UNITS[metric]}"),
        *(Column(version) for version in found.comparisons),
    )
    rows = tuple(
        Row(
            (
                case(line.case),
                plain(found.anchor_costs.get(line.case)),
                *(_against_first(judged.get((version, line.case))) for version in found.comparisons),
            )
        )
        for line in found.lines
    )
    measure = MEASURES[metric]
    said = Prose(
        f"{measure[:1].upper()}{measure[1:]} on Python {sweep.anchored}, and the change on each of the others, "
        f"± half of its 99% interval. Green and red: more than {share(sweep.words.margin)}, and new blocks "
        f"confirm it; {DASH}: no valid figure.",
        "soft",
    )
    known = tuple(notes(found.comparisons))
    blocks = (said, Table(columns, rows), *([Bullets(known, "soft")] if known else []))
    return Section(f"Each Python against {sweep.anchored}", blocks, "pythons")


def _against_first(result: Result | None) -> Cell:
    """The change with half of its interval, its verdict on hovering."""
    if result is None or result.ratio is None or result.ci_low is None or result.ci_high is None:
        return NOTHING
    half = number(50 * (result.ci_high - result.ci_low), 1)
    tone = TONES[result.verdict] if result.verdict in (Verdict.SLOWER, Verdict.FASTER) else ""
    remarks = "; ".join([said_of(result.verdict, result.metric), *result.reasons])
    return Cell(changed_by(result.ratio), f"± {half}", result.ratio, tone, hover=remarks)
