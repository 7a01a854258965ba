"""What an app is asked: its routes are looked at as it runs, and its requests found, asked, and written to a file."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.audit import har, requests_file
from bench.audit.asking import Asker
from bench.audit.placeholders import Placeholders
from bench.audit.requests import FindOptions, OnStep, find
from bench.audit.routes import describe
from bench.host.affinity import cores
from bench.model.app import AppDescription, FrozenRequest, RequestsFile, RouteCoverage
from bench.model.app_options import AppOptions
from bench.model.errors import UsageError
from bench.model.workload import EffortName
from bench.runner.agent_process import AgentError
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.serving import headers
from bench.stack.environment import Environment
from bench.store.files import is_file
from bench.text.variables import VariableError


@dataclass(frozen=True)
class RequestArguments:
    """The words of a command line that decide what an app is asked: `headers` as they were typed."""

    headers: tuple[str, ...] = ()
    writes: bool = False
    har: Path | None = None


@dataclass(frozen=True)
class AppRequests:
    """An app's requests, which of its routes they can measure, and the routes of the file that the app has no more.

    `path` is where the file lies, or is to lie. `values` are what `${NAME}` stands for that was typed or recorded:
    a plan has to have them, and no file may. `start_s` is how long the app takes to start, and `schema_error` what was
    wrong with its OpenAPI schema.
    """

    path: Path
    description: AppDescription
    requests: RequestsFile
    coverage: tuple[RouteCoverage, ...]
    gone: tuple[str, ...]
    values: Mapping[str, str] = field(repr=False)
    start_s: float
    schema_error: str | None = None

    @property
    def unset(self) -> tuple[str, ...]:
        """The variables that the file has in the place of such values: the next command needs them."""
        written = requests_file.text(self.requests)
        return tuple(name for name in self.values if f"${{{name}}}" in written)


def app_plan(app: AppOptions, environment: Environment, effort: EffortName = EffortName.DEFAULT) -> Plan:
    """One that launches agents of an app, of which no case is known yet."""
    seed = random.SystemRandom().randrange(2**32)
    return Plan(environment, app.app_dir, {}, (), EFFORTS[effort], cores(), seed, app=app)


def find_requests(plan: Plan, app: AppOptions, given: RequestArguments, on_step: OnStep) -> AppRequests:
    """An app as it describes itself once it runs, and its requests, each asked in two processes.

    Raises AppStartError, UsageError, StoreError, and VariableError for a `${NAME}` that isn't set.
    """
    path = requests_file.of(app)
    file = requests_file.of_app(path, app.spec) if is_file(path) else None
    placeholders = Placeholders()
    options = FindOptions(_headers(given.headers, placeholders), given.writes)
    plan = replace(plan, values=placeholders.values)  # which may still grow
    try:
        with Asker(plan, app.spec, 0) as asker:
            on_step("looking at its routes")
            found = describe(asker.agent(), app.spec)
            options = replace(options, recorded=_recorded(given.har, found.description, placeholders))
            made = find(asker, found.description, found.openapi, options, file, on_step)
    except AgentError as error:
        raise UsageError(f"{app.spec}: {error}") from error
    except VariableError as error:
        raise VariableError(f"{path.name}: {error}") from None
    gone = requests_file.gone(made.file, found.description)
    values = placeholders.values
    return AppRequests(
        path, found.description, made.file, made.coverage, gone, values, made.start_s, found.openapi_error
    )


def _headers(typed: tuple[str, ...], placeholders: Placeholders) -> dict[str, str]:
    """By name; what may be a login is left to a variable."""
    found: dict[str, str] = {}
    for text in typed:
        try:
            name, value = headers.parse(text)
        except ValueError as error:
            raise UsageError(f"--header: {error}") from error
        found[name] = placeholders.header(name, value)
    return found


def _recorded(
    file: Path | None, description: AppDescription, placeholders: Placeholders
) -> dict[str, tuple[FrozenRequest, ...]]:
    if file is None:
        return {}
    found = har.recorded(file, description, placeholders)
    if not found:
        raise UsageError(f"--har {file}: no request in it is one of the app's routes that was answered")
    return {route: tuple(requests) for route, requests in found.items()}
