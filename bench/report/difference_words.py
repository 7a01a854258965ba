"""What is told differently of a difference in time and of one in memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """`says` is a sentence of a case, its change, and what it was before and after; `prose` may have names in
    backticks. `exported` is what a thousandth of the `unit` is called by other tools."""

    unit: str
    each: str
    whole: str
    says: str
    noise: str
    what: str
    more: str
    less: str
    of: str
    own: str
    subtitle: str
    prose: str
    caption: str
    unseen: str
    beside: str
    exported: str


TIME = Words(
    unit="µs",
    each="µs a request while profiled",
    whole="profile",
    says="`{case}` takes {change} µs a request while profiled ({base} before, {head} after)",
    noise="no function's change stands out from the noise",
    what="time",
    more="slower",
    less="faster",
    of="request",
    own="own time, and what is new below it",
    subtitle="Where the time of a request went, profiled in turn on one core.",
    prose=(
        "Costs while profiled, in µs a request. The profiler slows calls down, by how much stands with each case and "
        "isn't divided out: look here for where something changed, and ask `bench compare` whether it did."
    ),
    caption=(
        "Functions by the size of their change: µs a request while profiled, with the standard library and built-ins "
        "that they call; 95% intervals over {launches} launches. What a function of both sides calls that only one "
        "side has counts in its change, and has a line of its own too. Dim: the interval doesn't leave out zero."
    ),
    unseen="profiled",
    beside=(
        "Beside this page: `profiles/` has each launch as folded stacks; `exports/` both sides as folded stacks and "
        "for speedscope, and the difference as three columns (stack, base, head), in nanoseconds a request."
    ),
    exported="nanoseconds",
)

MEMORY = Words(
    unit="kB",
    each="kB held at the peak",
    whole="peak",
    says="What a request of `{case}` holds at its highest changed by {change} kB ({base} before, {head} after)",
    noise="no function holds more or less",
    what="bytes",
    more="more",
    less="less",
    of="peak",
    own="allocated by it, and by what is new below it",
    subtitle="What one request holds when its heap stands highest, in fresh processes under memray.",
    prose=(
        "Every byte that was live when one request's heap stood highest, as it was asked for, by the function that "
        "allocated it; Python's own allocator and native code included. What stood there before the request isn't "
        "among them, and the highest moments of both stacks need not be the same one. `bench memory` of one stack says "
        "how far the resident memory of a process rises."
    ),
    caption=(
        "Functions by the size of their change: kB held at the peak, with what the standard library and built-ins "
        "allocated for them; 95% intervals over {launches} launches. What is new or removed below a function of both "
        "sides counts in its change, and has a line of its own too. Dim: the interval doesn't leave out zero."
    ),
    unseen="looked at",
    beside=(
        "Beside this page: `heap/` has each launch as folded stacks, line by line; `exports/` both sides by function "
        "as folded stacks and for speedscope, and the difference as three columns (stack, base, head), in bytes."
    ),
    exported="bytes",
)
