"""Self-tests: two equal stacks, or one slowed on purpose, and what a comparison found."""

from __future__ import annotations

from datetime import datetime

from bench.model.base import Record

_NOISY = 2.0


class Injection(Record):
    """A slowdown that a self-test put into the head: `added_us` of CPU per request, meant as this share of its cost."""

    case: str
    share: float
    added_us: float


class Control(Record):
    """What self-tests found of one injected share: of so many `cases`, in how many the interval held the truth, lay
    above no change (`seen`), and was called slower at the margin. A share of 0: of what did not change."""

    share: float
    cases: int
    held: int
    seen: int
    slower: int
    faster: int


class CoreControl(Record):
    """What the blocks of one core alone say: how much they differ (`block_sd`, the median over cases of the standard
    deviation of ln(head/base)) and the median half-width of their intervals, as a share of the cost; None without an
    interval. `left_out` is the share of what its blocks observed that was left out, because others used the core.

    Of `cases` intervals `held` contained the truth; of those of `unchanged` cases, `alarms` lay beyond the margin.
    """

    core: int
    blocks: int
    left_out: float
    block_sd: float | None
    half_width: float | None
    cases: int
    held: int
    unchanged: int
    alarms: int


class Selftest(Record):
    """What is known of a host's comparisons by its self-tests: stacks that are the same, with and without a slowdown.

    `half_width` is the median of the intervals', as a share of the cost; `controls` begin with what did not change.
    `alarms_at_most` is the upper 95% limit of the share of unchanged cases that is called changed.
    `cores` are those that measured, each by its own blocks; none in results from before there were several.
    """

    tests: int
    last_at: datetime
    margin: float
    half_width: float
    controls: tuple[Control, ...]
    alarms_at_most: float | None = None
    cores: tuple[CoreControl, ...] = ()

    @property
    def alarms(self) -> int:
        """How often something was called changed that was not."""
        return self.controls[0].slower + self.controls[0].faster

    @property
    def noisy_cores(self) -> tuple[int, ...]:
        """The cores that are better left out: with blocks that differ twice as much as those of the quietest core, they
        make an interval wider than it would be without them; or with too few undisturbed blocks for any interval."""
        least = min((one.block_sd for one in self.cores if one.block_sd is not None), default=None)
        if least is None:
            return ()
        return tuple(one.core for one in self.cores if one.block_sd is None or one.block_sd > _NOISY * least)
