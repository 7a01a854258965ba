"""A record as it lies in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.analysis.series.record import PackageRecord, package_record
from bench.model.record_plan import PackagePlan
from bench.store.record import RecordFile


def stored_records(folder: Path, plans: Sequence[PackagePlan]) -> tuple[PackageRecord, ...]:
    """What the files say of what a plan asks for, of each package that has been begun, in the order of the plan. Raises
    StoreError."""
    found = ((plan, RecordFile(folder, plan.package).load()) for plan in plans)
    return tuple(package_record(*each, plan) for plan, each in found if each is not None)
