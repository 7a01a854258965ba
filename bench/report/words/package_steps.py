"""The steps of a record: of every package, which are confirmed, which are open, and which belong together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from packaging.version import Version

from bench.analysis.comparison.verdicts import CHANGED
from bench.analysis.series.record import PackageRecord
from bench.analysis.series.release_figures import ReleaseStep
from bench.model.comparison import Metric, Result
from bench.model.record import RecordedFunction, RecordedProfile
from bench.report.words.comparison import arrows
from bench.report.words.metrics import LABELS
from bench.text.numbers import listed


@dataclass(frozen=True)
class PackageStep:
    """A step of a package's record, from one release to the next that was measured."""

    record: PackageRecord
    step: ReleaseStep

    @property
    def package(self) -> str:
        return self.record.header.package

    @property
    def key(self) -> tuple[str, str, str, Metric]:
        """What makes it the same step in a record that has grown: between the same releases, of the same quantity."""
        return f"{self.package} {self.step.older}", self.step.newer, self.step.case, self.step.metric

    @property
    def release(self) -> str:
        """`0.130.0`; where the package has releases between that were not compared, `0.115.4 → 0.115.8`."""
        step, known = self.step, self.record.header.releases
        between = {step.older, step.newer} <= {*known} and known.index(step.newer) - known.index(step.older) > 1
        return f"{step.older} → {step.newer}" if between else step.newer

    @property
    def order(self) -> int:
        """Of its release among all of the package."""
        known = self.record.header.releases
        return known.index(self.step.newer) if self.step.newer in known else -1

    @property
    def profile(self) -> RecordedProfile | None:
        return self.step.fresh.profile if self.step.fresh else None

    @property
    def functions(self) -> tuple[RecordedFunction, ...]:
        """Those that changed most; none where the profiles don't show the change that was measured."""
        return self.step.fresh.functions if self.step.fresh else ()

    @property
    def moved(self) -> list[str]:
        """`starlette 0.45.3 → 0.46.0`, of other packages that differ."""
        return arrows(self.moved_versions)

    @property
    def moved_along(self) -> list[str]:
        """As `moved`, of the stacks that were compared with the reference: what the line shows here beside the step."""
        return arrows({name: versions for name, versions in self.step.moved.items() if name != self.package})

    @property
    def moved_versions(self) -> dict[str, tuple[str | None, str | None]]:
        """Of other packages that differ between both environments, base and head."""
        return {name: versions for name, versions in self.step.best_moved.items() if name != self.package}

    @property
    def found_by(self) -> tuple[str, ...]:
        """What the page's filter finds it by: package, release, case and functions; and the package to choose."""
        functions = (one.name for one in self.functions)
        said = (self.package, self.release, self.step.case, LABELS[self.step.metric], *functions)
        return one_text(*said), self.package


def one_text(*parts: str) -> str:
    """What a filter searches, on one line, each word once."""
    return " ".join(dict.fromkeys(" ".join(parts).split()))


def steps(records: Sequence[PackageRecord]) -> list[PackageStep]:
    """Every step of every package."""
    return [PackageStep(record, step) for record in records for line in record.lines for step in line.steps]


def confirmed(records: Sequence[PackageRecord]) -> list[PackageStep]:
    """The confirmed steps, the largest first."""
    return sorted((one for one in steps(records) if one.step.confirmed), key=lambda one: -size(one.step.best))


def unconfirmed(records: Sequence[PackageRecord]) -> list[PackageStep]:
    """What looks changed, and isn't confirmed: first what fresh blocks refute, then what has none; there the largest
    first."""
    found = (one for one in steps(records) if one.step.looks in CHANGED and not one.step.confirmed)
    return sorted(found, key=lambda one: (one.step.fresh is None, -size(one.step.change)))


def largest(found: Sequence[PackageStep]) -> list[list[PackageStep]]:
    """Confirmed steps by package and release, the largest change first, and the largest step of each release first."""
    by_release: dict[tuple[str, str], list[PackageStep]] = {}
    for one in found:
        by_release.setdefault((one.package, one.step.newer), []).append(one)
    return list(by_release.values())


def listed_elsewhere(one: PackageStep, found: Iterable[PackageStep]) -> list[str]:
    """`starlette 0.28.0`: of the packages that changed along with a step, the releases that are `found` changed in
    their own records. What changed may be theirs. Of a package that went back, as a release of another one doesn't
    work with its newer ones, all of them together: `fastapi 0.100.1 to 0.125.0`."""
    others = sorted(found, key=lambda other: other.order)
    named: list[str] = []
    for package, (old, new) in one.moved_versions.items():
        if old is None or new is None:
            continue
        low, high = sorted((Version(old), Version(new)))
        among = [x for x in others if x.package == package and low < Version(x.step.newer) <= high]
        back = package in one.step.went_back
        named += [f"{package} {low} to {high}"] if back and among else [f"{package} {x.step.newer}" for x in among]
    return list(dict.fromkeys(named))


def listed_once(found: Sequence[PackageStep]) -> list[PackageStep]:
    """Without the steps that are listed with another package. Of two releases that each changed along with the other,
    the one with the larger step is kept."""
    names: dict[str, set[str]] = {}
    most: dict[str, float] = {}
    elsewhere = [(one, f"{one.package} {one.step.newer}", listed_elsewhere(one, found)) for one in found]
    for one, own, others in elsewhere:
        names.setdefault(own, set()).update(others)
        most[own] = max(most.get(own, 0.0), size(one.step.best))
    return [
        one
        for one, own, others in elsewhere
        if all(own in names.get(other, ()) and most[own] > most[other] for other in others)
    ]


def along(one: PackageStep, found: Iterable[PackageStep]) -> str:
    """`also starlette 0.27.0 → 0.28.0 (see starlette 0.28.0)`."""
    elsewhere = listed_elsewhere(one, found)
    see = f" (see {listed(elsewhere)})" if elsewhere else ""
    return f"also {listed(one.moved)}{see}" if one.moved else ""


def size(result: Result) -> float:
    """How far a ratio is from 1, either way."""
    return abs(math.log(result.ratio)) if result.ratio else 0.0


def undecided(found: Iterable[PackageStep]) -> list[PackageStep]:
    """Those that look changed, and that no fresh blocks have decided."""
    return [one for one in found if one.step.fresh is None]
