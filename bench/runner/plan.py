"""What every pass is given: the environment, the targets, the chosen cases, and where to run them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Any

from bench.host.affinity import Cores, stream_cores
from bench.model.app_options import AppOptions
from bench.model.server import DEFAULT, ServerSettings
from bench.model.workload import Case, Pass, Request, Target
from bench.runner.agent_process import Agent, Instrument
from bench.runner.app_variables import app_variables
from bench.runner.before_launch import run_before
from bench.runner.call_costs import CallCosts
from bench.runner.effort import Effort
from bench.runner.request_values import variables, with_values
from bench.runner.streams import CoreStream
from bench.services.postgres import Database
from bench.stack.environment import Environment


@dataclass(frozen=True)
class Plan:
    """One run, before anything is measured. `cases` are those that this stack can serve, parents first.

    `database` runs beside the targets that need one. `attributed` are the ids of the cases whose served request is
    taken apart by several methods. `url` is what is loaded of a server without a target: nothing else is run then.
    `app` is somebody's own, whose agents run where it is at home; `values` are what `${NAME}` in its requests stands
    for, beside the user's environment. `server` is what cases are served by. `costs` are known once the answers have
    been checked. `stopping` ends its agents early.
    """

    environment: Environment
    folder: Path
    targets: Mapping[str, Target]
    cases: tuple[Case, ...]
    effort: Effort
    cores: Cores
    seed: int
    database: Database | None = None
    attributed: frozenset[str] = frozenset()
    url: str | None = None
    app: AppOptions | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    server: ServerSettings = DEFAULT
    costs: CallCosts = field(default_factory=CallCosts, compare=False)
    stopping: Event | None = field(default=None, repr=False, compare=False)

    def taken_by(self, during: Pass) -> list[Case]:
        """The cases that a pass takes, parents first."""
        return [case for case in self.cases if case.belongs_to(during)]

    def attributed_cases(self) -> list[Case]:
        """Those of them that this stack can serve, parents first."""
        return [case for case in self.cases if case.id in self.attributed]

    def knowing(self, cases: Iterable[Case]) -> Plan:
        """The same, with what is known of these cases in the place of its own."""
        known = {case.id: case for case in cases}
        return replace(self, cases=tuple(known.get(case.id, case) for case in self.cases))

    def beside(self) -> Plan:
        """The same on the client's core, if there is one, for what runs at the same time and isn't measured."""
        return replace(self, cores=replace(self.cores, measured=self.cores.client or self.cores.measured))

    def on(self, stream: CoreStream, other: int | None = None) -> Plan:
        """The same where a stream works: on its core only, and on an `other` of its own, if others work beside it."""
        now = replace(self, stopping=stream.stopping)
        if not stream.shared or stream.core is None:
            return now
        client = None if other is None else (other,)
        return replace(now, cores=replace(self.cores, measured=(stream.core,), client=client))

    def stream_cores(self) -> tuple[int, ...]:
        """The cores on which an agent each may be at work at once."""
        return stream_cores(each_mb=self.costs.agent_mb)

    def needs_quiet(self, case: Case) -> bool:
        """Whether a case is to be timed with nothing beside it: it asks a database, which has a core of its own, or
        changes what another process of the app would find."""
        return bool(self.targets[case.target].services) or not self.may_run_twice(case)

    def may_run_twice(self, case: Case) -> bool:
        """Whether several processes of the app may be asked for a case at once: it changes nothing that another one
        would find. What a target of the catalog changes is its own process's, or in a service. Where one request of
        somebody's own app changes state, the others may need what it made: no case of that app may."""
        target = self.targets[case.target]
        if self.app is None:
            return not target.services or target.requests[case.request].safe
        return not self.writes and not self.resets_state

    @cached_property
    def writes(self) -> bool:
        """Whether a case changes state."""
        return any(not self.targets[case.target].requests[case.request].safe for case in self.cases)

    @property
    def resets_state(self) -> bool:
        """Whether a command of the user's runs before each launch: no two launches at once then."""
        return self.app is not None and bool(self.app.before)

    def arguments(self, case: Case) -> dict[str, Any]:
        """A case as a message to an agent. Raises VariableError."""
        message = {"case": case.id, "target": case.target}
        return message | {"request": self.message(self.request(case), varies=case.compared != "bytes")}

    def message(self, request: Request, *, varies: bool) -> dict[str, Any]:
        """A request as an agent gets it, by the scheme of the server."""
        asked = request.model_dump(exclude={"expect", "varies", "margin", "ignored"})
        scheme = "https" if self.server.tls else "http"
        return asked | {"expect": {"status": request.expect.status}, "varies": varies, "scheme": scheme}

    def request(self, case: Case) -> Request:
        """The request of a case as it is asked. Raises VariableError."""
        return self.with_values(self.targets[case.target].requests[case.request])

    def with_values(self, request: Request) -> Request:
        """A request of somebody's own app with what `${NAME}` in it stands for. Raises VariableError."""
        if self.app is None or not variables(request):
            return request
        return with_values(request, {**os.environ, **self.variables, **self.values})

    def launch(self, launch: int, under: Instrument | None = None) -> Agent:
        """A fresh agent on the measured core, with the launch's own hash seed; `under` an instrument, if need be.

        Raises AgentError when the command that is to run before it fails.
        """
        if self.app and self.app.before:
            run_before(self.app.before, self.app.app_dir, self.environment, self.variables)
        agent = Agent(
            self.environment,
            self.folder,
            hash_seed=self.hash_seed(launch),
            cores=self.cores.measured,
            variables=self.variables,
            under=under,
            loop=self.server.agent_loop,
        )
        agent.stopping = self.stopping
        return agent

    @property
    def variables(self) -> dict[str, str]:
        """What the targets find in their environment, beside what every process is given. Raises UsageError."""
        own = app_variables(self.app) if self.app else {}
        return own | ({"DATABASE_URL": self.database.url} if self.database else {})

    def hash_seed(self, launch: int) -> int:
        return self.random("hash seed", launch).randrange(2**32)

    def random(self, purpose: str, launch: int) -> random.Random:
        """The generator of one purpose in one launch: the same seed gives the same order again."""
        return random.Random(f"{self.seed} {purpose} {launch}")
