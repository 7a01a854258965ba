"""What a record is to have: of each package the releases, and the cases that they are measured by. Frozen, typed,
without I/O."""

from __future__ import annotations

from bench.model.base import Record
from bench.model.series import SeriesMetric

GATES: tuple[SeriesMetric, ...] = ("cpu_us", "startup_cpu_ms", "server_cpu_us")
"""What comparisons of a record are decided by, in the order in which they are measured; those of starts also say what
an app holds then."""


class PackagePlan(Record):
    """Of one package: its first release, and the ids of cases: requests in process, starts, and requests under load.

    `python` is X.Y, `margin` the change that matters, as a share.
    """

    package: str
    python: str
    margin: float
    since: str
    cases: tuple[str, ...] = ()
    startup: tuple[str, ...] = ()
    served: tuple[str, ...] = ()

    def of_gate(self, gate: SeriesMetric) -> tuple[str, ...]:
        """The ids of the cases that are decided by a metric."""
        return {"cpu_us": self.cases, "startup_cpu_ms": self.startup, "server_cpu_us": self.served}.get(gate, ())
