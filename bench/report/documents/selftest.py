"""A self-test on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.comparison.injected import truth
from bench.analysis.comparison.verdicts import CHANGED, primary_results
from bench.model.comparison import Comparison, Result, Verdict
from bench.model.selftest import CoreControl, Selftest
from bench.report import cells
from bench.report.document import Block, Cell, Column, Document, Prose, Row, Section, Table
from bench.report.sections.provenance import day
from bench.report.words.comparison import versions
from bench.report.words.selftest import noisier, trust
from bench.stats.two_stage import CONFIDENCE
from bench.text.numbers import share

_CAPTION = "Same stack on both sides, some cases deliberately slowed"


def document(test: Comparison, known: Selftest | None) -> Document:
    """One self-test case by case, after what all self-tests of this host say together."""
    injected = {one.case: one.share for one in test.injected}
    results = sorted(primary_results(test), key=lambda one: injected.get(one.case, 0.0))
    columns = (
        Column("case", words=True, code=True),
        Column("slowed by"),
        Column("measured"),
        Column(f"{CONFIDENCE:.0%} interval"),
        Column("result", words=True, wrap=True),
    )
    rows = tuple(_row(test, one, injected.get(one.case, 0.0)) for one in results)
    return Document(
        title="Self-test",
        headline=(f"{trust(known)}." if known else "No self-test of this host is complete.",),
        subtitle=(*versions(test), test.host.cpu_model, day(test.started_at)),
        sections=(Section(_CAPTION, (Table(columns, rows),), "cases", "Cases"), *(_cores(known) if known else ())),
        version=test.harness_version,
        id=test.id,
    )


def _cores(known: Selftest) -> Iterator[Section]:
    """What the blocks of each core say alone, in a line each."""
    if not known.cores:
        return
    columns = (
        Column("core"),
        Column("blocks"),
        Column("excluded"),
        Column("SD of a block"),
        Column(f"{CONFIDENCE:.0%} interval"),
        Column("false alarms"),
        Column("true value held"),
    )
    blocks: list[Block] = [Table(columns, tuple(map(_core, known.cores)))]
    if known.noisy_cores:
        blocks.append(Prose(f"{noisier(known)}.", "warn"))
    yield Section("Each core by its own blocks, in all self-tests of this host", tuple(blocks), "cores", "Cores")


def _core(one: CoreControl) -> Row:
    alarms = Cell(f"{one.alarms} of {one.unchanged}", sort=one.alarms, tone="bad" if one.alarms else "")
    return Row(
        (
            Cell(str(one.core), sort=one.core),
            Cell(f"{one.blocks:,}", sort=one.blocks),
            Cell(share(one.left_out), sort=one.left_out),
            cells.NOTHING if one.block_sd is None else Cell(share(one.block_sd), sort=one.block_sd),
            cells.NOTHING if one.half_width is None else Cell(f"±{share(one.half_width)}", sort=one.half_width),
            alarms,
            Cell(f"{one.held} of {one.cases}", sort=one.held / max(1, one.cases)),
        )
    )


def _row(test: Comparison, result: Result, put: float) -> Row:
    slowed = Cell(share(put) if put else "nothing", sort=put)
    if result.ratio is None or result.ci_low is None or result.ci_high is None:
        return Row((Cell(result.case), slowed, Cell("INVALID", tone="bad"), Cell(), Cell("; ".join(result.reasons))))
    figures = cells.changed(result), cells.changed_within(result)
    return Row((Cell(result.case), slowed, *figures, _said(result, truth(test, result.case))))


def _said(result: Result, true: float) -> Cell:
    """Whether the result is right."""
    low, high = result.ci_low or 0, result.ci_high or 0
    if true == 1.0:
        return Cell("FALSE ALARM", tone="bad") if result.verdict in CHANGED else Cell("no alarm", tone="soft")
    if low <= 1:
        return Cell("not detected", tone="warn")
    said = "slower" if result.verdict is Verdict.SLOWER else "detected"
    if low <= true <= high:
        return Cell(said, tone="good")
    return Cell(f"{said}, but the interval misses the true value", tone="warn")
