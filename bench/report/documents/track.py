"""A track: what the newest commit changed, every route over the commits, every confirmed step, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.analysis.series.steps import SCREENED
from bench.analysis.series.track import RECENT, TrackedLine, TrackStep
from bench.model.comparison import Verdict
from bench.report.document import (
    Block,
    Cell,
    Column,
    Document,
    Facts,
    Figure,
    Prose,
    Row,
    Section,
    Table,
    Tone,
)
from bench.report.figures.track_chart import picture
from bench.report.sections.provenance import day, made_at
from bench.report.sections.verdict_tones import TONES
from bench.report.templates import anchor
from bench.report.words.track import TrackNarrative, drawn, sentences, short, title, within
from bench.stats.multiple_testing import FAMILY_ERROR
from bench.stats.two_stage import CONFIDENCE, CONFIRMATION_ERROR, Change
from bench.text.numbers import DASH, changed_by, counted, share

DRAWN, BRIEF, LEAST = 40, 30, 10
"""How many routes a page draws, and how many a terminal or a comment lists: those that changed, or the `LEAST` that
changed most."""
_LINE = 3
"""Fewer points are no line."""
_INTERVAL = f"{CONFIDENCE:.0%} interval"
_ROUTE = Column("route", words=True, code=True)


def document(found: TrackNarrative) -> Document:
    """What a track says."""
    point = found.point
    sections = (_routes(found), _steps(found), _pictures(found), _missing(found), _reading(found), _setting(found))
    return Document(
        title=title(found),
        headline=tuple(sentences(found)),
        subtitle=(
            f"“{point.subject}”",
            day(point.committed_at),
            point.machine.cpu_model,
            f"margin {share(point.margin)}",
        ),
        sections=tuple(section for section in sections if section is not None),
        version=point.harness_version,
    )


def _routes(found: TrackNarrative) -> Section | None:
    lines = _largest_first(found)
    if not lines:
        return None
    columns = (
        _ROUTE,
        Column(f"since {found.track.points[-1].anchor.named}"),
        Column(_INTERVAL),
        Column("allocations"),
        Column(f"change in {short(found.point)}", words=True),
    )
    steps = {step.route: step for step in found.steps}
    rows = tuple(_route(found, line, steps.get(line.route), at < DRAWN) for at, line in enumerate(lines))
    brief = min(BRIEF, max(LEAST, len(_changed(found))))
    blocks: list[Block] = [Table(columns, rows, shown="page"), _brief(found, columns, rows[:brief], lines)]
    if (more := len(rows) - brief) > 0:
        blocks.append(Prose(f"On the page: {counted(more, 'more route')} that changed less.", shown="brief"))
    return Section("Routes", tuple(blocks), "routes")


def _brief(
    found: TrackNarrative, columns: Sequence[Column], rows: Sequence[Row], lines: Sequence[TrackedLine]
) -> Table:
    """The same where nothing can be drawn: lines of characters in the place of pictures."""
    if len(found.track.points) < _LINE:
        return Table(tuple(columns), tuple(rows), shown="brief")
    trend = Column("trend", words=True)
    made = (
        Row((row.cells[0], Cell(drawn(line, found.point.margin_of(line.route))), *row.cells[1:]))
        for row, line in zip(rows, lines, strict=False)
    )
    return Table((columns[0], trend, *columns[1:]), tuple(made), shown="brief")


def _changed_by_point(found: TrackNarrative) -> set[str]:
    """The routes that the point changed, or seems to have changed."""
    return {step.route for step in (*found.confirmed, *found.unconfirmed)}


def _changed(found: TrackNarrative) -> set[str]:
    """The routes of which a terminal says everything: with a step, or different from the anchor without one."""
    steps = {step.route for step in found.marked}
    return _changed_by_point(found) | steps | {line.route for line in found.unexplained}


def _largest_first(found: TrackNarrative) -> list[TrackedLine]:
    """What the point changed, then what no confirmed step explains, then by the change from the anchor."""
    by_point = _changed_by_point(found)
    unexplained = {line.route for line in found.unexplained}
    return sorted(
        (line for line in found.lines if any(one.found for one in line.points)),
        key=lambda line: (
            line.route not in by_point,
            line.route not in unexplained,
            -abs(line.whole.log_mean) if line.whole else 1.0,
        ),
    )


def _route(found: TrackNarrative, line: TrackedLine, step: TrackStep | None, pictured: bool) -> Row:
    ratio = found.track.points[-1].routes.get(line.route)
    allocs = ratio.allocs if ratio else None
    return Row(
        (
            Cell(line.route, href=f"#route-{anchor(line.route)}" if pictured and _pictured(found) else ""),
            _change(line.whole, TONES[line.whole_judged.verdict] if line.whole_judged else ""),
            Cell(within(line.whole)) if line.whole else Cell(),
            Cell(changed_by(allocs), sort=allocs) if allocs else Cell(DASH),
            _step(step),
        )
    )


def _pictured(found: TrackNarrative) -> bool:
    """Whether there are pictures: a single point is none."""
    return len(found.track.points) > 1


def _change(change: Change | None, tone: Tone = "") -> Cell:
    return Cell(changed_by(change.ratio), sort=change.ratio, tone=tone) if change else Cell(DASH)


def _step(step: TrackStep | None) -> Cell:
    """What a commit changed: of what is confirmed by its fresh blocks."""
    if step is None:
        return Cell(DASH)
    text = changed_by(step.best.ratio)
    if step.confirmed:
        return Cell(text, "confirmed", step.best.ratio, TONES[step.looks.verdict])
    if step.suspected:
        return Cell(text, "not confirmed", step.best.ratio, "warn", hover=step.reason)
    return Cell(text, sort=step.best.ratio)


def _steps(found: TrackNarrative) -> Section | None:
    if not found.marked:
        return None
    columns = (
        Column("commit", words=True),
        Column("date", words=True, detail=True),
        _ROUTE,
        Column("CPU"),
        Column(_INTERVAL),
        Column("subject", words=True, wrap=True),
    )
    rows = tuple(
        Row(
            (
                Cell(short(step.newer), hover=step.newer.commit, sort=step.newer.committed_at.isoformat()),
                Cell(day(step.newer.committed_at), sort=step.newer.committed_at.isoformat()),
                Cell(step.route),
                _change(step.best, TONES[Verdict.SLOWER if step.best.log_mean > 0 else Verdict.FASTER]),
                Cell(within(step.best)),
                Cell(step.newer.subject),
            )
        )
        for step in found.marked
    )
    return Section("Confirmed steps", (Table(columns, rows),), "steps")


def _pictures(found: TrackNarrative) -> Section | None:
    shown = _largest_first(found)[:DRAWN]
    if not _pictured(found) or not shown:
        return None
    hollow = " A hollow point was measured on another machine than the newest." if len(found.machines) > 1 else ""
    of = f"the {DRAWN} of {len(found.lines)} routes that changed most" if len(found.lines) > DRAWN else "every route"
    said = Prose(
        f"CPU time of one request in process, {of}, each commit against {found.track.points[-1].anchor.named} with "
        f"its {_INTERVAL}; the newest {RECENT} points at most. A triangle marks a confirmed step.{hollow}"
    )
    parts = tuple(
        Section(f"`{line.route}`", (Figure(html=picture(found, line)),), f"route-{anchor(line.route)}")
        for line in shown
    )
    return Section("Cost by commit", (said, *parts), "lines", grid=True, shown="page")


def _missing(found: TrackNarrative) -> Section | None:
    if not found.point.invalid:
        return None
    columns = (_ROUTE, Column("why", words=True, wrap=True))
    rows = tuple(Row((Cell(route), Cell(why))) for route, why in found.point.invalid.items())
    return Section(f"Not measured in {short(found.point)}", (Table(columns, rows[:BRIEF]),), "missing")


def _reading(found: TrackNarrative) -> Section:
    anchored, margin = found.track.points[-1].anchor.named, share(found.point.margin)
    said = (
        f"Each commit was compared with the same version, {anchored}: in each block a fresh process of both runs the "
        "same request in short windows that alternate on one core. A slow machine slows both, so points from "
        "different machines lie on one scale. Where the anchor was changed, the new one was measured against the old "
        "one, and the line goes on over that bridge, whose error is added.",
        f"A route looks changed if the difference to the commit before, with its {_INTERVAL}, exceeds "
        f"{share(SCREENED * found.point.margin)}, half of the margin, and stands among all routes of that commit "
        f"(Holm; one false finding in {1 / FAMILY_ERROR:.0f} commits at most). Both commits are then measured against "
        f"each other in fresh blocks on one machine. The step is confirmed if these exceed the margin of {margin} "
        f"with an error of at most {share(CONFIRMATION_ERROR)}. Only confirmed steps are marked, with the size that "
        "the fresh blocks show.",
        f"Many small changes make no step: the change since {anchored} without the confirmed steps is judged at the "
        "margin as well.",
    )
    return Section("How to read this", tuple(map(Prose, said)), "reading", shown="page")


def _setting(found: TrackNarrative) -> Section:
    anchored = found.track.points[-1].anchor
    pairs = (
        ("anchor", f"{anchored.named}, commit `{anchored.commit[:12]}`, {day(anchored.committed_at)}"),
        ("points", f"{len(found.track.points)}, {_span(found)}"),
        *(("bridge", bridge) for bridge in _bridges(found)),
        *(("machine", machine) for machine in _machines(found)),
        ("measured", made_at(found.point.measured_at)),
        ("layercake", found.point.harness_version),
    )
    return Section("Anchor and machines", (Facts(tuple(pairs)),), "setting", shown="page")


def _span(found: TrackNarrative) -> str:
    first, last = found.track.points[0], found.track.points[-1]
    return f"{day(first.committed_at)} to {day(last.committed_at)}"


def _bridges(found: TrackNarrative) -> Iterable[str]:
    for one in found.track.bridges:
        yield f"{one.older.named} to {one.newer.named}, {counted(len(one.routes), 'route')}, {day(one.measured_at)}"


def _machines(found: TrackNarrative) -> Iterable[str]:
    models = {one.machine.fingerprint: one.machine.cpu_model for one in found.track.points}
    for fingerprint, points in found.machines.most_common():
        yield f"{models[fingerprint]}, `{fingerprint}`, {counted(points, 'point')}"
