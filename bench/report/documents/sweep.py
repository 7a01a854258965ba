"""A sweep over releases: what changed most, every step, every case over the releases, and what it rests on."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bench.analysis.comparison import CHANGED
from bench.analysis.release_steps import ReleaseLine, ReleasePoint, ReleaseStep
from bench.model.comparison import OF_A_START, Result, Verdict
from bench.model.series import Sweep
from bench.report import cells
from bench.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    Document,
    Facts,
    Figure,
    Fold,
    Prose,
    Row,
    Section,
    Table,
)
from bench.report.documents import pythons
from bench.report.documents.comparison import TONES
from bench.report.documents.provenance import again, day, host_facts, made_at, made_by, packages
from bench.report.figures.release_chart import picture
from bench.report.templates import anchor
from bench.report.words.comparison import percent
from bench.report.words.metrics import LABELS, MEASURES, NOUNS, UNITS
from bench.report.words.sweep import SweepNarrative, also_moved, between, sentences, title
from bench.stats.multiple_testing import FAMILY_ERROR
from bench.stats.two_stage import CONFIDENCE
from bench.text.numbers import changed_by, core_count, listed, number, share
from bench.text.verdicts import said_of

_INTERVAL = f"{CONFIDENCE:.0%} interval"
_NOT_AMONG = ", without pre-releases and yanked ones"
_CASE = Column("case", words=True, code=True)


def document(found: SweepNarrative) -> Document:
    """What a sweep with its comparisons says."""
    sweep = found.sweep
    sections = (
        pythons.section(found),
        _lines(found),
        _steps(found),
        _cases(found),
        _missing(found),
        _reading(sweep),
        _setting(sweep),
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
        f"{measure[0].upper()}{measure[1:]}: each release against {found.sweep.anchored}, with its {_INTERVAL}. "
        "A triangle marks a step beyond the margin. It points down where the release costs less than the one before, "
        "and up where it costs more."
    )
    parts = tuple(_line(found, line) for line in drawn)
    return Section("Cost by release", (said, *parts), "lines", grid=True, shown="page")


def _line(found: SweepNarrative, line: ReleaseLine) -> Section:
    known, unit = found.anchor_costs.get(line.case), UNITS[found.sweep.words.metric]
    cost = (Prose(f"{number(known)} {unit} in {found.sweep.anchored}", "soft"),) if known is not None else ()
    fold = Fold(f"{len(line.points)} releases as a table", (_releases(found, line),))
    return Section(f"`{line.case}`", (*cost, Figure(html=picture(found, line)), fold), f"case-{anchor(line.case)}")


def _releases(found: SweepNarrative, line: ReleaseLine) -> Table:
    steps = {step.newer: step for step in line.steps}
    columns = (
        Column("release", words=True),
        Column(f"against {found.sweep.anchored}"),
        Column(_INTERVAL),
        Column(UNITS[found.sweep.words.metric]),
        Column("allocations"),
        Column("step", words=True),
    )
    rows = (
        Row(
            (
                Cell(point.release, sort=index),
                *_against_anchor(point, found.sweep),
                cells.plain(found.cost(line, point)),
                cells.plain(point.count.allocs if point.count else None),
                _step(steps.get(point.release)),
            )
        )
        for index, point in enumerate(line.points)
    )
    return Table(columns, tuple(rows))


def _against_anchor(point: ReleasePoint, sweep: Sweep) -> tuple[Cell, Cell]:
    """The change and its interval."""
    change = point.found
    if change is None:
        return Cell("INVALID", tone="bad", hover=point.reason), Cell()
    if point.release == sweep.anchored:
        return Cell("reference", sort=1), Cell()
    interval = f"{changed_by(change.low)} to {changed_by(change.high)}"
    return Cell(changed_by(change.ratio), sort=change.ratio), Cell(interval, sort=change.high - change.low)


def _step(step: ReleaseStep | None) -> Cell:
    """A release's change from the one before."""
    if step is None:
        return Cell()
    tone = "" if step.cpu.verdict is Verdict.EQUIVALENT else TONES[step.cpu.verdict]
    return Cell(percent(step.cpu), "; ".join(step.cpu.reasons), step.cpu.ratio, tone)


def _steps(found: SweepNarrative) -> Section | None:
    if not found.changed:
        return None
    metric = found.sweep.words.metric
    changed = NOUNS[metric] + (" or allocations" if metric == "cpu_us" else "")
    said = Prose(
        f"Every step from one release to the next whose {changed} changed, the oldest release first. "
        "Other packages that changed did so because the release requires it; they may have caused the change.",
        shown="page",
    )
    columns = (
        Column("release", words=True),
        _CASE,
        Column(LABELS[metric]),
        Column(_INTERVAL),
        Column("allocations"),
        Column("also changed", words=True, wrap=True, detail=True),
    )
    rows = tuple(_changed_step(step, index, found.sweep) for index, step in enumerate(found.changed))
    also = {step.newer: (step.older, also_moved(step, found.sweep)) for step in found.changed}
    moved = tuple(f"{newer} after {older} also has {listed(names)}" for newer, (older, names) in also.items() if names)
    blocks: list[Block] = [said, Table(columns, rows)]
    blocks += [Bullets(moved, "soft", shown="brief")] if moved else []
    return Section("Steps", tuple(blocks), "steps")


def _changed_step(step: ReleaseStep, index: int, sweep: Sweep) -> Row:
    also = "; ".join([listed(also_moved(step, sweep)) or "nothing", *step.cpu.reasons])
    adjacent = between(step, sweep).startswith("in ")
    return Row(
        (
            Cell(step.newer if adjacent else f"{step.older} → {step.newer}", sort=index),
            cells.case(step.case),
            _toned(step.cpu),
            cells.changed_within(step.cpu),
            _toned(step.allocs) if step.allocs else cells.NOTHING,
            Cell(also),
        )
    )


def _toned(result: Result) -> Cell:
    """A change that stands out where it is one."""
    changed = result.verdict in (Verdict.SLOWER, Verdict.FASTER)
    return cells.changed(result, TONES[result.verdict] if changed else "")


def _cases(found: SweepNarrative) -> Section | None:
    """Each case over all releases; of Pythons a table of its own says that."""
    if found.sweep.words.of_python:
        return None
    metric = found.sweep.words.metric
    rows = tuple(_case(found, line, line.whole) for line in found.lines if line.whole)
    if not rows:
        return None
    columns = (
        _CASE,
        Column(f"first {UNITS[metric]}"),
        Column(f"last {UNITS[metric]}"),
        Column(LABELS[metric]),
        Column(_INTERVAL),
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
            _toned(whole.cpu),
            cells.changed_within(whole.cpu),
            _toned(whole.allocs) if whole.allocs else cells.NOTHING,
        )
    )


def _missing(found: SweepNarrative) -> Section | None:
    absent = [*((one.release, "every case", one.reason) for one in found.sweep.left_out), *found.holes]
    if not absent:
        return None
    columns = (Column("release", words=True), Column("case", words=True), Column("why", words=True, wrap=True))
    rows = (
        Row((Cell(release), Cell(what if what == "every case" else f"`{what}`"), Cell(why)))
        for release, what, why in absent
    )
    return Section("Not compared", (Table(columns, tuple(rows)),), "missing")


def _reading(sweep: Sweep) -> Section:
    package, margin = sweep.words.package, share(sweep.words.margin)
    block = "In each block a fresh process of both runs the same request in short windows that alternate on one core"
    if sweep.words.metric in OF_A_START:
        block = "In each block the same app is started in a fresh process of both, one after the other on one core"
    loops = " There is no step between two Pythons that ran on different event loops." if sweep.words.of_python else ""
    changed = " or ".join(said_of(one, sweep.words.metric) for one in CHANGED)
    drawn = " also draws flame graphs of the difference" if sweep.words.metric == "cpu_us" else ""
    said = (
        f"Every release is compared with the same stack, the reference ({package} {sweep.anchored}). {block}, and the "
        "block gives one ratio. A drift of the machine affects both sides alike, so it cancels out of the ratio. The "
        "releases are measured in random order. Other packages keep the versions of the reference if the release "
        "allows it.",
        "A step is the difference between the log ratios of two neighbours; its interval comes from both (Welch and "
        f"Satterthwaite). It is {changed} when its whole interval lies beyond the margin of {margin} and it "
        "stands among all steps of all cases: Holm's correction keeps the chance of one false change among them below "
        f"{share(FAMILY_ERROR)}. It is equivalent when its interval lies within the margin, and inconclusive "
        "otherwise. Allocations are counted: they have no interval, and are judged on their own." + loops,
        f"{UNITS[sweep.words.metric]} are the ratio times the cost of the reference, which is the median over all "
        "comparisons. For a closer look at one step, compare its two releases directly: "
        f"`{_directly(sweep)}`{drawn}.",
    )
    return Section("How to read this", tuple(map(Prose, said)), "reading", shown="page")


def _directly(sweep: Sweep) -> str:
    of_starts = " --startup" if sweep.words.metric in OF_A_START else ""
    if sweep.words.of_python:
        return f"bench compare --python {','.join(sweep.releases[:2])}{of_starts}"
    package = sweep.words.package
    return f"bench compare '{package}==…' '{package}==…'{of_starts}"


def _setting(sweep: Sweep) -> Section:
    versions = tuple(sweep.anchor.stack.packages.items())
    blocks = (
        Facts(tuple(_facts(sweep))),
        packages(f"The {len(versions)} packages of the reference", versions),
        again(
            [shlex.join(["bench", *sweep.command])],
            "Use the commit and host above. The reference lock file and all comparisons are in this folder.",
        ),
    )
    return Section("Releases and host", blocks, "setting", shown="page")


def _facts(sweep: Sweep) -> Iterator[tuple[str, str]]:
    words, stack = sweep.words, sweep.anchor.stack
    which = f"every {words.every}th, with the first and the last, of those" if words.every > 1 else "all"
    among = f"{which} that match `{words.specifier}`" + ("" if words.of_python else _NOT_AMONG)
    yield "releases", f"{', '.join(sweep.releases)}: {among}"
    lock = f"lock `{stack.lock_sha256[:12]}`"
    yield "reference", f"{words.package} {sweep.anchored}, {lock}, Python {stack.python}"
    yield "budget", f"{number(words.budget_s, 0)} s per release"
    yield "order", f"from seed {sweep.seed}"
    yield "sweep", f"`{sweep.id}`, {made_at(sweep.started_at)}, margin {share(words.margin)}"
    yield from host_facts(sweep.host)
    yield made_by(sweep)
