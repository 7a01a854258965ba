"""Sweeps and bisections on disk: `<folder>/<id>/sweep.json` or `bisection.json`, the anchor's lock, the comparisons."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TypeVar

from bench.host import fingerprint
from bench.model.comparison import Comparison
from bench.model.run import MEASUREMENT
from bench.model.series import AskedComparison, Bisection, BisectionRequest, Sweep, SweepRequest
from bench.store import documents, locate
from bench.store.files import StoreError
from bench.store.recording import Recording

COMPARISONS = "comparisons"
ANCHOR_LOCK = "anchor.lock"

Kept = TypeVar("Kept", Sweep, Bisection)


def unfinished(record: type[Kept], words: SweepRequest | BisectionRequest, results: Path) -> Recording[Kept] | None:
    """The newest that the same words began on this host, if it isn't complete; one that can't be read is none."""
    here = fingerprint.describe().fingerprint
    kind = documents.kind_of(record)
    for id_ in reversed(locate.ids(results, kind)):
        with contextlib.suppress(StoreError):
            found = kind.load(results / id_)
            alike = found.words == words and (found.host.fingerprint, found.measurement) == (here, MEASUREMENT)
            if alike and not found.complete:
                return kind.recording(found, results)
    return None


def comparisons(sweep: Sweep, folder: Path) -> dict[str, Comparison]:
    """By release, those with the anchor, which lie in a sweep's folder. Raises StoreError."""
    return {
        release: documents.COMPARISON.load(folder / COMPARISONS / id_) for release, id_ in sweep.comparisons.items()
    }


def direct(sweep: Sweep, folder: Path) -> tuple[tuple[AskedComparison, Comparison], ...]:
    """The direct comparisons of a sweep, which lie in its folder. Raises StoreError."""
    return tuple((one, documents.COMPARISON.load(folder / COMPARISONS / one.comparison)) for one in sweep.direct)


def asked(bisection: Bisection, folder: Path) -> tuple[tuple[AskedComparison, Comparison], ...]:
    """What was asked, with the comparisons that lie in a bisection's folder. Raises StoreError."""
    return tuple((one, documents.COMPARISON.load(folder / COMPARISONS / one.comparison)) for one in bisection.asked)
