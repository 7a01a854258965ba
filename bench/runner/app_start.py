"""Whether somebody's own app can be imported and started; if not, why, in one line, and the next step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import monotonic, perf_counter

from bench.agent.app.failures import INSTALL
from bench.model.errors import RefusedError
from bench.runner.agent_process import Agent, AgentEndedError, AgentError, AgentLateError
from bench.stack import optional
from bench.stack.optional import OptionalPart

PATIENCE_S = 60.0


class AppStartError(RefusedError):
    """An app that can't be imported or started; the message says which, and quotes it. One that is `lacking` a package
    has in `said` the message without its last step; `lacks` is the optional part of its project that has it."""

    def __init__(self, message: str, said: str = "", lacks: OptionalPart | None = None) -> None:
        super().__init__(message)
        self.said, self.lacks, self.lacking = said, lacks, bool(said)


def start_app(agent: Agent, spec: str, patience_s: float = PATIENCE_S) -> float:
    """Import an app in a fresh agent, and start its lifespan; how long the lifespan takes, in s. Raises
    AppStartError."""
    return start_apps([agent], spec, patience_s)


def start_apps(agents: Sequence[Agent], spec: str, patience_s: float = PATIENCE_S) -> float:
    """The same in several at once, each of which has a core of its own."""
    _step(agents, spec, "import_app", "its import", patience_s)
    begin_s = perf_counter()
    _step(agents, spec, "start_app", "the start-up of its lifespan", patience_s)
    return perf_counter() - begin_s


def _step(agents: Sequence[Agent], spec: str, command: str, step: str, patience_s: float) -> None:
    try:
        sent_s = monotonic()
        for agent in agents:
            agent.send(command, target=spec)
        for agent in agents:
            agent.answer(command, timeout_s=patience_s, sent_s=sent_s)
    except AgentEndedError as error:
        raise AppStartError(f"{spec}: during {step} the process {error.ending}{error.said}") from error
    except AgentLateError as error:
        where = f"; it stands at {error.where}" if error.where else ""
        raise AppStartError(f"{spec}: {step} did not end within {patience_s:g} s{where}{error.said}") from error
    except AgentError as error:
        said = str(error)
        named = said if said.startswith(spec.partition(":")[0]) else f"{spec}: {said}"
        raise _not_started(named, agents[0].home) from error


def _not_started(named: str, app_dir: Path) -> AppStartError:
    if (missed := optional.missing(named)) is None:
        return AppStartError(named)
    said = named.removesuffix(f"; {INSTALL}")
    if (lacks := optional.having(missed, app_dir)) is not None:
        return AppStartError(f"{said}; {lacks}: {INSTALL}", f"{said}; {lacks}", lacks)
    return AppStartError(f"{said}; {INSTALL}", said)
