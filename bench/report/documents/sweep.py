"""A sweep over releases: what changed most, every step, every case over the releases, and what it rests on."""

from __future__ import annotations

from bench.analysis.series.release_figures import ReleaseLine, ReleaseStep
from bench.model.comparison import Verdict
from bench.model.series import Sweep
from bench.report import cells
from bench.report.document import Cell, Column, Document, Figure, Fold, Prose, Row, Section, Table
from bench.report.figures.release_chart import picture
from bench.report.sections import release_points
from bench.report.sections.provenance import day
from bench.report.sections.sweep import pythons
from bench.report.sections.sweep.setting import reading, setting
from bench.report.sections.sweep.steps import CASE, INTERVAL, chains, steps, toned
from bench.report.sections.verdict_tones import TONES
from bench.report.templates import anchor
from bench.report.words.comparison import percent
from bench.report.words.metrics import LABELS, MEASURES, UNITS
from bench.report.words.sweep import SweepNarrative, sentences, title
from bench.text.numbers import core_count, number, share


def document(found: SweepNarrative) -> Document:
    """What a sweep with its comparisons says."""
    sweep = found.sweep
    sections = (
        pythons.section(found),
        _lines(found),
        steps(found),
        _cases(found),
        chains(found),
        _missing(found),
        reading(sweep),
        setting(sweep),
    )
    return Document(
        title=title(sweep),
        headline=tuple(sentences(found)),
        subtitle=(
            *_what(sweep),
            f"{sweep.host.cpu_model}, {core_count(sweep.host.cores)}",
            day(sweep.started_at),
            f"margin {share(sweep.words.margin)}",
        ),
        sections=tuple(section for section in sections if section is not None),
        version=sweep.harness_version,
        id=sweep.id,
    )


def _what(sweep: Sweep) -> tuple[str, ...]:
    """Of releases on one Python, or of one stack on several."""
    python = sweep.anchor.stack.python
    if not sweep.words.of_python:
        return f"{len(sweep.releases)} releases against {sweep.anchored}", f"Python {python}"
    fastapi = sweep.anchor.stack.packages.get("fastapi")
    return (*([f"fastapi {fastapi}"] if fastapi else []), f"each against {python}")


def _lines(found: SweepNarrative) -> Section | None:
    """A picture of every case, with its table behind a click."""
    drawn = [line for line in found.lines if line.whole]
    if not drawn:
        return None
    measure = MEASURES[found.sweep.words.metric]
    said = Prose(
        f"{measure[0].upper()}{measure[1:]}: each release against {found.sweep.anchored}, with its {INTERVAL}. "
        f"A triangle marks a step beyond the margin{_marked(found)}. It points down where the release costs less than "
        "the one before, and up where it costs more."
    )
    parts = tuple(_line(found, line) for line in drawn)
    return Section("Cost by release", (said, *parts), "lines", grid=True, shown="page")


def _marked(found: SweepNarrative) -> str:
    return ", which new blocks of both releases confirm" if found.sweep.direct else ""


def _line(found: SweepNarrative, line: ReleaseLine) -> Section:
    known, unit = found.anchor_costs.get(line.case), UNITS[found.sweep.words.metric]
    cost = (Prose(f"{number(known)} {unit} in {found.sweep.anchored}", "soft"),) if known is not None else ()
    fold = Fold(f"{len(line.points)} releases as a table", (_releases(found, line),))
    return Section(f"`{line.case}`", (*cost, Figure(html=picture(found, line)), fold), f"case-{anchor(line.case)}")


def _releases(found: SweepNarrative, line: ReleaseLine) -> Table:
    by_release = {step.newer: step for step in line.steps}
    columns = (
        Column("release", words=True),
        Column(f"against {found.sweep.anchored}"),
        Column(INTERVAL),
        Column(UNITS[found.sweep.words.metric]),
        Column("allocations"),
        Column("step", words=True),
    )
    rows = (
        Row(
            (
                Cell(point.release, sort=index),
                *release_points.against_anchor(point, found.sweep.anchored),
                cells.plain(found.cost(line, point)),
                cells.plain(point.count.allocs if point.count else None),
                _step(by_release.get(point.release)),
            )
        )
        for index, point in enumerate(line.points)
    )
    return Table(columns, tuple(rows))


def _step(step: ReleaseStep | None) -> Cell:
    """A release's change from the one before."""
    if step is None:
        return Cell()
    result = step.best
    tone = "" if result.verdict is Verdict.EQUIVALENT else TONES[result.verdict]
    return Cell(percent(result), "; ".join(result.reasons), result.ratio, tone)


def _cases(found: SweepNarrative) -> Section | None:
    """Each case over all releases; of Pythons a table of its own says that."""
    if found.sweep.words.of_python:
        return None
    metric = found.sweep.words.metric
    rows = tuple(_case(found, line, line.whole) for line in found.lines if line.whole)
    if not rows:
        return None
    columns = (
        CASE,
        Column(f"first {UNITS[metric]}"),
        Column(f"last {UNITS[metric]}"),
        Column(LABELS[metric]),
        Column(INTERVAL),
        Column("allocations"),
    )
    heading = f"Cases: {found.sweep.releases[0]} to {found.sweep.releases[-1]}"
    return Section(heading, (Table(columns, rows),), "cases", "Cases")


def _case(found: SweepNarrative, line: ReleaseLine, whole: ReleaseStep) -> Row:
    known = [found.cost(line, point) for point in line.points if point.found]
    return Row(
        (
            cells.case(line.case),
            cells.plain(known[0]),
            cells.plain(known[-1]),
            toned(whole.best),
            cells.changed_within(whole.best),
            toned(whole.best_allocs) if whole.best_allocs else cells.NOTHING,
        )
    )


def _missing(found: SweepNarrative) -> Section | None:
    absent = [
        *((one.release, "every case", one.reason) for one in found.sweep.left_out),
        *found.holes,
        *((f"{one.base} → {one.head}", "directly", one.reason) for one in found.sweep.not_compared),
    ]
    if not absent:
        return None
    columns = (Column("release", words=True), Column("case", words=True), Column("why", words=True, wrap=True))
    rows = (
        Row((Cell(release), Cell(what if what in ("every case", "directly") else f"`{what}`"), Cell(why)))
        for release, what, why in absent
    )
    return Section("Not compared", (Table(columns, tuple(rows)),), "missing")
