"""The words that differ between a difference in time and one in memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DiffWording:
    """`says` is a sentence of a case, its change, and what it was before and after; texts may have names in backticks.
    `exported` is the name other tools give to a thousandth of the `unit`."""

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
    missing: str
    files: str
    exported: str


TIME = DiffWording(
    unit="µs",
    each="µs per request while profiled",
    whole="profile",
    says="`{case}` changed by {change} µs per request while profiled ({base} before, {head} after)",
    noise="no function changed by more than the noise",
    what="time",
    more="slower",
    less="faster",
    of="request",
    own="Change of each function, including new and removed functions below it; own and total time before → after.",
    subtitle="profiles of one request",
    prose=(
        "Both sides, profiled alternately on one core. Costs are in µs per request, while profiled. The profiler "
        "slows calls down; by how much is stated for each case, and it is not divided out. Use this page to see where "
        "something changed, and `bench compare` to see whether it did."
    ),
    caption=(
        "Functions by the size of their change, in µs per request while profiled, including the standard library and "
        "built-ins that they call; 95% intervals over {launches} launches. Own and total are before → after. If only "
        "one side has a function, its cost counts in the change of the nearest caller that both sides have, and it "
        "has a row of its own too. Grey rows: the interval includes zero."
    ),
    missing="Not profiled",
    files=(
        "Next to this page, `profiles/` has each launch as folded stacks. `exports/` has both sides as folded stacks "
        "and for speedscope, and the difference as three columns (stack, base, head), in nanoseconds per request."
    ),
    exported="nanoseconds",
)

MEMORY = DiffWording(
    unit="kB",
    each="kB held at the peak",
    whole="peak",
    says="The memory peak of one request of `{case}` changed by {change} kB ({base} before, {head} after)",
    noise="no function holds more or less",
    what="bytes",
    more="more",
    less="less",
    of="peak",
    own="Change of each function, including new and removed functions below it; own and total memory before → after.",
    subtitle="memory peak of one request",
    prose=(
        "Every byte that was live at the peak of one request in a fresh process under memray, by the function that "
        "allocated it. Sizes are as requested from the allocator, and include Python's own allocator and native code. "
        "Memory that was live before the request is not included, and the two stacks may peak at different moments. "
        "`bench memory` of one stack measures how much the resident memory (RSS) grows."
    ),
    caption=(
        "Functions by the size of their change, in kB held at the peak, including what the standard library and "
        "built-ins allocated for them; 95% intervals over {launches} launches. Own and total are before → after. If "
        "only one side has a function, its memory counts in the change of the nearest caller that both sides have, "
        "and it has a row of its own too. Grey rows: the interval includes zero."
    ),
    missing="Not measured",
    files=(
        "Next to this page, `heap/` has each launch as folded stacks, line by line. `exports/` has both sides by "
        "function as folded stacks and for speedscope, and the difference as three columns (stack, base, head), in "
        "bytes."
    ),
    exported="bytes",
)
