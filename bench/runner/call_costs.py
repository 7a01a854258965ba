"""What one call of each case takes, as its first ones showed: every pass fits its effort and its time limits to it."""

from __future__ import annotations

from collections.abc import Mapping

from bench.runner.agent_process import PATIENCE_S

LONG_CALL_S = 0.1
"""A call that takes longer fills a window by itself, and is repeated no more often than a figure needs."""
# Under an instrument a call takes many times as long, and so it does on a core that others use too.
_SLOWED = 30
# A byte's way through both sockets, and to be compared.
_SEND_S = 4e-9
# What passes take beside their windows is partly processes that start, and partly waits: a default run, of 250 s of
# windows and 265 s of these, took 361 s where the reference work takes 111 µs, and 575 s where it takes 580 µs.
_USUAL_US, _WAITS_SHARE = 450.0, 0.2


class CallCosts:
    """Seconds of one call by case, in process and served, and as `agent_mb` what an agent held after the calls; grows
    while a plan is used. 0 of a case that nobody has asked for yet.

    Of somebody's own app, `start_s` is what it takes from the launch of a process until the app has started, and
    `lifespan_s` its lifespan's part of that, which a server runs again; 0 before the first start. `reference_us` is
    what the reference work takes on this machine; 0 before anybody has looked.
    """

    def __init__(self, call_s: Mapping[str, float] | None = None) -> None:
        self._call_s = dict(call_s or {})
        self._sent_s: dict[str, float] = {}
        self.agent_mb = self.start_s = self.lifespan_s = self.reference_us = 0.0

    def saw(self, case: str, call_s: float, body_bytes: int = 0) -> None:
        self._call_s[case] = call_s
        self._sent_s[case] = body_bytes * _SEND_S

    def call_s(self, case: str) -> float:
        return self._call_s.get(case, 0.0)

    def served_s(self, case: str) -> float:
        """With sending the body, which is most of a large one's time."""
        return self.call_s(case) + self._sent_s.get(case, 0.0)

    def paced_s(self, usual_s: float) -> float:
        """What takes so long on a usual machine, on this one."""
        if not self.reference_us:
            return usual_s
        return usual_s * (_WAITS_SHARE + (1 - _WAITS_SHARE) * self.reference_us / _USUAL_US)

    def long(self, case: str) -> bool:
        return self.call_s(case) >= LONG_CALL_S

    def long_served(self, case: str) -> bool:
        return self.served_s(case) >= LONG_CALL_S

    def time_limit_s(self, case: str, calls: int = 1) -> float:
        """How long an agent may take for so many calls, whatever looks at it meanwhile."""
        return PATIENCE_S + _SLOWED * calls * self.call_s(case)


def launches_within(within_s: float, launch_s: float, *, most: int, least: int = 1) -> int:
    """How many launches of `launch_s` each fit: never more than `most`, nor fewer than the `least` that says
    something."""
    return max(min(least, most), min(most, int(within_s / launch_s) if launch_s else most))
