"""The ten largest changes of a record, one for each release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.series.record import PackageRecord
from bench.report.document import Cell, Column, Finding, Findings, Prose, Row, Section, Table
from bench.report.sections.record import steps as record_steps
from bench.report.sections.verdict_tones import TONES
from bench.report.words.comparison import percent, within
from bench.report.words.metrics import LABELS
from bench.report.words.package_steps import PackageStep, confirmed, largest, listed_once, one_text
from bench.report.words.record import called, function, plural, profiled_us
from bench.stats.two_stage import CONFIDENCE
from bench.text.numbers import DASH, listed, signed

_MOST, _FUNCTIONS, _OTHERS = 10, 2, 6


def section(records: Sequence[PackageRecord]) -> Section | None:
    """None of a record without a confirmed step."""
    found = largest(listed_once(confirmed(records)))
    if not found:
        return None
    shown = found[:_MOST]
    title = "The ten largest changes" if len(shown) == _MOST else "The largest changes"
    about = (
        "One entry per release, with the case that it changed most. A step that may belong to another package of this "
        "record is listed once, with that package. Each change is confirmed by fresh blocks of the two releases, "
        "measured against each other"
    )
    interval = f"its {CONFIDENCE:.0%} interval"
    said = (
        Prose(f"{about}, and has {interval} below.", "soft", shown="page"),
        Prose(f"{about}; ± is half of {interval}.", "soft", shown="brief"),
    )
    findings = Findings(tuple(map(_finding, shown)), "picture", shown="page")
    return Section(title, (*said, findings, _brief(shown)), "largest", "Largest changes")


def _finding(steps: Sequence[PackageStep]) -> Finding:
    first = steps[0]
    step = first.step
    return Finding(
        percent(step.best),
        f"{first.package} {first.release}: {called(step.case, step.metric)}",
        TONES[step.best.verdict],
        "",
        tuple(_texts(steps)),
        cases=tuple(
            (f"{one.step.case}, {LABELS[one.step.metric]} {percent(one.step.best)}", _line(one)) for one in steps
        ),
        found_by=(one_text(*(one.found_by[0] for one in steps)), first.package),
    )


def _line(one: PackageStep) -> str:
    return record_steps.line_anchor(one.package, one.step.case, one.step.metric)


def _texts(steps: Sequence[PackageStep]) -> Iterator[str]:
    first = steps[0]
    step = first.step
    allocs = f", allocations {percent(first.step.best_allocs)}" if first.step.best_allocs else ""
    yield (
        f"{LABELS[step.metric][:1].upper()}{LABELS[step.metric][1:]} {within(step.best)}{allocs}; confirmed by "
        f"{plural(step.best.blocks, 'fresh block')}."
    )
    if first.profile and first.functions:
        named = [function(one) for one in first.functions[:_FUNCTIONS]]
        yield f"While profiled, one request changed by {profiled_us(first.profile)}: {listed(named)}."
    elif first.profile:
        yield f"The profiles don't show where: while profiled, one request changed by {profiled_us(first.profile)}."
    if others := [f"{called(one.step.case, one.step.metric)} {percent(one.step.best)}" for one in steps[1:]]:
        yield f"Other cases: {listed(others, _OTHERS)}."
    if first.moved:
        yield f"Packages that changed too: {listed(first.moved)}."


def _brief(shown: Sequence[Sequence[PackageStep]]) -> Table:
    columns = (
        Column("release", words=True),
        Column("case", words=True, code=True),
        Column("change"),
        Column("function that changed most", words=True),
    )
    rows = (
        Row(
            (
                Cell(f"{one.package} {one.release}"),
                record_steps.case(one),
                record_steps.change(one),
                _function(one),
            )
        )
        for one, *_ in shown
    )
    return Table(columns, tuple(rows), shown="brief", sortable=False)


def _function(one: PackageStep) -> Cell:
    """The function that changed most, and below it by how much, and what else differs."""
    also = [f"also {listed(one.moved)}"] if one.moved else []
    if not one.functions:
        return Cell(DASH, below="".join(also))
    first = one.functions[0]
    return Cell(first.name, below="; ".join([f"{signed(first.change_us)} µs", *also]))
