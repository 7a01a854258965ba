"""Two versions of somebody's own app, each in an environment of its own, and both asked by the head's requests file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from bench.audit import requests_file
from bench.audit.routes import describe
from bench.model.app_options import AppOptions
from bench.model.app_version import RouteChanges
from bench.model.comparison import Side
from bench.model.errors import RefusedError, UsageError
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.stack.app_environment import app_environment, version_environment
from bench.stack.checkout import Checkout, checkout
from bench.stack.environment import Environment
from bench.stack.uv import StackError
from bench.workflows import planning
from bench.workflows.app_requests import app_plan
from bench.workflows.request import MeasurementRequest


@dataclass(frozen=True)
class ReadyVersion:
    """A version of an app that starts in its environment; `routes` are the ids of what it then has."""

    checkout: Checkout
    environment: Environment
    routes: frozenset[str]


@dataclass(frozen=True)
class VersionPair:
    """Two versions of an app, ready to be measured. `requests` is the file that both are asked by, `described` are the
    ids of the routes of both."""

    base: Checkout
    head: Checkout
    environments: tuple[Environment, Environment]
    requests: Path
    described: tuple[frozenset[str], frozenset[str]]

    @property
    def routes(self) -> RouteChanges:
        """Those that only one of both has."""
        base, head = self.described
        return RouteChanges(added=tuple(sorted(head - base)), removed=tuple(sorted(base - head)))

    def paired(self, choice: MeasurementRequest) -> tuple[PairedPlan, tuple[MissingSample, ...]]:
        """Plans of the cases whose routes both versions have, and of the others those that neither has, with the
        reason. Raises CatalogError, StoreError, and UsageError where no case is left."""
        if choice.app is None:
            raise UsageError("git:REF is a version of your own app; name it with --app MODULE:ATTR")
        app = replace(choice.app, app_dir=self.head.app_dir, requests=self.requests)
        arms, skipped = planning.paired(replace(choice, app=app), self.environments)
        base = replace(arms.base, folder=self.base.app_dir, app=replace(app, app_dir=self.base.app_dir))
        both = [case for case in arms.base.cases if all(case.route in routes for routes in self.described)]
        if not both:
            raise UsageError(self._nothing(arms.base.cases))
        return PairedPlan(base, arms.head).of(both), (*skipped, *self._gone(arms.base.cases))

    def sides(self) -> tuple[Side, Side]:
        """As results keep them."""
        base, head = (
            Side(named=one.version.named, names=(), stack=environment.stack, version=one.version)
            for one, environment in zip((self.base, self.head), self.environments, strict=True)
        )
        return base, head

    def _gone(self, cases: Iterable[Case]) -> tuple[MissingSample, ...]:
        known = self.described[0] | self.described[1]
        reason = f"neither version has this route; `bench requests` brings {self.requests.name} up to date"
        return tuple(
            MissingSample(case=case.id, during=Pass.TIMING, kind="skipped", reason=reason)
            for case in cases
            if case.route not in known
        )

    def _nothing(self, cases: Iterable[Case]) -> str:
        first = next(iter(cases)).id
        return f"{first}: none of the chosen routes is in both {self.base.version.named} and {self.head.version.named}"


class Versions:
    """Versions of one app, each made ready once. The `most` that were used last keep their worktrees."""

    def __init__(self, app: AppOptions, most: int = 4) -> None:
        self._app, self._most = app, most
        self._ready: OrderedDict[tuple[str, str], ReadyVersion] = OrderedDict()

    def pair(self, base: str, head: str) -> VersionPair:
        """Two of them by their words, `git:REF`. Raises StackError, StoreError and UsageError."""
        first, second = self._version("base", base), self._version("head", head)
        return VersionPair(
            first.checkout,
            second.checkout,
            (first.environment, second.environment),
            requests_of(self._app, second.checkout),
            (first.routes, second.routes),
        )

    def _version(self, side: str, words: str) -> ReadyVersion:
        """The sides never share one: an app may write into its folder."""
        key = side, words
        found = self._ready.pop(key, None) or ready_version(self._app, words)
        self._ready[key] = found
        while len(self._ready) > self._most:
            self._ready.popitem(last=False)
        return found


def version_pair(app: AppOptions, base: str, head: str) -> VersionPair:
    """Two versions of an app by their words, `git:REF`. Raises StackError, StoreError and UsageError."""
    return Versions(app).pair(base, head)


def ready_version(app: AppOptions, words: str) -> ReadyVersion:
    """A version of an app, checked out, with its environment, and started once. Raises StackError and UsageError."""
    taken = checkout(words, app.app_dir)
    try:
        environment, taken = _environment(app, taken)
        here = replace(app, app_dir=taken.app_dir)
        with app_plan(here, environment).launch(0) as agent:
            description = describe(agent, app.spec).description
    except (RefusedError, AgentError) as error:
        kind = StackError if isinstance(error, StackError) else UsageError
        raise kind(f"{words}: {error}") from error
    return ReadyVersion(taken, environment, frozenset(route.id for route in description.routes))


def requests_of(app: AppOptions, head: Checkout) -> Path:
    """The requests file that both versions are asked by: the one that was named, or else the head's own; one that isn't
    committed yet is taken from the working tree. Raises UsageError."""
    candidates = (app.requests,) if app.requests else map(requests_file.beside, (head.app_dir, app.app_dir))
    if (found := next((one for one in candidates if one.is_file()), None)) is None:
        name = app.requests or requests_file.NAME
        raise UsageError(f"{head.version.named}: no {name}; `bench requests {app.spec}` writes it, then commit it")
    return found


def _environment(app: AppOptions, taken: Checkout) -> tuple[Environment, Checkout]:
    """The environment of a version, and the version with the lock that it was made of. Raises StackError."""
    if app.env is not None:
        return app_environment(taken.app_dir, app.env), taken
    environment, lock = version_environment(taken.app_dir, taken.root, app.requirements)
    version = taken.version.model_copy(update={"lock": str(lock.resolve().relative_to(taken.root.resolve()))})
    return environment, replace(taken, version=version)
