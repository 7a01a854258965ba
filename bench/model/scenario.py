"""How a server is loaded: who asks for what, how often, and what has to be met. Frozen, typed, without I/O."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bench.model.base import Record
from bench.model.workload import EffortName

LoadModel = Literal["closed", "open"]
ArrivalProcess = Literal["constant", "poisson"]


class Objective(Record):
    """What a service promises: a share `q` of all requests are answered within `limit_ms`."""

    q: float = Field(gt=0, lt=1)
    limit_ms: float = Field(gt=0)


class ErrorLimit(Record):
    """What a service promises: at most this share of all requests fail."""

    failed_share: float = Field(ge=0, lt=1)


Requirement = Objective | ErrorLimit


class Scenario(Record):
    """A locustfile in `scenarios/`: who asks for what, how often. `cases` are globs over case ids; none: headlines,
    and each is asked for its own request.

    In the closed model each of its `users` asks again once it is answered. In the open one requests fall due at `rate`
    a second, whatever becomes of those before, evenly or as Poisson's `arrivals`; `users` is how many can be on their
    way at once. `effort` is the least that takes it. `require` is what each of its cases has to meet.
    """

    name: str
    description: str
    cases: tuple[str, ...] = ()
    model: LoadModel = "closed"
    users: int = Field(ge=1)
    rate: float | None = Field(default=None, gt=0)
    arrivals: ArrivalProcess = "constant"
    duration_s: float = Field(gt=0)
    effort: EffortName = EffortName.QUICK
    require: tuple[Requirement, ...] = ()
