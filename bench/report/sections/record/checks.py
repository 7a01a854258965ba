"""What a record's steps are checked by: those that are not confirmed, their sums, and what was measured twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

from bench.analysis.series.record import PackageRecord, Repeated
from bench.analysis.series.release_chain import ReleaseChain
from bench.analysis.series.release_figures import ReleaseLine
from bench.report import cells
from bench.report.document import Cell, Column, Fold, Prose, Row, Section, Table
from bench.report.sections.record import steps as record_steps
from bench.report.words.metrics import LABELS
from bench.report.words.package_steps import PackageStep, one_text, size, steps, undecided
from bench.report.words.package_steps import unconfirmed as not_confirmed
from bench.report.words.record import plural, without_confirmation
from bench.stats import two_stage
from bench.stats.two_stage import CONFIDENCE, Change
from bench.text.numbers import changed_by, counted, number, share

_INTERVAL = f"{CONFIDENCE:.0%} interval"
_ONE_SESSION = " Intervals hold within one session; between two sessions, expect differences like these."
_BRIEF = 8
_PACKAGE = Column("package", words=True)
_CASE = Column("case", words=True, code=True)


def unconfirmed(records: Sequence[PackageRecord]) -> Section | None:
    """Steps that look changed by the comparisons with the reference alone, by what is known of them."""
    every, found = steps(records), not_confirmed(records)
    if not every:
        return None
    title, anchor = "Looked changed, but not confirmed", "unconfirmed"
    if not found:
        return Section(title, (Prose(f"None of {number(len(every), 0)} steps."),), anchor, "Not confirmed")
    counted = " ".join(without_confirmation(found))
    said = Prose(f"{counted} There are {plural(len(every), 'step')} in all.", "soft", shown="page")
    refuted = [one for one in found if one.step.fresh]
    groups = (
        _group(
            "With the same other packages",
            "Other packages changed too. Fresh blocks, with the same versions of these on both "
            "sides, don't confirm the step: those packages may have caused it.",
            [one for one in refuted if one.step.kept_equal],
        ),
        _group(
            "By fresh blocks",
            "Most of these are near the margin; some looked larger by chance, which is why fresh blocks decide.",
            [one for one in refuted if not one.step.kept_equal],
        ),
        _group("Still to be decided", "These have no fresh blocks yet.", undecided(found)),
    )
    return Section(title, (said, *(one for one in groups if one)), anchor, "Not confirmed")


def _group(title: str, about: str, found: Sequence[PackageStep]) -> Section | None:
    if not found:
        return None
    columns = (
        _PACKAGE,
        Column("release", words=True),
        _CASE,
        Column("looked like"),
        Column("fresh blocks"),
        Column("why", words=True, wrap=True),
    )
    said = Prose(about, "soft", shown="page")
    return Section(title, (said, *_both(columns, tuple(map(_unconfirmed, found)))))


def _unconfirmed(one: PackageStep) -> Row:
    step = one.step
    return Row(
        (
            Cell(one.package),
            record_steps.release(one),
            record_steps.case(one),
            cells.changed(step.change),
            record_steps.interval(step.best) if step.fresh else cells.NOTHING,
            Cell(step.reason or "not measured again yet"),
        ),
        found_by=one.found_by,
    )


def _both(columns: tuple[Column, ...], rows: tuple[Row, ...]) -> tuple[Table | Prose, ...]:
    """All rows on a page, the first of many where space is short."""
    if len(rows) <= _BRIEF:
        return (Table(columns, rows),)
    more = Prose(f"{len(rows) - _BRIEF} more are on the page.", "soft", shown="brief")
    return Table(columns, rows, shown="page"), Table(columns, rows[:_BRIEF], shown="brief"), more


def chains(records: Sequence[PackageRecord]) -> Section | None:
    """The product of confirmed steps against both ends, once these were measured directly, which comes last."""
    every = [(record, line, line.chain) for record in records for line in record.lines if line.chain is not None]
    found = [one for one in every if one[2].direct]
    if not found:
        return None
    found.sort(key=lambda one: -size(one[2].residual))
    open_ = sum(not _closes(chain) for _, _, chain in found)
    left = f" {plural(len(every) - len(found), 'cost')} still to be checked." if len(found) < len(every) else ""
    said = Prose(
        f"The steps explain the whole change of {len(found) - open_} of {plural(len(found), 'cost')}: the interval of "
        "the residual contains 0. All confirmed steps together (their product) are checked against the last release "
        "over the first, measured against each other; steps for which another package went back are left out. The "
        "residual is what no step explains: changes of other packages, many small steps, or errors of measurement; "
        f"± is half of a {CONFIDENCE:.0%} interval.{left}",
    )
    columns = (
        _PACKAGE,
        _CASE,
        Column("steps together"),
        Column("first to last"),
        Column("residual"),
    )
    rows = tuple(_chain(*one) for one in found)
    return Section("Do the steps add up?", (said, *_both(columns, rows)), "chains", "Sums")


def _closes(chain: ReleaseChain) -> bool:
    low, high = chain.residual.ci_low, chain.residual.ci_high
    return low is not None and high is not None and low <= 1 <= high


def _chain(record: PackageRecord, line: ReleaseLine, chain: ReleaseChain) -> Row:
    package = record.header.package
    return Row(
        (
            Cell(package),
            Cell(
                line.case,
                "" if line.metric == "cpu_us" else LABELS[line.metric],
                href=f"#{record_steps.line_anchor(package, line.case, line.metric)}",
                sort=line.case,
            ),
            cells.changed(chain.steps),
            record_steps.interval(chain.whole),
            record_steps.interval(chain.residual, "" if _closes(chain) else "warn"),
        ),
        found_by=(one_text(package, line.case, LABELS[line.metric]), package),
    )


def repeated(records: Sequence[PackageRecord]) -> Section | None:
    """Releases that were measured again, in another session or on another machine."""
    found = [(record, one) for record in records for one in record.repeated]
    if not found:
        return None
    agree = sum(one.agrees for _, one in found)
    releases = len({(record.header.package, one.release) for record, one in found})
    said = Prose(
        f"{plural(releases, 'release')} measured a second time, {plural(len(found), 'figure')}: {agree} "
        f"({share(agree / len(found))}) agree with the first, that is, the {_INTERVAL} of the difference contains 0. "
        f"Half of the figures differ by at most {_difference(found, 0.5)}, nine in ten by at most "
        f"{_difference(found, 0.9)}.{'' if agree >= CONFIDENCE * len(found) else _ONE_SESSION}"
    )
    columns = (
        _PACKAGE,
        Column("release", words=True),
        _CASE,
        Column("first"),
        Column("again"),
        Column("difference"),
        Column("apart"),
    )
    found.sort(key=lambda one: -abs(_apart(one[1]).log_mean))
    rows = tuple(_repeated(record, one) for record, one in found)
    fold = Fold(f"All {len(rows)} figures, the largest difference first", (Table(columns, rows),), shown="page")
    return Section("Measured twice", (said, fold), "repeated")


def _difference(found: Sequence[tuple[PackageRecord, Repeated]], q: float) -> str:
    """The largest difference of this share of the figures."""
    apart = sorted(abs(math.expm1(_apart(one).log_mean)) for _, one in found)
    return share(apart[math.ceil(q * len(apart)) - 1])


def _since(passed: timedelta) -> str:
    """`3 days`, `10 hours`."""
    return counted(passed.days, "day") if passed.days else counted(round(passed.total_seconds() / 3600), "hour")


def _apart(one: Repeated) -> Change:
    return two_stage.step(one.first, one.again)


def _repeated(record: PackageRecord, one: Repeated) -> Row:
    apart, (case, metric) = _apart(one), one.quantity
    return Row(
        (
            Cell(record.header.package),
            Cell(one.release),
            Cell(case, "" if metric == "cpu_us" else LABELS[metric]),
            Cell(changed_by(one.first.ratio), sort=one.first.ratio),
            Cell(changed_by(one.again.ratio), sort=one.again.ratio),
            Cell(
                changed_by(apart.ratio),
                f"± {number(50 * (apart.high - apart.low), 1)}",
                apart.ratio,
                "" if one.agrees else "warn",
            ),
            Cell(_since(one.again_at - one.first_at), sort=(one.again_at - one.first_at).total_seconds()),
        ),
        found_by=(one_text(record.header.package, one.release, case, LABELS[metric]), record.header.package),
    )
