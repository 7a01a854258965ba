"""Self-tests: two equal stacks, or one slowed on purpose, and what a comparison found."""

from __future__ import annotations

from datetime import datetime

from bench.model.base import Record


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


class Selftest(Record):
    """What is known of a host's comparisons by its self-tests: stacks that are the same, with and without a slowdown.

    `half_width` is the median of the intervals', as a share of the cost; `controls` begin with what did not change.
    `alarms_at_most` is the upper 95% limit of the share of unchanged cases that is called changed.
    """

    tests: int
    last_at: datetime
    margin: float
    half_width: float
    controls: tuple[Control, ...]
    alarms_at_most: float | None = None

    @property
    def alarms(self) -> int:
        """How often something was called changed that was not."""
        return self.controls[0].slower + self.controls[0].faster
