"""The core that two sides share: who goes first on it, and how fast it is for either."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from bench.runner.agent_process import Agent
from bench.runner.core_speed import CoreSpeedMonitor


def head_goes_first(chance: random.Random) -> Iterator[bool]:
    """Pair by pair without end. Who goes first is quicker by a per cent or two, so each goes first in one of two
    pairs, at random in which."""
    while True:
        head_first = chance.random() < 0.5
        yield head_first
        yield not head_first


class PairSpeed:
    """How fast one core is for either side: the reference is as fast as the interpreter that runs it."""

    def __init__(self, wait_budget_s: float, base_us: Sequence[float], head_us: Sequence[float]) -> None:
        self._base, self._head = CoreSpeedMonitor(wait_budget_s / 2), CoreSpeedMonitor(wait_budget_s / 2)
        self.saw(base_us, head_us)

    @property
    def waited_s(self) -> float:
        return self._base.waited_s + self._head.waited_s

    def saw(self, base_us: Sequence[float], head_us: Sequence[float]) -> None:
        self._base.saw(base_us)
        self._head.saw(head_us)

    def quiet_us(self) -> tuple[float, float]:
        """What the reference work of the base and of the head may take on a core that nobody slows."""
        return self._base.quiet_us(), self._head.quiet_us()

    def wait_for_undisturbed_core(
        self, base: Agent, head: Agent, limits_us: tuple[float, float], *, head_first: bool
    ) -> None:
        """The side that goes first waits for both. Raises AgentError."""
        if head_first:
            self._head.wait_for_undisturbed_core(head, limits_us[1])
        else:
            self._base.wait_for_undisturbed_core(base, limits_us[0])
