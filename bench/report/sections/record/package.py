"""One package of a record: every case over the releases, and what each release changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.analysis.series.record import PackageRecord
from bench.analysis.series.release_figures import ReleaseLine
from bench.report import cells
from bench.report.document import Block, Cell, Column, Figure, Fold, Prose, Row, Section, Shown, Table
from bench.report.figures.record_chart import drawable, picture
from bench.report.sections import release_points
from bench.report.sections.record import gaps
from bench.report.sections.record import steps as record_steps
from bench.report.sections.verdict_tones import TONES
from bench.report.templates import anchor
from bench.report.words.metrics import LABELS
from bench.report.words.package_steps import PackageStep, confirmed, one_text, size, unconfirmed, undecided
from bench.report.words.record import cost, measured_releases, moved_along, plural, span, trend, unit, whole_of
from bench.stats.two_stage import CONFIDENCE
from bench.text.numbers import changed_by, listed, share

_INTERVAL = f"{CONFIDENCE:.0%} interval"
_BRIEF = 12
"""How many steps of a package are listed where space is short: the largest."""


def section(record: PackageRecord, every: Sequence[PackageRecord], described: Mapping[str, str]) -> Section:
    """Always: a package of which nothing is known says so. Steps that may be those of another package among `every`
    name its release; `described` says of each target what it is."""
    package = record.header.package
    parts = (_pictures(record, described), _brief_lines(record), _releases(record, every), gaps.section(record))
    blocks: list[Block] = [Prose(_about(record)), *(part for part in parts if part is not None)]
    return Section(package, tuple(blocks), f"package-{anchor(package)}")


def _about(record: PackageRecord) -> str:
    known = measured_releases(record)
    if not known:
        return "No release has a valid figure yet."
    found = confirmed([record])
    changed = len({one.step.newer for one in found})
    said = plural(len(found), "confirmed step") + (f" in {changed} of them" if found else "")
    if pending := len(undecided(unconfirmed([record]))):
        said += f", and {pending} still to be decided"
    about = (
        f"{plural(len(known), 'release')}, {span(record)}, up to {plural(len(record.lines), 'cost')} each: {said}. "
        f"Every release is compared with {record.header.anchor}, the reference, on Python {record.header.python}."
    )
    if moved := moved_along(record):
        about += (
            f" Other packages changed along these lines: {listed(moved)}. A confirmed step has the same packages on "
            "both sides, or names those that differ."
        )
    return about


def _pictures(record: PackageRecord, described: Mapping[str, str]) -> Section | None:
    drawn = [line for line in record.lines if drawable(line)]
    if not drawn:
        return None
    said = Prose(
        f"Each release against {record.header.anchor}, with its {_INTERVAL}. A triangle marks a confirmed step, and "
        "names its release: it points down where the release costs less than the one before, and up where it costs "
        "more. A diamond on the axis marks a release at which other packages changed too; the line has their part, a "
        "triangle only if the step names them. The table below each line names all.",
        "soft",
    )
    parts = tuple(_line(record, line, described) for line in drawn)
    return Section("Cost by release", (said, *parts), grid=True, shown="page")


def _line(record: PackageRecord, line: ReleaseLine, described: Mapping[str, str]) -> Section:
    package, metric = record.header.package, LABELS[line.metric]
    steps = [PackageStep(record, step) for step in line.steps if step.confirmed]
    fold = Fold(f"{len(line.points)} releases as a table", (_points(record, line),))
    return Section(
        f"`{line.case}`" if line.metric == "cpu_us" else f"`{line.case}`, {metric}",
        (
            Prose(f"{described.get(line.case.partition(':')[0], '')} {_costs(line)}".strip(), "soft"),
            Figure(html=picture(record, line)),
            fold,
        ),
        record_steps.line_anchor(package, line.case, line.metric),
        found_by=(one_text(package, line.case, metric, *(one.found_by[0] for one in steps)), package),
    )


def _costs(line: ReleaseLine) -> str:
    """`CPU: 27.1 µs in 0.100.0, 38.2 µs in 0.165.0 (+41%)`."""
    known = [point for point in line.points if point.found]
    ends = [f"{cost(line, point.found)} in {point.release}" for point in (known[0], known[-1])]
    whole = whole_of(line)
    changed = f" ({changed_by(whole.ratio)})" if whole is not None and whole.ratio else ""
    return f"{LABELS[line.metric]}: {', '.join(ends)}{changed}" if line.anchor_cost else LABELS[line.metric]


def _points(record: PackageRecord, line: ReleaseLine) -> Table:
    found = {step.newer: PackageStep(record, step) for step in line.steps}
    columns = (
        Column("release", words=True),
        Column(f"against {record.header.anchor}"),
        Column(_INTERVAL),
        Column(unit(line.metric) or "cost"),
        Column("allocations"),
        Column("step", words=True),
        Column("other packages that changed", words=True, wrap=True),
    )
    rows = (
        Row(
            (
                Cell(point.release, sort=at),
                *release_points.against_anchor(point, record.header.anchor),
                Cell(cost(line, point.found).split(" ")[0], sort=point.found.ratio) if point.found else cells.NOTHING,
                cells.plain(point.count.allocs if point.count else None),
                _step(found.get(point.release)),
                Cell(listed(found[point.release].moved_along) if point.release in found else ""),
            )
        )
        for at, point in enumerate(line.points)
    )
    return Table(columns, tuple(rows))


def _step(one: PackageStep | None) -> Cell:
    """A release's change from the one before; only what is confirmed stands out."""
    if one is None:
        return Cell()
    if one.step.confirmed:
        return Cell(
            changed_by(one.step.best.ratio or 1), "confirmed", one.step.best.ratio, TONES[one.step.best.verdict]
        )
    return cells.changed(one.step.best)


def _brief_lines(record: PackageRecord) -> Table:
    """The lines where nothing can be drawn."""
    columns = (
        Column("case", words=True, code=True),
        Column("trend", words=True),
        Column("first to last"),
        Column("steps"),
    )
    rows = (
        Row(
            (
                Cell(line.case, "" if line.metric == "cpu_us" else LABELS[line.metric]),
                Cell(trend(line, record.margin)),
                cells.changed(whole) if (whole := whole_of(line)) else cells.NOTHING,
                cells.plain(sum(step.confirmed for step in line.steps), 0),
            )
        )
        for line in record.lines
    )
    return Table(columns, tuple(rows), shown="brief")


def _releases(record: PackageRecord, every: Sequence[PackageRecord]) -> Section | None:
    """The newest release first, and there the largest step."""
    found = sorted(confirmed([record]), key=lambda one: (-one.order, -size(one.step.best)))
    measured = len(measured_releases(record)) - 1
    if measured < 1:
        return None
    steps = [*found, *undecided(unconfirmed([record]))]
    quiet = measured - len({one.step.newer for one in steps})
    margin = share(record.margin)
    said = Prose(
        f"{quiet} of {plural(measured, 'release')} after the first: no confirmed or open step of {margin} or more."
    )
    if not found:
        return Section("What each release changed", (said,))
    others = confirmed([one for one in every if one is not record])
    blocks: list[Block] = [_table(found, others, "page")]
    largest = sorted(found, key=lambda one: -size(one.step.best))[:_BRIEF]
    blocks.append(_table([one for one in found if one in largest], others, "brief"))
    if len(found) > _BRIEF:
        blocks.append(Prose(f"{len(found) - _BRIEF} smaller steps are on the page.", "soft", shown="brief"))
    return Section("What each release changed", (*blocks, said))


def _table(found: Sequence[PackageStep], others: Sequence[PackageStep], shown: Shown) -> Table:
    columns = (
        Column("release", words=True),
        Column("case", words=True, code=True),
        Column("change"),
        Column("allocations"),
        Column("function that changed most", words=True, wrap=True, detail=True),
    )
    rows = tuple(
        Row(
            (
                record_steps.release(one),
                record_steps.case(one),
                record_steps.change(one),
                record_steps.allocs(one),
                record_steps.culprit(one, others),
            ),
            found_by=one.found_by,
        )
        for one in found
    )
    return Table(columns, rows, shown=shown)
