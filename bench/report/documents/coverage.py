"""Which routes of an app can be measured: how many, why the others can't, and what to do about it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from bench.model.app import FrozenRequest, RequestsFile, Route, RouteCoverage
from bench.report.document import Block, Bullets, Cell, Column, Document, Prose, Row, Section, Table
from bench.report.words.coverage import Unmeasured, unmeasured
from bench.text.numbers import listed

_NAMED = 5


def document(  # noqa: PLR0913  each is a part of the page, and most have none of them
    requests: RequestsFile,
    coverage: Sequence[RouteCoverage],
    *,
    file: str,
    gone: Sequence[str] = (),
    unset: Sequence[str] = (),
    schema_error: str | None = None,
    shadowed: Sequence[Route] = (),
    slash_redirects: Sequence[str] = (),
) -> Document:
    """The coverage of an app. `gone` are routes that the file has and the app has not; `unset` are variables that stand
    for what was typed or recorded, and that the next command needs; `schema_error` is why OpenAPI was no help;
    `shadowed` and `slash_redirects` are those of the app's description."""
    measured = sum(one.measured for one in coverage)
    return Document(
        title=requests.app,
        headline=(f"{measured} of {len(coverage)} routes can be measured.",),
        subtitle=(f"requests in {file}",),
        sections=(*_sections(requests, coverage, gone, file), *_never_reached(shadowed)),
        notes=(*_notes(unset, schema_error, slash_redirects), *_next(requests, measured)),
    )


def _sections(
    requests: RequestsFile, coverage: Sequence[RouteCoverage], gone: Sequence[str], file: str
) -> Iterator[Section]:
    if groups := unmeasured(coverage):
        columns = (Column("route", words=True, wrap=True), Column("why", words=True, wrap=True))
        rows = tuple(row for group in groups for row in _unmeasured_rows(group, file))
        headlines = tuple(f"{group.headline}." for group in groups)
        yield Section("Not measured", (Bullets(headlines), Table(columns, rows)), "not-measured")
    if found := [one for one in coverage if one.measured]:
        yield Section("Measured", tuple(_measured(requests, found)), "measured")
    if gone:
        said = Prose("These are in the file, but the app does not have them any more. Delete them if that is right.")
        yield Section("No longer in the app", (said, Bullets(tuple(gone))), "gone")


def _unmeasured_rows(group: Unmeasured, file: str) -> Iterator[Row]:
    """Each route with what it answered; of many that answered the same, or were not asked at all, the first ones."""
    alike: dict[str, list[str]] = {}
    for one in group.routes:
        alike.setdefault(one.says or group.words, []).append(one.route)
    for why, routes in alike.items():
        named = routes if len(routes) <= _NAMED + 1 else routes[:_NAMED]
        for route in named:
            yield Row((Cell(route), Cell(why, tone="warn")))
        if more := len(routes) - len(named):
            yield Row((Cell(f"{more:,} more"), Cell(f"the same; listed in {file}")))


def _never_reached(shadowed: Sequence[Route]) -> Iterator[Section]:
    if shadowed:
        said = Prose("These are declared twice: the route of the same method and path that comes first answers.")
        places = tuple(f"{route.id} ({route.at})" if route.at else route.id for route in shadowed)
        yield Section("Never reached", (said, Bullets(places)), "never-reached")


def _measured(requests: RequestsFile, found: Sequence[RouteCoverage]) -> Iterator[Block]:
    """That answers vary is explained once, below the table."""
    columns = (
        Column("route", words=True, wrap=True),
        Column("request", words=True, wrap=True),
        Column("from", words=True, wrap=True),
    )
    asked = [(one.route, request) for one in found for request in requests.routes[one.route].requests]
    yield Table(columns, tuple(Row((Cell(route), Cell(one.path), Cell(_source(one)))) for route, one in asked))
    if any(one.varies for _, one in asked):
        yield Prose("An answer that varies is compared by status, type and shape.")


def _source(request: FrozenRequest) -> str:
    return ", ".join(filter(None, (request.source, "answer varies" if request.varies else "")))


def _next(requests: RequestsFile, measured: int) -> Iterator[str]:
    if measured:
        app = shlex.quote(requests.app)
        yield f"Next: `bench audit {app}`, with the same options, measures these routes."
        yield f"Or commit the file: `bench compare git:main git:HEAD --app {app}` compares two versions."


def _notes(unset: Sequence[str], schema_error: str | None, slash_redirects: Sequence[str]) -> Iterator[str]:
    if schema_error:
        yield f"The app's OpenAPI schema can't be used, so requests have no examples from it: {schema_error}"
    if unset:
        names = listed([f"${{{name}}}" for name in unset])
        yield f"The file has {names} where a login was given: set that in the environment for the next command."
    if slash_redirects:
        where = listed(list(slash_redirects))
        yield f"Under {where}, the app redirects a path whose last slash is missing or extra: one more request."
