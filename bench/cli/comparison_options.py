"""The options of `bench compare`, and which of them go together."""

from __future__ import annotations

from dataclasses import dataclass

from bench.measure import instructions
from bench.model.comparison import PrimaryMetric
from bench.model.errors import UsageError
from bench.model.server import ServerSettings
from bench.stack.git.checkout import names_version
from bench.workflows.request import MeasurementRequest, Pythons
from bench.workspace import Results


@dataclass(frozen=True)
class ComparisonOptions:
    """What is compared, and how, as the command line has it."""

    base: str
    head: str
    choice: MeasurementRequest
    results: Results
    margin: float
    budget_s: float
    pythons: Pythons
    served: bool
    startup: bool
    servers: tuple[ServerSettings, ...]
    instructions: bool
    split: bool

    @property
    def metric(self) -> PrimaryMetric:
        """What decides."""
        return "server_cpu_us" if self.served else "startup_cpu_ms" if self.startup else "cpu_us"


def refuse(asked: ComparisonOptions) -> None:
    """Raises UsageError for options that can't be combined."""
    app, of_versions = asked.choice.app, all(map(names_version, (asked.base, asked.head)))
    if asked.instructions and not instructions.available():
        raise UsageError("--instructions needs valgrind; install it or remove the option")
    if asked.servers and not asked.served:
        raise UsageError("--server needs --served: a comparison in process has no server")
    if asked.served and app is not None and app.writes:
        raise UsageError(
            "--served doesn't support --writes: servers are also asked for what isn't counted; remove one of them"
        )
    if asked.split and (asked.served or not of_versions):
        raise UsageError("--split needs two versions of your own app, git:BASE git:HEAD, and no --served")
    if asked.startup and (asked.served or asked.instructions or asked.split):
        raise UsageError("--startup can't be combined with --served, --instructions or --split")


def refuse_of_stored(asked: ComparisonOptions, *, both_stored: bool) -> None:
    """Raises UsageError for an option that a stored run can't follow, or that has no effect where both are stored."""
    live = {"--served": asked.served, "--startup": asked.startup, "--instructions": asked.instructions}
    if option := next((name for name, given in live.items() if given), None):
        raise UsageError(f"{option} can't use a stored run; give requirements for both stacks")
    idle = {"--with": asked.choice.added, "--python": any(asked.pythons)}
    if both_stored and (option := next((name for name, given in idle.items() if given), None)):
        raise UsageError(f"{option} has no effect on stored runs; give requirements for a stack")
