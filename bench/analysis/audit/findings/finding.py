"""What a finding is. A function of `rules` returns an iterator of them: its name is the finding's."""

from __future__ import annotations

from dataclasses import dataclass

from bench.stats.intervals import Estimate


@dataclass(frozen=True)
class AppFinding:
    """What was found at one place of the app.

    `saves_us` is what a weighted request would save, from measured figures alone; None where none tells it. `routes`
    are the cases that it concerns. `says` is one sentence with the evidence, code in backticks.
    `alike` is how several of the kind are named together, after their number; empty where there is never more than one.
    `amount` is how much there is of what has no price. `count` is how many `where` names: one class of middleware may
    have been added several times.
    """

    where: str
    says: str
    saves_us: Estimate | None
    routes: tuple[str, ...]
    alike: str = ""
    amount: str = ""
    count: int = 1
