"""A comparison of two stacks: the verdict, what changed, every case, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from bench.analysis.comparison.counts import COUNTS
from bench.analysis.comparison.launches import ARMS, costs_us
from bench.analysis.comparison.verdicts import primary_results
from bench.model.comparison import OF_A_START, Comparison, Metric, Verdict
from bench.report import cells
from bench.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    Document,
    Figure,
    Fold,
    Prose,
    Section,
    Table,
)
from bench.report.document import Row as TableRow
from bench.report.figures.forest_plot import forest_plot, in_blocks
from bench.report.sections.comparison import functions, gaps, startup
from bench.report.sections.comparison import versions as comparison_versions
from bench.report.sections.comparison.reading import block_by_block, reading
from bench.report.sections.comparison.setting import setting
from bench.report.sections.provenance import day
from bench.report.sections.verdict_tones import TONES
from bench.report.templates import anchor
from bench.report.words.app_versions import about, dependencies_changed
from bench.report.words.comparison import (
    ORDER,
    CaseChange,
    also_changed,
    also_moved,
    case_word,
    dissent,
    left_out,
    notes,
    other_metrics,
    percent,
    python,
    remarks,
    rows,
    versions,
)
from bench.report.words.comparison_verdict import sentence, unconfirmed
from bench.report.words.cores import measured_on
from bench.report.words.margins import margins, own
from bench.report.words.metrics import LABELS, measures
from bench.report.words.missed import limits, unknown_alarms
from bench.text.numbers import core_count, listed, share
from bench.text.verdicts import said_of

_NARROW: dict[Metric, str] = LABELS | {"server_cpu_us": "CPU", "latency_p50_ms": "p50", "latency_p99_ms": "p99"}
"""The metrics as a narrow table heads them, below a heading that says what is compared."""
# A heading or a sentence names this many, and counts the rest.
_NAMED = 3


def document(comparison: Comparison, flames: str | None = None, profiled: Sequence[str] = ()) -> Document:
    """What a comparison with its results says.

    `flames` is the path of the flame graphs of what changed, relative to its page; `profiled` are sentences about them.
    """
    found = rows(comparison)
    sections = (
        _changes(comparison, found),
        functions.section(comparison),
        functions.profiled(flames, () if comparison.profiled else profiled),
        comparison_versions.split(comparison),
        comparison_versions.drifts(comparison),
        comparison_versions.routes(comparison),
        gaps.differing(comparison),
        startup.section(comparison),
        _unchanged(comparison, found),
        _cases(comparison, found),
        gaps.missing(comparison),
        block_by_block(comparison),
        reading(comparison, found),
        setting(comparison),
    )
    return Document(
        title=_few(versions(comparison), " · "),
        headline=tuple(_headline(comparison, found)),
        subtitle=(
            *about(comparison),
            python(comparison),
            f"{comparison.host.cpu_model}, {core_count(comparison.host.cores)}",
            day(comparison.started_at),
            margins(comparison),
        ),
        sections=tuple(section for section in sections if section is not None),
        notes=(*_interval(comparison), *(f"{note}." for note in notes(comparison)), *unknown_alarms(comparison)),
        version=comparison.harness_version,
        id=comparison.id,
    )


def _interval(comparison: Comparison) -> list[str]:
    blocks = max((one.blocks for one in primary_results(comparison)), default=0)
    if comparison.gate in COUNTS:
        return []
    said = f"{comparison.confidence:.0%} intervals over up to {blocks} blocks"
    return [f"{', '.join(filter(None, (said, measured_on(comparison))))}."]


def _headline(comparison: Comparison, found: Sequence[CaseChange]) -> list[str]:
    """The verdict, and what qualifies it."""
    said = [sentence(comparison), *unconfirmed(comparison, found)]
    if not comparison.complete:
        said.append("Interrupted: this is what was measured until then.")
    if also := also_moved(comparison):
        said.append(dependencies_changed(_few(also)) if comparison.head.version else also_changed(_few(also)))
    if disagreeing := [f"`{row.name}` ({dissent(row)})" for row in found if row.dissenting]:
        said.append(f"The metrics disagree on {_few(disagreeing)}.")
    return [*said, *limits(comparison)]


def _changes(comparison: Comparison, found: Sequence[CaseChange]) -> Section | None:
    """The forest plot; in short, a table of what changed."""
    changed = [row for row in found if row.changed or row.suspected]
    measure, counted = measures(comparison), comparison.gate in COUNTS
    plot = forest_plot(comparison)
    interval = "" if counted else f" Its line is the {comparison.confidence:.0%} interval."
    blocks: list[Block] = []
    if plot is not None:
        blocks += [
            Prose(
                f"{measure[0].upper()}{measure[1:]}, head compared with base. The mark is the change.{interval} Within "
                f"the grey band, {_band(comparison)}, a change doesn't matter.",
                shown="page",
            ),
            Figure(
                html=plot,
                caption="The scale is linear within the margin and logarithmic beyond it. The table below has every "
                "figure.",
                fallback=_short(comparison, changed, found),
            ),
        ]
    title = f"Changed: {measure}, head compared with base"
    return Section(title, tuple(blocks), "changes", "What changed") if blocks else None


def _band(comparison: Comparison) -> str:
    return "the margin of each" if own(comparison) else f"the margin of {share(comparison.margin)}"


def _short(comparison: Comparison, shown: Sequence[CaseChange], found: Sequence[CaseChange]) -> tuple[Block, ...]:
    """A table for where space is short, with the remarks below it."""
    if not shown:
        return ()
    counted, others, differ = comparison.gate in COUNTS, other_metrics(found), bool(own(comparison))
    columns = _heads(comparison, _NARROW)
    columns += [] if counted else [Column(f"{comparison.confidence:.0%} interval")]
    columns += [Column("margin")] if differ else []
    columns += [Column(_NARROW[name]) for name in others]
    made = []
    for row in shown:
        one = row.decisive
        figures = [Cell(percent(one)) if one and one.ratio is not None else Cell()]
        figures += [] if counted else [cells.changed_within(one) if one else Cell()]
        figures += [_margin(row)] if differ else []
        figures += [Cell(percent(row.other_metrics[name])) if name in row.other_metrics else Cell() for name in others]
        made.append(TableRow((Cell(row.case), *_what(row), *figures)))
    table, said = Table(tuple(columns), tuple(made), shown="brief"), tuple(remarks(shown))
    return (table, Bullets(said, "soft", shown="brief")) if said else (table,)


def _unchanged(comparison: Comparison, found: Sequence[CaseChange]) -> Section | None:
    others = [row for row in found if not (row.changed or row.suspected)]
    blocks = _short(comparison, others, found)
    skipped = left_out(comparison)
    more = (Bullets(tuple(skipped), "soft"),) if skipped else ()
    if not blocks and not more:
        return None
    fold = (Fold(f"{len(others)} unchanged or undecided", blocks),) if blocks else ()
    return Section("Unchanged or undecided", (*fold, *more), "unchanged", shown="brief")


def _cases(comparison: Comparison, found: Sequence[CaseChange]) -> Section | None:
    if not found:
        return None
    counted, others, costs = comparison.gate in COUNTS, other_metrics(found), _costs_us(comparison)
    differ = bool(own(comparison))
    launched = "blocks" if in_blocks(comparison) else "launches"
    columns = _heads(comparison, LABELS)
    columns += [] if counted else [Column(f"{comparison.confidence:.0%} interval")]
    columns += [Column("margin")] if differ else []
    columns += [Column(launched)]
    columns += [Column("base µs"), Column("head µs")] if costs else []
    columns += [*(Column(LABELS[name]) for name in others), Column("remarks", words=True, wrap=True)]
    table = Table(tuple(columns), tuple(_case(row, counted, costs, others, differ) for row in found), shown="page")
    said = "The head compared with the base."
    if costs:
        said += " The cost of each is the median over launches, in µs of CPU per request."
        if launched == "blocks":
            said += " The change is computed pair by pair, so it is not exactly the quotient of the two."
    if "allocs" in others:
        said += " Allocations are counted: they have no interval."
    return Section("Every case", (Prose(said), table), "cases", shown="page")


def _case(
    row: CaseChange, counted: bool, costs: dict[str, tuple[float, float]], others: Sequence[Metric], differ: bool
) -> TableRow:
    one = row.decisive
    known = one is not None and one.ratio is not None
    figures = [cells.changed(one) if one and known else cells.NOTHING]
    figures += [] if counted else [cells.changed_within(one) if one and known else Cell()]
    figures += [_margin(row)] if differ else []
    figures += [Cell(str(one.blocks)) if one and known else Cell()]
    if costs:
        figures += [cells.plain(cost) for cost in costs.get(row.case, (None, None))]
    said = [*(one.reasons if one else ()), *filter(None, [dissent(row)])]
    return TableRow(
        (
            cells.case(row.name, row.case),
            *_what(row),
            *figures,
            *(_other_metric(row, name) for name in others),
            Cell("; ".join(said)),
        ),
        anchor=f"case-{anchor(row.name)}",
    )


def _heads(comparison: Comparison, labels: dict[Metric, str]) -> list[Column]:
    """Case, verdict and change; where several metrics decide, of which."""
    several = len(comparison.judged) > 1
    of = [Column("metric", words=True)] if several else []
    change = "change" if several else labels[comparison.gate]
    return [Column(case_word(comparison), words=True, code=True), *of, Column("verdict", words=True), Column(change)]


def _what(row: CaseChange) -> list[Cell]:
    return [*([Cell(row.of)] if row.of else []), _verdict(row)]


def _margin(row: CaseChange) -> Cell:
    return Cell(share(row.decisive.margin), sort=row.decisive.margin) if row.decisive else Cell()


def _other_metric(row: CaseChange, name: Metric) -> Cell:
    """What another metric says; a count that contradicts the time stands out."""
    one = row.other_metrics.get(name)
    if one is None:
        return cells.NOTHING
    note = cells.changed_within(one).text if one.ci_low != one.ci_high else ""
    return Cell(percent(one), note, one.ratio, "warn" if one in row.dissenting else "")


def _verdict(row: CaseChange) -> Cell:
    """The verdict, or that the figure is invalid; sorted by how much it matters."""
    if row.decisive and not row.decisive.valid and row.verdict is not Verdict.INCOMPARABLE:
        return Cell("INVALID", sort=ORDER.index(row.verdict), tone="bad")
    said = said_of(row.verdict, row.decisive.metric) if row.decisive else row.verdict
    return Cell(said, sort=ORDER.index(row.verdict), tone=TONES[row.verdict])


def _costs_us(comparison: Comparison) -> dict[str, tuple[float, float]]:
    """Of the base and of the head, by case; none where only counts may be compared, or starts have a table of steps."""
    if comparison.gate in (*COUNTS, *OF_A_START):
        return {}
    base, head = (costs_us(comparison, arm) for arm in ARMS)
    return {case: (base[case], head[case]) for case in base if case in head}


def _few(parts: Sequence[str], separator: str = "") -> str:
    named = [*parts[:_NAMED], *([f"{len(parts) - _NAMED} more"] if len(parts) > _NAMED else [])]
    return separator.join(named) if separator else listed(named)
