"""Where a change of an app is: per route the functions that the difference of both versions touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.agent.profiles.frame_names import IDLE
from bench.analysis.comparison.verdicts import differing
from bench.model.app_version import ChangedFunction, ProfiledCase
from bench.model.comparison import Comparison
from bench.report import cells
from bench.report.document import Block, Bullets, Cell, Column, Prose, Row, Section, Table
from bench.report.words.app_versions import function, outside, plain
from bench.report.words.comparison import arrows, case_word, rows
from bench.stats.intervals import Estimate
from bench.text.numbers import counted, gained, listed, share

_TITLE = "Where the change is, by separate profiles (µs per request while profiled)"
_ABOUT = (
    "Separate profiles of the largest changes, and the lines of the diff that touch each function. A function has the "
    "time of what it calls, except other functions that the diff touches. Times are µs per request while profiled, "
    "which slows an app down: what a request costs is in the table of every case."
)
_IN_BRIEF, _ON_PAGE, _PACKAGES = 3, 12, 5
# A function is worth naming with this share of its route's change.
_NOTICEABLE = 0.05


def section(comparison: Comparison) -> Section | None:
    """Nothing of a comparison without profiles of two versions."""
    if not comparison.profiled:
        return None
    largest = sorted(comparison.profiled, key=lambda one: -abs(one.change_us))
    found = [(one, _by_size(comparison, one.case)) for one in largest]
    said = [_said(comparison, one, changes) for one, changes in found]
    unexplained = any(_open(one, changes) for one, changes in found)
    more = outside(comparison.changed) if unexplained else ""
    blocks: list[Block] = [Prose(_ABOUT, "soft", shown="page"), Bullets(tuple(said))]
    if more:
        blocks.append(Prose(more))
    if (others := sum(row.changed for row in rows(comparison)) - len(found)) > 0:
        blocks.append(
            Prose(
                f"Only the largest changes are profiled: {counted(others, f'more {case_word(comparison)}')} changed.",
                "soft",
            )
        )
    if made := [row for one, changes in found for row in _rows(one, changes)]:
        blocks.append(_table(made))
    return Section(_TITLE, tuple(blocks), "functions", "Where the change is")


def _by_size(comparison: Comparison, case: str) -> list[tuple[ChangedFunction, Estimate]]:
    """The functions in a case's profile with what they changed by, in µs per request, the largest change first."""
    found = [(one, _estimate(one.cases[case], one.within.get(case))) for one in comparison.changed if case in one.cases]
    return sorted(found, key=lambda pair: -abs(pair[1].mean))


def _estimate(mean: float, within: float | None) -> Estimate:
    if within is None:
        return Estimate(mean, None, None, 1)
    return Estimate(mean, mean - within, mean + within, 2)


def _certain(one: ProfiledCase) -> bool:
    """Whether a profile shows that the route changed at all."""
    return one.within_us is not None and abs(one.change_us) > one.within_us


def _clear(one: ProfiledCase, change: Estimate) -> bool:
    """Whether it is more than noise, and than next to nothing of the route's change."""
    if change.low is None or change.high is None or change.low <= 0 <= change.high:
        return False
    return not _certain(one) or abs(change.mean) >= _NOTICEABLE * abs(one.change_us)


def _open(one: ProfiledCase, changes: Sequence[tuple[ChangedFunction, Estimate]]) -> bool:
    """Whether most of a route's change is in none of the functions that clearly changed."""
    if not _certain(one):
        return not any(_clear(one, change) for _, change in changes)
    explained = sum(change.mean for _, change in changes if _clear(one, change))
    return abs(one.change_us - explained) > abs(one.change_us) / 2


def _said(comparison: Comparison, one: ProfiledCase, changes: Sequence[tuple[ChangedFunction, Estimate]]) -> str:
    """`GET /users/{id}`, +510 ± 20 µs: +505 ± 15 µs in `app.users:read` (app/users.py:12-14)."""
    clear = [(of, change) for of, change in changes if _clear(one, change)]
    named = [f"{gained(change, 'µs')} in {function(of)}" for of, change in clear[:_IN_BRIEF]]
    named += [counted(len(clear) - _IN_BRIEF, "more function")] if len(clear) > _IN_BRIEF else []
    whole = f"`{plain(one.case)}`"
    if _certain(one):
        whole = f"{whole}, {gained(_estimate(one.change_us, one.within_us), 'µs')}"
    if not named:
        return f"{whole}: {_without(changes)}{''.join(_elsewhere(comparison, one))}"
    rest = "".join(_elsewhere(comparison, one)) if _open(one, changes) else "."
    return f"{whole}: {listed(named)}{rest}"


def _without(changes: Sequence[tuple[ChangedFunction, Estimate]]) -> str:
    if not changes:
        return "no changed function in its profile"
    return "no changed function takes clearly more or less in its profile"


def _elsewhere(comparison: Comparison, one: ProfiledCase) -> Iterator[str]:
    """What changed most, where the difference doesn't touch it, and what else may be the cause."""
    touched = {of.name for of in comparison.changed if of.cases}
    if one.most == IDLE:
        yield ". It waits longer or shorter, for a thread or for another process"
    elif one.most and one.most_us is not None and one.most not in touched:
        change = gained(_estimate(one.most_us, None), "µs")
        yield f". Outside the diff, `{plain(one.most)}` changed most ({change})"
    if moved := arrows(differing(comparison.base.stack, comparison.head.stack)):
        yield f". Dependencies changed: {listed(moved, _PACKAGES)}"
    yield "."


def _rows(one: ProfiledCase, changes: Sequence[tuple[ChangedFunction, Estimate]]) -> Iterator[Row]:
    for of, change in changes[:_ON_PAGE]:
        part = Cell(share(change.mean / one.change_us), sort=change.mean / one.change_us) if _certain(one) else Cell()
        names = Cell(plain(one.case)), Cell(plain(of.name), "removed" if of.removed else ""), Cell(plain(of.at))
        yield Row((*names, cells.marginal(change), part), tone="" if _clear(one, change) else "soft")


def _table(rows: Sequence[Row]) -> Table:
    columns = (
        Column("route", words=True, code=True),
        Column("function", words=True, code=True, wrap=True),
        Column("lines", words=True, code=True, wrap=True),
        Column("change, µs"),
        Column("of the route's change"),
    )
    caption = f"The largest changes, up to {_ON_PAGE} functions per route; grey where one may be noise."
    return Table(columns, tuple(rows), caption, shown="page")


def profiled(flames: str | None, profiled: Sequence[str]) -> Section | None:
    """Where the time of the largest changes went, by separate profiles."""
    blocks: list[Block] = [Bullets(tuple(profiled))] if profiled else []
    if flames:
        link = Cell("before, after and the difference", href=flames)
        columns = (Column("Flame graphs of the largest changes", words=True),)
        blocks.append(Table(columns, (Row((link,)),), sortable=False, shown="page"))
    title = "Where the time of the largest changes went, by separate profiles" if profiled else "Flame graphs"
    return Section(title, tuple(blocks), "profiled", "Profiles") if blocks else None
