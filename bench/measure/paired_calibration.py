"""How many requests fill a window on two stacks, asked in turn: either side gets as many on the way there."""

from __future__ import annotations

import math

from bench.agent.timing import LONGEST_WAIT
from bench.runner.agent_pair import AgentPair

_Seen = tuple[dict[str, float], dict[str, float]]


def fitting_calls(duo: AgentPair, case: str, window_us: float) -> int:
    """The geometric mean of what fills a window of about `window_us` of CPU on either, after warming up for as long.

    A case that mostly waits gets shorter windows of CPU, so that its elapsed time stays within bounds.
    """
    longest_us, calls = LONGEST_WAIT * window_us, 1
    while True:
        seen = _window(duo, case, calls)
        if _elapsed_us(seen, calls) >= longest_us:  # a case that waits, or a moment in which somebody else ran?
            again = _window(duo, case, calls)
            seen = min(seen, again, key=lambda one: _elapsed_us(one, calls))
        if min(one["cpu_us"] for one in seen) * calls >= window_us / 2 or _elapsed_us(seen, calls) >= longest_us:
            break
        calls *= 2
    fitting = [min(window_us / one["cpu_us"], longest_us / one["wall_us"]) for one in seen]
    return max(1, round(math.sqrt(fitting[0] * fitting[1])))


def _window(duo: AgentPair, case: str, calls: int) -> _Seen:
    return duo.ask_base("window", case=case, calls=calls), duo.ask_head("window", case=case, calls=calls)


def _elapsed_us(seen: _Seen, calls: int) -> float:
    """Of the slower side."""
    return calls * max(one["wall_us"] for one in seen)
