"""Finds a request for each route of an app, asks it, and freezes those that are answered as they should be.

In this order: what the requests file says, what was recorded, what the schema shows, ids and links in other answers,
the smallest valid instance. Every request that is kept was asked in two fresh processes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bench.answers.app_response import AppResponse
from bench.audit import openapi, requests_file
from bench.audit.asking import Asker
from bench.audit.candidates import MADE_UP, candidates
from bench.audit.coverage import Wrong, login_step, printable, unasked, wrong
from bench.audit.instances.instance import NoInstanceError
from bench.audit.learned import Learned
from bench.audit.links import links
from bench.audit.matching import RouteTable
from bench.audit.openapi import Operation, Operations, template, values_in
from bench.audit.repeating import repeated
from bench.audit.turns import in_order
from bench.audit.workload import named_requests, request_of
from bench.model.app import AppDescription, FrozenRequest, RequestsFile, Route, RouteCoverage, RouteRequests
from bench.model.workload import Expect, Request
from bench.runner.agent_process import AgentError
from bench.text.numbers import duration
from bench.text.variables import VariableError, literal

OnStep = Callable[[str], None]
"""Called with what is done next, in a few words: with each route before it is asked, and with each start of the app."""


_LINKS = 2
"""To one route: the first may be an exception."""
_DOCUMENTATION = "fastapi.applications:FastAPI.setup."
_NO_SERVICE = "a page of FastAPI's own"
_KEPT_BYTES = 1_000_000
"""A longer answer isn't compared with those of another process, and nothing is learned of it."""


@dataclass(frozen=True)
class FindOptions:
    """What a command line says of requests: headers of all, whether those are asked that change state, and what was
    recorded by route."""

    headers: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False
    recorded: Mapping[str, tuple[FrozenRequest, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """The requests file as it is to be written, whether each route of the app can be measured, and how long the app
    takes to start, in s."""

    file: RequestsFile
    coverage: tuple[RouteCoverage, ...]
    start_s: float


@dataclass(frozen=True)
class _Asked:
    """One route: its requests, and why it can't be measured if it can't."""

    route: Route
    requests: tuple[FrozenRequest, ...] = ()
    wrong: Wrong | None = None
    own: bool = False
    varies: bool = False


def find(
    first: Asker,
    description: AppDescription,
    document: Any,
    options: FindOptions,
    file: RequestsFile | None = None,
    on_step: OnStep = lambda step: None,
) -> Found:
    """The requests of every route; `document` is the app's OpenAPI schema, if there is one. They are asked by the
    `first` process, and then in another one.

    Raises AppStartError when the app itself can't be started again, and VariableError for a `${NAME}` that isn't set.
    """
    known = _with_headers(file or RequestsFile(app=description.name, routes={}), description.name, options)
    known = _without_documentation(known, description)
    finder = _Finder(description, openapi.operations(document), known, options)
    for where, request in finder.given():
        try:
            first.plan.with_values(request)
        except VariableError as error:
            raise VariableError(f"{where}: {error}") from None
    asked = [finder.first(first, route, on_step) for route in in_order(description.routes)]
    on_step(f"starting {description.name} in a second process; the first start took {duration(first.start_s)}")
    with Asker(first.plan, description.name, 1) as asker:
        asked = [finder.again(asker, one, on_step) for one in asked]
    by_route = {one.route.id: one for one in asked}
    return Found(
        file=requests_file.without_secrets(_updated(known, asked)),
        coverage=tuple(_covered(by_route[route.id]) for route in description.routes),
        start_s=asker.start_s,
    )


def _without_documentation(file: RequestsFile, description: AppDescription) -> RequestsFile:
    """FastAPI's schema and its pages are skipped unless the file says otherwise: they are no part of the service."""
    skipped = {
        route.id: RouteRequests(skip=_NO_SERVICE)
        for route in description.routes
        if route.endpoint.startswith(_DOCUMENTATION)
    }
    return file.model_copy(update={"routes": skipped | file.routes})


class _Finder:
    """What is known of an app while its routes are asked."""

    def __init__(
        self, description: AppDescription, operations: Operations, file: RequestsFile, options: FindOptions
    ) -> None:
        self._description, self._operations = description, operations
        self._file, self._options = file, options
        self._learned = Learned()
        self._sent_with_all = {name.lower() for name in file.headers}
        self._answers: dict[str, AppResponse] = {}
        self._table = RouteTable(description)
        self._linked: dict[str, dict[str, str]] = defaultdict(dict)

    def given(self) -> Iterator[tuple[str, Request]]:
        """What is asked whatever is found: the headers of all, and each request of the file by its name."""
        yield "headers", request_of("GET /", FrozenRequest(path="/"), self._file)
        there = {route.id for route in self._description.routes}
        for route, name, one in named_requests(self._file):
            if route in there:
                yield name, request_of(route, one, self._file)

    def first(self, asker: Asker, route: Route, on_step: OnStep) -> _Asked:
        """The first request of a route that is answered as it should be, or the file's own."""
        held = self._file.routes.get(route.id, RouteRequests())
        if held.skip:
            return _Asked(route, held.requests, Wrong("skipped", f"skipped: {held.skip}"), own=True)
        if not held.requests and not self._linked[route.id] and (why := unasked(route, writes=self._options.writes)):
            return _Asked(route, (), why)
        on_step(f"asking {route.id}")
        return self._own(asker, route, held.requests) if held.requests else self._search(asker, route)

    def again(self, asker: Asker, asked: _Asked, on_step: OnStep) -> _Asked:
        """The same in another process, several times: whether the answers stay right, and whether they vary."""
        if asked.wrong is not None:
            return asked
        on_step(f"asking {asked.route.id} again")
        kept = []
        for request in asked.requests:
            before = self._answers.get(_key(asked.route, request))
            seen = repeated(
                partial(self._answer, asker, asked.route, request),
                asked.route,
                request,
                before,
                self._login(asked.route, request.headers if asked.own else ()),
            )
            if seen.wrong is not None:
                return replace(asked, wrong=seen.wrong)
            asked = replace(asked, varies=asked.varies or seen.varies)
            kept.append(request if asked.own else request.model_copy(update={"varies": seen.varies}))
        return replace(asked, requests=tuple(kept))

    def _own(self, asker: Asker, route: Route, requests: tuple[FrozenRequest, ...]) -> _Asked:
        for request in requests:
            if found := self._wrong(asker, route, request, request.expect.status):
                return _Asked(route, requests, found, own=True)
        return _Asked(route, requests, own=True)

    def _search(self, asker: Asker, route: Route) -> _Asked:
        recorded = self._options.recorded.get(route.id, ())
        right = tuple(one for one in recorded if not self._wrong(asker, route, one, one.expect.status))
        if right:
            return _Asked(route, right)
        first: Wrong | None = None
        try:
            for request in self._candidates(route):
                if other := self._table.instead_of(route, request.path, request.headers.get("host")):
                    says = f"{printable(other.id)} comes before it and answers {printable(request.path)}"
                    first = first or Wrong("order", says)
                    continue
                answer = self._answer(asker, route, request)
                found = wrong(route, answer, None, self._login(route))
                if found is None and isinstance(answer, AppResponse):
                    frozen = request.model_copy(update={"expect": Expect(status=answer.status)})
                    self._saw(route, frozen, answer)
                    return _Asked(route, (frozen,))
                first = first or (found and _blamed(found, request))
                if found and found.reason in ("token", "rate limit", "slow"):
                    break  # another request fares no better
        except NoInstanceError as error:
            first = first or Wrong("input", f"no request was found: {error}")
        return _Asked(route, wrong=first)

    def _candidates(self, route: Route) -> Iterator[FrozenRequest]:
        """Links that lead to a route come before values that are made up. Raises NoInstanceError at the end."""
        why: NoInstanceError | None = None
        made_up = []
        if not unasked(route, writes=True):  # of another kind it isn't known how to ask for it
            try:
                for request in candidates(route, self._operation(route), self._learned, self._sent_with_all):
                    if MADE_UP in request.source:
                        made_up.append(request)
                    else:
                        yield request
            except NoInstanceError as error:
                why = error
        for path, of in self._linked[route.id].items():
            yield FrozenRequest(path=literal(path), source=f"a link of {of}")
        yield from made_up
        if why is not None:
            raise why

    def _wrong(self, asker: Asker, route: Route, request: FrozenRequest, expected: int) -> Wrong | None:
        """How a request isn't answered as it should be; what is learned of the answer otherwise."""
        answer = self._answer(asker, route, request)
        found = wrong(route, answer, expected, self._login(route, request.headers))
        if found is None and isinstance(answer, AppResponse):
            self._saw(route, request, answer)
        return found

    def _saw(self, route: Route, request: FrozenRequest, answer: AppResponse) -> None:
        if len(answer.body) > _KEPT_BYTES:
            return
        self._answers[_key(route, request)] = answer
        values = values_in(route.path, request.path)
        if values is not None and answer.is_json:
            self._learned.saw(route, values, answer.document, request.source)
        for link in links(answer, request.path):
            to = self._table.route_of("GET", link)
            if to is not None and len(self._linked[to.id]) < _LINKS:
                self._linked[to.id].setdefault(link, route.id)
                if values := values_in(to.path, link):
                    self._learned.linked(to, values, route.id)

    def _login(self, route: Route, given: Collection[str] = ()) -> str:
        """`given` are the headers of a request that a user wrote or recorded."""
        return login_step((*self._sent_with_all, *given), self._operation(route).login)

    def _operation(self, route: Route) -> Operation:
        return self._operations.get((route.method, template(route.path)), Operation())

    def _answer(self, asker: Asker, route: Route, request: FrozenRequest) -> AppResponse | AgentError:
        try:
            return asker.ask(route.id, request_of(route.id, request, self._file))
        except AgentError as error:
            return error


def _key(route: Route, request: FrozenRequest) -> str:
    return f"{route.id} {request.model_dump_json()}"


def _blamed(found: Wrong, request: FrozenRequest) -> Wrong:
    """An app may fail on values that were made up: that says nothing of it, but of them."""
    if found.reason not in ("server error", "status") or MADE_UP not in request.source:
        return found
    return replace(found, reason="input", says=f"{found.says}; asked with {printable(request.path)}")


def _with_headers(file: RequestsFile, name: str, options: FindOptions) -> RequestsFile:
    return file.model_copy(update={"app": name, "headers": {**file.headers, **options.headers}})


def _updated(file: RequestsFile, asked: Iterable[_Asked]) -> RequestsFile:
    """What the user wrote stays, and so do routes that are gone."""
    found = {one.route.id: _entry(file.routes.get(one.route.id), one) for one in asked}
    return file.model_copy(update={"routes": {**file.routes, **found}})


def _entry(held: RouteRequests | None, asked: _Asked) -> RouteRequests:
    needs = asked.wrong.says if asked.wrong is not None and asked.wrong.reason != "skipped" else None
    if held is not None and asked.own:
        return held.model_copy(update={"needs": needs})
    requests = () if needs else asked.requests
    return (held or RouteRequests()).model_copy(update={"requests": requests, "needs": needs})


def _covered(asked: _Asked) -> RouteCoverage:
    if asked.wrong is not None:
        return RouteCoverage(route=asked.route.id, measured=False, reason=asked.wrong.reason, says=str(asked.wrong))
    says = "answers vary: compared by status, type and shape" if asked.varies else ""
    return RouteCoverage(route=asked.route.id, measured=True, says=says)
