"""Lines of a record whose figures are known, its header and its plan, for tests that need them without measuring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from bench.model.comparison import judged_metrics
from bench.model.environment import PublishedHost
from bench.model.record import RecordedCase, RecordedComparison, RecordedRatio, RecordHeader
from bench.model.record_plan import PackagePlan
from bench.model.series import SeriesMetric

BEGAN = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
RELEASES = ("0.100.0", "0.100.1", "0.101.0", "0.102.0", "0.102.1", "0.103.0")
PLAN = PackagePlan(package="fastapi", python="3.11", margin=0.03, since="0.100", cases=("a:one", "b:one"))


def header(releases: Sequence[str] = RELEASES, **changes: object) -> RecordHeader:
    said: dict[str, object] = {
        "package": "fastapi",
        "anchor": releases[-1],
        "python": "3.11",
        "lock_sha256": "5b" * 32,
        "releases": tuple(releases),
    }
    return RecordHeader.model_validate(said | changes)


def line(
    base: str,
    head: str,
    logs: Mapping[str, float],
    *,
    gate: SeriesMetric = "cpu_us",
    at: int = 0,
    request: str = "r0",
    error: float = 0.002,
    **changes: object,
) -> RecordedComparison:
    """Of two releases, by case ln of the ratio; measured so many minutes after the record began."""
    ratio = {id_: RecordedRatio(log, error, 15.0, 16) for id_, log in logs.items()}
    said: dict[str, object] = {
        "gate": gate,
        "base": base,
        "head": head,
        "measured_at": BEGAN + timedelta(minutes=at),
        "elapsed_s": 41.5,
        "margin": 0.03,
        "seed": 7,
        "machine": PublishedHost(fingerprint="9c41d0e2", cpu_model="Example CPU"),
        "harness_version": "0.1.0",
        "measurement": 1,
        "cases": {
            id_: RecordedCase(request=request, ratios=dict.fromkeys(judged_metrics(gate), one), costs={gate: 40.0})
            for id_, one in ratio.items()
        },
    }
    return RecordedComparison.model_validate(said | changes)
