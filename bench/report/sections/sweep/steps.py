"""The steps of a sweep: what changed and how certain that is, what new blocks did not confirm, and the check of all."""

from __future__ import annotations

from bench.analysis.series.release_figures import ReleaseStep
from bench.model.comparison import Result, Verdict
from bench.model.series import Sweep
from bench.report import cells
from bench.report.document import Block, Bullets, Cell, Column, Prose, Row, Section, Table
from bench.report.sections.verdict_tones import TONES
from bench.report.words.comparison import percent, within
from bench.report.words.metrics import LABELS, NOUNS
from bench.report.words.sweep import SweepNarrative, also_moved, between, certainty, explained, flames
from bench.stats.two_stage import CONFIDENCE
from bench.text.numbers import changed_by, listed

INTERVAL = f"{CONFIDENCE:.0%} interval"
CASE = Column("case", words=True, code=True)
_SIZES = " What new blocks of both releases confirm has its size from those blocks alone."
_FUNCTIONS = " A function links to the flame graphs of the difference; its µs are of one request while it was profiled."


def steps(found: SweepNarrative) -> Section | None:
    """Every step that changed, and those that new blocks did not confirm; None of no such step."""
    if not found.changed:
        return Section("Steps", _refuted(found), "steps") if found.refuted else None
    profiled = [step for step in found.changed if explained(step)]
    metric = found.sweep.words.metric
    changed = NOUNS[metric] + (" or allocations" if metric == "cpu_us" else "")
    said = Prose(
        f"Every step from one release to the next whose {changed} changed, the oldest release first. "
        "Other packages that changed did so because the release requires it; they may have caused the change."
        + (_SIZES if found.sweep.direct else "")
        + (_FUNCTIONS if profiled else ""),
        shown="page",
    )
    columns = (
        Column("release", words=True),
        CASE,
        Column(LABELS[metric]),
        Column(INTERVAL),
        Column("allocations"),
        *([Column("by new blocks", words=True)] if found.sweep.direct else []),
        *([Column("function", words=True, wrap=True, detail=True)] if profiled else []),
        Column("also changed", words=True, wrap=True, detail=True),
    )
    rows = tuple(
        _changed_step(step, index, found.sweep, profiled=bool(profiled)) for index, step in enumerate(found.changed)
    )
    also = {step.newer: (step.older, also_moved(step)) for step in found.changed}
    functions = tuple(f"`{one.case}` {between(one, found.sweep)}: {explained(one)}" for one in profiled)
    moved = tuple(f"{newer} after {older} also has {listed(names)}" for newer, (older, names) in also.items() if names)
    blocks: list[Block] = [said, Table(columns, rows)]
    blocks += [Bullets(own, "soft", shown="brief") for own in (functions, moved) if own]
    return Section("Steps", (*blocks, *_refuted(found)), "steps")


def _refuted(found: SweepNarrative) -> tuple[Block, ...]:
    """What looked changed and isn't marked."""
    if not found.refuted:
        return ()
    lines = tuple(
        f"`{step.case}` {between(step, found.sweep)}: looked {changed_by(step.change.ratio or 1)}; "
        f"{step.best.blocks} new blocks show {percent(step.best)} ({within(step.best)})"
        for step in found.refuted
    )
    return Prose("Looked changed, and new blocks did not confirm it:", "soft"), Bullets(lines, "soft")


def _changed_step(step: ReleaseStep, index: int, sweep: Sweep, *, profiled: bool) -> Row:
    also = "; ".join([listed(also_moved(step)) or "nothing", *step.best.reasons])
    adjacent = between(step, sweep).startswith("in ")
    return Row(
        (
            Cell(step.newer if adjacent else f"{step.older} → {step.newer}", sort=index),
            cells.case(step.case),
            toned(step.best),
            cells.changed_within(step.best),
            toned(step.best_allocs) if step.best_allocs else cells.NOTHING,
            *_certainty(step, sweep),
            *([Cell(explained(step), href=flames(step, sweep))] if profiled else []),
            Cell(also),
        )
    )


def _certainty(step: ReleaseStep, sweep: Sweep) -> tuple[Cell, ...]:
    """A cell where anything was measured again; of a step of allocations alone there is nothing to confirm."""
    if not sweep.direct:
        return ()
    if step.best not in step.changed:
        return (Cell("counted"),)
    return (Cell("confirmed" if step.confirmed else "not confirmed", hover=certainty(step, sweep)),)


def toned(result: Result) -> Cell:
    """A change that stands out where it is one."""
    changed = result.verdict in (Verdict.SLOWER, Verdict.FASTER)
    return cells.changed(result, TONES[result.verdict] if changed else "")


def chains(found: SweepNarrative) -> Section | None:
    """Whether the confirmed steps explain each line; None where nothing was compared directly."""
    checked = [(line.case, line.chain) for line in found.lines if line.chain and line.chain.direct]
    if not checked:
        return None
    said = Prose(
        "The confirmed steps multiplied, the last release compared directly with the first, and the residual: the "
        f"change that no confirmed step explains, with its {INTERVAL}. A residual whose interval includes 0 leaves "
        "nothing to explain; others are steps that are smaller than the margin, or were not confirmed.",
        shown="page",
    )
    columns = (CASE, Column("steps"), Column("first to last"), Column("residual"), Column(INTERVAL))
    rows = tuple(
        Row(
            (
                cells.case(case),
                cells.changed(one.steps),
                cells.changed(one.whole),
                toned(one.residual),
                cells.changed_within(one.residual),
            )
        )
        for case, one in checked
    )
    return Section("Do the steps add up?", (said, Table(columns, rows)), "chains")
