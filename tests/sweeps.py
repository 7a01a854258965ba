"""A synthetic sweep whose truth is known, for tests that need one without measuring anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from comparisons import case, comparison, counted, measured, side
from factories import synthetic_run

from bench.analysis.comparison import verdicts as analysis
from bench.model.app_version import AppVersion
from bench.model.comparison import Comparison
from bench.model.pair_samples import PairedSample
from bench.model.run import MissingSample
from bench.model.series import (
    AskedComparison,
    Bisection,
    CommitBisectionRequest,
    ReleaseBisectionRequest,
    Sweep,
    SweepRequest,
)

Costs = Mapping[str, Sequence[float]]
"""By case what each release costs, oldest first; a negative cost is one that fails."""
RELEASES = ("0.115.0", "0.116.0", "0.117.1", "0.118.0", "0.119.0", "0.120.4")
BLOCKS = 12
HOST = synthetic_run().host
APP_CASE = case("a").model_copy(update={"target": "app.main:app", "request": "GET /users/{id}", "parent_id": None})


def words(*names: str, margin: float = 0.03) -> dict[str, object]:
    return {
        "package": "fastapi",
        "cases": tuple(case(name) for name in names),
        "margin": margin,
        "budget_s": 60.0,
        "python": None,
    }


def _made(anchor: str) -> dict[str, object]:
    return {
        "id": "20260301T101500Z-00000007",
        "started_at": datetime(2026, 3, 1, 10, 15, tzinfo=UTC),
        "command": ("sweep", "fastapi", ">=0.115"),
        "seed": 7,
        "anchor": side(anchor),
        "host": HOST,
        "commit": "3f1c0de9a2b4",
        "dirty": False,
        "harness_version": "0.1.0",
        "measurement": 1,
    }


def sweep(*names: str, releases: Sequence[str] = RELEASES, every: int = 1) -> Sweep:
    """Nothing measured yet."""
    asked = SweepRequest.model_validate({**words(*names), "specifier": ">=0.115", "every": every})
    return Sweep.model_validate({**_made(releases[-1]), "releases": tuple(releases), "words": asked})


def bisection(name: str, releases: Sequence[str]) -> Bisection:
    """Of releases, with nothing asked yet."""
    ends = {"good": releases[0], "bad": releases[-1]}
    asked = ReleaseBisectionRequest.model_validate({**words(name), **ends})
    return Bisection.model_validate({**_made(releases[0]), "versions": tuple(releases), "words": asked})


def commit(number: int, subject: str | None = None) -> AppVersion:
    """A made-up commit: its hash begins with its number."""
    named = f"{number:08x}"
    at = datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=number)
    return AppVersion(
        named=f"git:{named}", commit=f"{named:0<40}", subject=subject or f"change {number}", committed_at=at
    )


def commit_bisection(count: int = 20, subjects: Mapping[int, str] | None = None) -> Bisection:
    """Of commits, with nothing asked yet."""
    listed = tuple(commit(number, (subjects or {}).get(number)) for number in range(count))
    asked = CommitBisectionRequest(
        app="app.main:app",
        folder=".",
        cases=(APP_CASE,),
        margin=0.03,
        budget_s=60.0,
        good=listed[0].commit,
        bad=listed[-1].commit,
    )
    fields = {"words": asked, "commits": listed, "versions": tuple(one.commit for one in listed), "anchor": None}
    return Bisection.model_validate({**_made("0.115.0"), **fields})


@cache
def _samples(name: str, ratio: float, spread: float) -> tuple[PairedSample, ...]:
    return (*measured(name, ratio, {"pilot": BLOCKS, "confirmation": BLOCKS}, spread), counted(name, ratio))


def between(
    base: str, head: str, ratios: Mapping[str, float], *, margin: float = 0.03, spread: float = 0.005, **others: str
) -> Comparison:
    """A complete comparison of two releases; `others` are versions of the head's other packages."""
    costs = {name: ratio for name, ratio in ratios.items() if ratio > 0}
    failing = [name for name in ratios if name not in costs]
    samples = [one for name, ratio in costs.items() for one in _samples(name, ratio, spread)]
    made = comparison(*ratios, margin=margin).model_copy(
        update={
            "id": f"{base}-{head}-{margin:g}",
            "base": side(base),
            "head": side(head, **others),
            "samples": tuple(samples),
            "absences": tuple(
                MissingSample(case=f"{name}:one", during="timing", kind="invalid", reason="head: <b>it fails</b>")
                for name in failing
            ),
            "complete": True,
        }
    )
    return made.model_copy(update={"results": analysis.results(made)})


def directly(
    ratios: Mapping[tuple[str, str], Mapping[str, float]], **others: str
) -> tuple[tuple[AskedComparison, Comparison], ...]:
    """Direct comparisons of releases, older and newer; `others` are versions of the newer's other packages."""
    made = [between(base, head, own, **others) for (base, head), own in ratios.items()]
    return tuple(
        (AskedComparison(base=base, head=head, margin=0.03, comparison=one.id), one)
        for (base, head), one in zip(ratios, made, strict=True)
    )


def swept_all(costs: Costs, releases: Sequence[str] = RELEASES, **others: str) -> tuple[Sweep, dict[str, Comparison]]:
    """A complete sweep, and its comparisons by release; `others` are what all but the anchor have of other packages."""
    found = {
        release: between(releases[-1], release, {name: own[at] / own[-1] for name, own in costs.items()}, **others)
        for at, release in enumerate(releases[:-1])
    }
    begun = sweep(*costs, releases=releases)
    ids = {release: one.id for release, one in found.items()}
    return begun.model_copy(update={"comparisons": ids, "complete": True}), found
