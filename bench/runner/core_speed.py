"""The measured core's speed, as the reference work beside the windows tells it."""

from __future__ import annotations

from collections.abc import Iterable

from bench.runner.agent_process import Agent
from bench.stats.windows import SLOWED, undisturbed_us

FIRST_REFERENCES = 300
_LONGEST_WAIT_S = 20.0


class CoreSpeedMonitor:
    """How fast the core has been so far, by one interpreter's reference, and how long may still be waited for it."""

    def __init__(self, wait_budget_s: float) -> None:
        self._references_us: list[float] = []
        self._wait_budget_s = wait_budget_s
        self.waited_s = 0.0

    def saw(self, references_us: Iterable[float]) -> None:
        self._references_us.extend(references_us)

    def quiet_us(self) -> float:
        """What the reference work may take on a core that nobody slows."""
        return SLOWED * undisturbed_us(self._references_us)

    def wait_for_undisturbed_core(self, agent: Agent, limit_us: float) -> None:
        """Let others finish, as long as there is patience for all cases together."""
        waited_s = agent.call(
            "wait_for_undisturbed_core", limit_us=limit_us, wait_budget_s=min(self._wait_budget_s, _LONGEST_WAIT_S)
        )
        self.waited_s += waited_s
        self._wait_budget_s = max(0.0, self._wait_budget_s - waited_s)


def speed_of(
    core: int | None, agent: Agent, known: dict[int | None, CoreSpeedMonitor], wait_budget_s: float
) -> CoreSpeedMonitor:
    """What is known of the core that an agent is on, looked at first where that is nothing. Raises AgentError."""
    if core not in known:
        speed = CoreSpeedMonitor(wait_budget_s)
        speed.saw(agent.call("references", count=FIRST_REFERENCES))
        known[core] = speed
    return known[core]
