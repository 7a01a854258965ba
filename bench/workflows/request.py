"""What a command asks for: the cases, the effort, the stack, and how a load is changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.audit.targets import known_targets
from bench.load.topology import HERE, Topology
from bench.model.app_options import AppOptions
from bench.model.scenario import Objective, Requirement
from bench.model.server import DEFAULT, ServerSettings
from bench.model.workload import EffortName, Pass, Request, Target
from bench.workspace import TARGETS

Pythons = tuple[str | None, str | None]
"""Of the base and of the head; None: the one that the harness runs on."""


@dataclass(frozen=True)
class LoadOptions:
    """The words that change how a scenario loads: None leaves what its file says.

    A `rate` makes it an open load, its arrivals at random with `poisson`. With an `objective` the highest rate that
    meets it is searched for. `require` is what each load has to meet, in place of what the file says. `requested` are
    path and query of a request to a server without a target. `traffic` is the access log that says how often each route
    of an app is asked.
    """

    scenario: str | None = None
    users: int | None = None
    duration_s: float | None = None
    rate: float | None = None
    poisson: bool = False
    objective: Objective | None = None
    require: tuple[Requirement, ...] = ()
    setting: Topology = HERE
    requested: str | None = None
    traffic: Path | None = None


# Load, memory and profiles take most of a run's time: a case that quick leaves out has them when it is named.
LIGHT = (Pass.TIMING, Pass.ALLOCATIONS)
APP_TRAFFIC = "traffic"
"""The scenario that asks for all routes of an app."""
# Long enough that one stall of a few dozen ms, which shared machines have, is not yet a hundredth of it.
SEARCH_STEP_S = 5.0


@dataclass(frozen=True)
class MeasurementRequest:
    """The words of a command line that decide what is measured. No glob means every case that the effort takes.

    `requirements` are of the one stack that is measured, `added` join every stack (`--with`).
    `attributed` are globs of the cases whose served request is taken apart; without one, a case that is written out is,
    or else the main chain. An `app` of somebody's own stands in the place of the `targets`. `server` is what
    serves in every pass that serves.
    """

    passes: tuple[Pass, ...]
    effort: EffortName = EffortName.DEFAULT
    globs: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    python: str | None = None
    targets: Path = TARGETS
    loading: LoadOptions = LoadOptions()
    attributed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    app: AppOptions | None = None
    server: ServerSettings = DEFAULT

    @property
    def loads_whole_app(self) -> bool:
        """Whether all routes of an app are loaded together."""
        named = self.loading.scenario in {None, APP_TRAFFIC}
        return self.app is not None and Pass.LOAD in self.passes and named

    @property
    def folder(self) -> Path:
        """Where the targets lie, or the app."""
        return self.app.app_dir if self.app else self.targets

    def known_targets(self) -> dict[str, Target]:
        """By name, in the order of their tree. Raises CatalogError and StoreError."""
        return known_targets(self.targets, self.app)

    def may_ask(self, request: Request) -> bool:
        """Whether a request is sent: of somebody's own app one that changes state only if that was allowed."""
        return request.safe or self.app is None or self.app.writes
