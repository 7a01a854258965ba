"""What the releases of a package cost: the lines of a record, one comparison of two releases each.

Frozen, typed, without I/O, like `bench.model.comparison`. A file holds one package: JSON Lines, first a header, then
comparisons in the order in which they were measured. Most compare a release with the `anchor`, one fixed release; so
lines that were measured on different machines lie on one scale. Others compare two neighbours, or both ends. Figures
and seeds are kept, windows are not.

History of the schema (`schema_version`, of each line): 1 is the first.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from bench.model.base import Record
from bench.model.comparison import Metric
from bench.model.environment import PublishedHost
from bench.model.series import SeriesMetric

SCHEMA_VERSION = 1

_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class RecordedRatio(NamedTuple):
    """A cost of the head over the base's: the trimmed mean of `blocks` blocks' ln(head/base), its standard error, and
    the degrees of freedom of that."""

    log_ratio: Annotated[float, Field(ge=-20, le=20)]
    standard_error: Annotated[float, Field(ge=0, le=20)]
    df: _Positive
    blocks: int


class RecordedCount(NamedTuple):
    """Allocations of one request of the base, and the head's over them: the lowest and the highest of all launches."""

    base: float
    low: _Positive
    high: _Positive


class RecordedCase(Record):
    """What a comparison says of a case. `request` is a digest of what was asked, `costs` are the base's by metric, in
    the metric's unit. Without ratios `reason` says why."""

    request: str
    ratios: dict[Metric, RecordedRatio] = {}  # noqa: RUF012  a pydantic field: every record has its own
    costs: dict[Metric, float] = {}  # noqa: RUF012
    allocs: RecordedCount | None = None
    reason: str = ""


class RecordedFunction(Record):
    """A function that changed, by separate profiles: µs per request while profiled, head less base, and half of the 95%
    interval. `only` is the side that alone has it."""

    name: str
    layer: str
    change_us: float
    within_us: float | None = None
    only: Literal["base", "head"] | None = None


class RecordedProfile(Record):
    """Profiles of a case on both releases: what one request changed by while it was profiled, the functions in which it
    did most, and the file that holds the stacks of both, for a flame graph of the difference."""

    case: str
    change_us: float
    within_us: float | None = None
    functions: tuple[RecordedFunction, ...] = ()
    stacks: str | None = None


class RecordHeader(Record):
    """Whose record it is: the `anchor` whose lock lies beside the file, and all `releases` that the package had when it
    was last looked at, oldest first."""

    kind: Literal["header"] = "header"
    schema_version: int = SCHEMA_VERSION
    package: str
    anchor: str
    python: str
    lock_sha256: str
    releases: tuple[str, ...]


class RecordedComparison(Record):
    """Two releases, decided by `gate`. `moved` are the other packages whose versions differ, base and head; `reason`
    says why the two couldn't be compared, and then there are no cases."""

    kind: Literal["comparison"] = "comparison"
    schema_version: int = SCHEMA_VERSION
    gate: SeriesMetric
    base: str
    head: str
    measured_at: datetime
    elapsed_s: float
    margin: float
    seed: int
    machine: PublishedHost
    harness_version: str
    measurement: int
    off_uvloop: bool = False
    moved: dict[str, tuple[str | None, str | None]] = {}  # noqa: RUF012  a pydantic field: every record has its own
    cases: dict[str, RecordedCase] = {}  # noqa: RUF012
    profiles: tuple[RecordedProfile, ...] = ()
    reason: str = ""


RecordLine = Annotated[RecordHeader | RecordedComparison, Field(discriminator="kind")]
