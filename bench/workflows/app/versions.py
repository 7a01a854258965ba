"""Two versions of somebody's own app, each in an environment of its own, and both asked by the head's requests file."""

from __future__ import annotations

import shlex
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.audit import requests_file
from bench.audit.routes import Described, describe
from bench.model.app_options import AppOptions
from bench.model.app_version import RouteChanges
from bench.model.comparison import Side
from bench.model.errors import RefusedError, UsageError
from bench.model.run import MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.agent_process import AgentError
from bench.runner.app_start import AppStartError
from bench.stack import stale_lock
from bench.stack.app_environment import app_environment, has_stale_lock, version_environment
from bench.stack.environment import Environment
from bench.stack.git.checkout import PREFIX, Checkout, checkout, uncommitted
from bench.stack.uv import StackError
from bench.workflows import planning
from bench.workflows.app.requests import app_plan
from bench.workflows.case_selection import paired_cases, refuse_unset
from bench.workflows.request import MeasurementRequest


@dataclass(frozen=True)
class VersionPair:
    """Two versions of an app, ready to be measured. `requests` is the file that both are asked by, `described` are the
    ids of the routes of both, `notes` what to know before their figures are read."""

    base: Checkout
    head: Checkout
    environments: tuple[Environment, Environment]
    requests: Path
    described: tuple[frozenset[str], frozenset[str]]
    notes: tuple[str, ...] = ()

    @property
    def routes(self) -> RouteChanges:
        """Those that only one of both has."""
        base, head = self.described
        return RouteChanges(added=tuple(sorted(head - base)), removed=tuple(sorted(base - head)))

    def paired(self, choice: MeasurementRequest) -> tuple[PairedPlan, tuple[MissingSample, ...]]:
        """Plans of the cases whose routes both versions have, and of the others those that neither has, with the
        reason. Raises CatalogError, StoreError, and UsageError where no case is left."""
        chosen = _asked_by(choice, self.head, self.requests)
        arms, skipped = planning.paired(chosen, self.environments)
        app = replace(app_of(chosen), app_dir=self.base.app_dir)
        cases = arms.base.cases
        both = [case for case in cases if all(case.route in routes for routes in self.described)]
        if cases and not both:
            raise UsageError(self._nothing(app_of(chosen), cases))
        base = replace(arms.base, folder=self.base.app_dir, app=app)
        return PairedPlan(base, arms.head).of(both), (*skipped, *self._gone(cases))

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

    def _nothing(self, app: AppOptions, cases: Sequence[Case]) -> str:
        first, (base, head) = cases[0], (_label(one) for one in (self.base, self.head))
        in_base, in_head = (first.route in routes for routes in self.described)
        only = f"only {base if in_base else head} has this route"
        said = only if in_base or in_head else f"neither {base} nor {head} has this route"
        others = ", and both have none of the other chosen ones" if len(cases) > 1 else ""
        step = f"`{requests_file.command(replace(app, requests=None))}` writes the routes that the app has now"
        if in_head:
            step = "compare with a version that has it"
        return f"{first.id}: {said}{others}; nothing can be compared: {step}"


class Versions:
    """Versions of one app, each made ready once. The `most` that were used last keep their worktrees."""

    def __init__(self, choice: MeasurementRequest, most: int = 4) -> None:
        """Raises UsageError without an app."""
        self._choice, self._app, self._most = choice, app_of(choice), most
        self._taken: OrderedDict[_Key, Checkout] = OrderedDict()
        self._ready: dict[_Key, _Ready] = {}

    def pair(self, base: str, head: str) -> VersionPair:
        """Two of them by their words, `git:REF`. What can't be meant is said before anything is built.

        Raises StackError, StoreError, CatalogError, UsageError and VariableError.
        """
        keys = ("base", base), ("head", head)  # never one worktree: an app may write into its folder
        first, second = (self._checkout(key) for key in keys)
        requests = requests_of(self._app, second)
        asked = _asked_by(self._choice, second, requests)
        with _named(second):
            cases = paired_cases(asked)
        refuse_unset(asked, cases)
        try:
            ready = self._made(keys[0], first), self._made(keys[1], second)
        except UsageError as error:
            raise _without_module(self._app, (first, second), str(error)) or error from error
        return VersionPair(
            ready[0].checkout,
            ready[1].checkout,
            (ready[0].environment, ready[1].environment),
            requests,
            (ready[0].routes, ready[1].routes),
            tuple(_notes(self._app, ready, requests)),
        )

    def _checkout(self, key: _Key) -> Checkout:
        found = self._taken.pop(key, None) or checkout(key[1], self._app.app_dir)
        self._taken[key] = found
        while len(self._taken) > self._most:
            self._ready.pop(self._taken.popitem(last=False)[0], None)
        return found

    def _made(self, key: _Key, taken: Checkout) -> _Ready:
        if (found := self._ready.get(key)) is None:
            found = self._ready[key] = _ready_version(self._app, self._choice.added, taken)
        return found


def version_pair(choice: MeasurementRequest, base: str, head: str) -> VersionPair:
    """Two versions of an app by their words, `git:REF`. Raises StackError, StoreError, CatalogError and UsageError."""
    return Versions(choice).pair(base, head)


def app_of(choice: MeasurementRequest) -> AppOptions:
    """Raises UsageError where none is named."""
    if choice.app is None:
        raise UsageError("git:REF is a version of your own app; name it with --app MODULE:ATTR")
    return choice.app


def requests_of(app: AppOptions, head: Checkout) -> Path:
    """The requests file that both versions are asked by: the one that was named, or else the head's own; one that isn't
    committed yet is taken from the working tree. Raises UsageError."""
    candidates = (app.requests,) if app.requests else map(requests_file.beside, (head.app_dir, app.app_dir))
    if (found := next((one for one in candidates if one.is_file()), None)) is None:
        name = f"file {app.requests}" if app.requests else f"{requests_file.NAME} in the app's folder (--app-dir)"
        raise UsageError(f"{_label(head)}: no {name}; `{requests_file.command(app)}` writes it, then commit it")
    return found


_Key = tuple[str, str]
"""The side, and the words of a version."""


@dataclass(frozen=True)
class _Ready:
    """A version that starts in its environment; `routes` are the ids of what it then has."""

    checkout: Checkout
    environment: Environment
    routes: frozenset[str]
    stale: bool = False


def _ready_version(app: AppOptions, added: tuple[str, ...], taken: Checkout) -> _Ready:
    """Raises StackError and UsageError that name the version."""
    with _named(taken):
        stale = app.env is None and has_stale_lock(taken.app_dir, app.requirements)
        environment, taken = _environment(app, added, taken)
        plan = app_plan(replace(app, app_dir=taken.app_dir), environment)
        try:
            with plan.launch(0) as agent:
                found = describe(agent, app.spec)
        except AppStartError as error:
            raise _with_step(error, app, stale=stale) from error
        _refuse_other(app, taken, found)
    routes = frozenset(route.id for route in found.description.routes)
    return _Ready(taken, environment, routes, stale)


def _with_step(error: AppStartError, app: AppOptions, *, stale: bool) -> RefusedError:
    """How a package comes into the environment of a version."""
    if not error.lacking or app.env is not None:
        return error
    if stale:
        return UsageError(f"{error.said}; {stale_lock.SAYS}: run `uv lock`")
    if error.lacks is None:
        return error
    step = f"use --with {shlex.quote(error.lacks.requirement)}, or --requirements FILE or --env PATH"
    return UsageError(f"{error.said}: {step}")


def _refuse_other(app: AppOptions, taken: Checkout, found: Described) -> None:
    """An app that is installed may be what is imported, on both sides. Raises UsageError."""
    if found.file is not None and not Path(found.file).resolve().is_relative_to(taken.root.resolve()):
        module = app.spec.partition(":")[0]
        step = "name the folder of its code with --app-dir, or use an environment without it"
        raise UsageError(f"{module} is imported from {found.file}, and not from this version; {step}")


def _label(taken: Checkout) -> str:
    """`git:main`; of the working tree, `git:` would look like a slip before the colon that follows."""
    return "the working tree" if taken.version.named == PREFIX else taken.version.label


def _without_module(app: AppOptions, both: tuple[Checkout, Checkout], said: str) -> UsageError | None:
    """What to say instead where only one of them has no such module, which no --app-dir would find in both."""
    module = app.spec.partition(":")[0]
    lacking = next((one for one in both if said.startswith(f"{_label(one)}: {module}: there is no module ")), None)
    other = next((one for one in both if lacking is not None and _has_module(one, module)), None)
    if lacking is None or other is None or _has_module(lacking, module):
        return None
    return UsageError(
        f"{_label(lacking)}: has no module {module}, which {_label(other)} has; compare {_label(other)} with a commit "
        "that has it"
    )


def _has_module(taken: Checkout, name: str) -> bool:
    file = taken.app_dir.joinpath(*name.split("."))
    return file.with_name(f"{file.name}.py").is_file() or file.is_dir()


@contextmanager
def _named(taken: Checkout) -> Iterator[None]:
    """What goes wrong is said of the version, and its files by where they lie in the repository."""
    try:
        yield
    except (RefusedError, AgentError) as error:
        inside = str(error).replace(f"{taken.root}/", "").replace(str(taken.root), "its repository")
        said = f"{_label(taken)}: {inside}"
        raise (StackError(said) if isinstance(error, StackError) else UsageError(said)) from error


def _environment(app: AppOptions, added: tuple[str, ...], taken: Checkout) -> tuple[Environment, Checkout]:
    """The environment of a version, and the version with the lock that it was made of. Raises StackError."""
    if app.env is not None:
        return app_environment(taken.app_dir, app.env), taken
    environment, lock = version_environment(taken.app_dir, app.requirements, added)
    inside = lock.relative_to(taken.root).as_posix() if lock.is_relative_to(taken.root) else lock.name
    return environment, replace(taken, version=taken.version.model_copy(update={"lock": inside}))


def _asked_by(choice: MeasurementRequest, head: Checkout, requests: Path) -> MeasurementRequest:
    return replace(choice, app=replace(app_of(choice), app_dir=head.app_dir, requests=requests))


def _notes(app: AppOptions, ready: tuple[_Ready, _Ready], requests: Path) -> Iterator[str]:
    versions = [one.checkout.version for one in ready]
    for one in ready:
        if one.stale:
            yield f"{_label(one.checkout)}: {stale_lock.SAYS}; its pins are used: run `uv lock`"
    if any(version.dirty for version in versions):
        yield f"{PREFIX} is the working tree, with changes that aren't committed"
    elif uncommitted(app.app_dir):
        yield f"uncommitted changes are not measured; {PREFIX} as HEAD measures the working tree"
    if not app.requests and not requests.is_relative_to(ready[1].checkout.app_dir):
        yield f"{versions[1].named} has no {requests.name}, so that of the working tree is used; commit it"
    if ready[0].environment.python == ready[1].environment.python:
        yield "both versions run in the same environment"
