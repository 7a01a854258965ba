"""A record in words: how much was measured, which steps are confirmed, and what stands beside each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from bench.analysis.series.record import PackageRecord
from bench.analysis.series.release_figures import ReleaseLine
from bench.model.comparison import Metric, Result, Verdict
from bench.model.record import RecordedFunction, RecordedProfile
from bench.report.words.comparison import arrows, percent, within
from bench.report.words.metrics import LABELS, UNITS
from bench.report.words.package_steps import PackageStep, confirmed, unconfirmed, undecided
from bench.stats.intervals import Estimate
from bench.stats.two_stage import Change
from bench.text.numbers import gained, listed, number, share
from bench.text.sparkline import sparkline

_PACKAGES_NAMED = 3
_BARS = 24
"""How many releases a line of characters has."""


def called(case: str, metric: Metric) -> str:
    """A quantity in a sentence: the usual metric needs no word."""
    return f"`{case}`" if metric == "cpu_us" else f"`{case}` ({LABELS[metric]})"


def function(one: RecordedFunction) -> str:
    """`+12.3 ± 0.4 µs in fastapi.routing:app (fastapi), called only after`."""
    only = {"head": ", called only after", "base": ", called only before", None: ""}[one.only]
    return f"{profiled_us(one)} in `{one.name}` ({one.layer}){only}"


def profiled_us(one: RecordedFunction | RecordedProfile) -> str:
    """`+12.3 ± 0.4 µs`, while profiled."""
    low, high = (
        (None, None) if one.within_us is None else (one.change_us - one.within_us, one.change_us + one.within_us)
    )
    return gained(Estimate(one.change_us, low, high, 1 if one.within_us is None else 2), "µs")


def without_confirmation(found: Sequence[PackageStep]) -> Iterator[str]:
    """How many of these steps fresh blocks refute, and how many have none."""
    pending = len(undecided(found))
    if refuted := len(found) - pending:
        them = "it" if refuted == 1 else "them"
        equal = len([one for one in found if one.step.kept_equal])
        also = f"; for {equal} of these, other packages changed too" if equal else ""
        yield f"{plural(refuted, 'step')} looked changed, but fresh blocks did not confirm {them}{also}."
    if pending:
        yield f"{plural(pending, 'possible step')} {'is' if pending == 1 else 'are'} not measured again yet."


def measured_releases(record: PackageRecord) -> list[str]:
    """Those that have a valid figure of anything, oldest first."""
    known = {point.release for line in record.lines for point in line.points if point.found}
    order = {release: at for at, release in enumerate(record.header.releases)}
    return sorted(known, key=lambda release: order.get(release, -1))


def packages(records: Sequence[PackageRecord]) -> list[str]:
    return [record.header.package for record in records]


def sentences(records: Sequence[PackageRecord]) -> list[str]:
    """How much was measured, and when; the largest step; each package from its first release to its last; and what
    isn't known."""
    releases = sum(len(measured_releases(record)) for record in records)
    if not any(record.comparisons for record in records):
        return ["Nothing was measured yet. Measure with `bench record`."]
    found = confirmed(records)
    return [
        f"{plural(releases, 'release')} of {listed(packages(records))}, measured {period(records)}: {_counted(found)}.",
        *_largest(found),
        *(said for record in records for said in _whole(record)),
        *_uncertain(records),
    ]


def _counted(found: Sequence[PackageStep]) -> str:
    changed = len({(one.package, one.step.newer) for one in found})
    steps = plural(len(found), "confirmed step")
    return f"{steps} in {plural(changed, 'release')}" if found else steps


def period(records: Sequence[PackageRecord]) -> str:
    """`from 28 November 2026 to 2 December 2026`."""
    days = sorted(one.measured_at.date() for record in records for one in record.comparisons)
    first, last = (f"{one:%-d %B %Y}" for one in (days[0], days[-1]))
    return f"on {first}" if first == last else f"from {first} to {last}"


def _largest(found: Sequence[PackageStep]) -> Iterator[str]:
    for one in found[:1]:
        step = one.step
        also = f", together with {listed(one.moved, _PACKAGES_NAMED)}" if one.moved else ""
        yield (
            f"The largest: {one.package} {one.release} changed the {LABELS[step.metric]} of `{step.case}` by "
            f"{percent(step.best)} ({within(step.best)}){also}."
        )


def _whole(record: PackageRecord) -> Iterator[str]:
    """`fastapi 0.100.0 to 0.165.0, 13 costs: 8 higher, 3 lower and 2 the same within 3.0%.`"""
    wholes = [whole for line in record.lines if (whole := whole_of(line)) is not None]
    if not wholes:
        return
    first, last = measured_releases(record)[0], measured_releases(record)[-1]
    words = {
        Verdict.SLOWER: "higher",
        Verdict.FASTER: "lower",
        Verdict.EQUIVALENT: f"the same within {share(record.margin)}",
        Verdict.INCONCLUSIVE: "inconclusive",
    }
    counts = [(sum(one.verdict is verdict for one in wholes), said) for verdict, said in words.items()]
    said = listed([f"{count} {words}" for count, words in counts if count])
    also = f"; {listed(moved, _PACKAGES_NAMED)} changed too" if (moved := moved_along(record)) else ""
    yield f"{record.header.package} {first} to {last}, {plural(len(wholes), 'cost')}: {said}{also}."


def moved_along(record: PackageRecord) -> list[str]:
    """`starlette 0.27.0 → 1.10.0`: other packages that differ between a package's first and last release, first those
    that both have."""
    wholes = (line.whole for line in record.lines if line.whole)
    moved = {name: versions for whole in wholes for name, versions in whole.best_moved.items()}
    moved.pop(record.header.package, None)
    return arrows(dict(sorted(moved.items(), key=lambda one: (None in one[1], one[0]))))


def whole_of(line: ReleaseLine) -> Result | None:
    """From the first release to the last: measured directly, or else by the anchor."""
    if line.chain is not None:
        return line.chain.whole
    return line.whole.best if line.whole else None


def _uncertain(records: Sequence[PackageRecord]) -> Iterator[str]:
    looked = unconfirmed(records)
    yield from without_confirmation(looked)
    missing = [
        f"{plural(len(record.missing), 'release')} of {record.header.package}" for record in records if record.missing
    ]
    if missing:
        yield f"Of {listed(missing)} some costs are still to be measured."
    if missing or undecided(looked):
        yield "Run `bench record` to measure what is left."


def plural(count: int, noun: str) -> str:
    """`1 step`, `2 steps`, `no step`."""
    return f"{number(count, 0) if count else 'no'} {noun}{'s' if count > 1 else ''}"


def span(record: PackageRecord) -> str:
    """`0.100.0 to 0.165.0`."""
    known = measured_releases(record)
    return known[0] if len(known) == 1 else f"{known[0]} to {known[-1]}"


def cost(line: ReleaseLine, of: Change | None = None) -> str:
    """`38.2 µs`: what it costs in the anchor, or in a release that is so much dearer or cheaper."""
    known = line.anchor_cost
    return "" if known is None else f"{number(known * (of.ratio if of else 1))} {unit(line.metric)}".rstrip()


def unit(metric: Metric) -> str:
    return next((text for known, text in UNITS.items() if known == metric), "")


def trend(line: ReleaseLine, margin: float) -> str:
    """A line as characters: as many of its releases as there is room for, evenly spread, and both ends."""
    known = [point.found.log_mean if point.found else None for point in line.points]
    taken = known if len(known) <= _BARS else [known[round(at * (len(known) - 1) / (_BARS - 1))] for at in range(_BARS)]
    return sparkline(taken, -2 * math.log1p(margin), 2 * math.log1p(margin))
