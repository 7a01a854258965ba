"""Hands batches to Locust's own statistics, so that its console, web UI, CSV and HTML go on working.

By the way in which Locust's master merges its workers' reports, once a second: an event for every request, which is
Locust's usual way, costs more than the request itself. Locust keeps whole milliseconds; no figure of ours comes back
from there. Plugins that listen to Locust's `request` event don't hear these requests.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import cast

import numpy as np
from locust.stats import RequestStats, StatsEntry, StatsError, bucket_response_time

from bench.load.recorder import Batch


def feed(stats: RequestStats, batches: Iterable[Batch]) -> None:
    """Add batches to `stats`, under their own name and to its total."""
    for batch in batches:
        if batch.latencies or batch.early or batch.failures:
            entry = _entry(stats, batch)
            stats.get(batch.name, batch.method).extend(entry)
            stats.total.extend(entry)
            _count_failures(stats, batch)


def _entry(stats: RequestStats, batch: Batch) -> StatsEntry:
    entry = StatsEntry(stats, batch.name, batch.method)
    timed_ms = np.concatenate([np.asarray(one) for one in (batch.latencies, batch.early, batch.timeouts)]) / 1e6
    failed = batch.failures.total()
    untimed = failed - len(batch.timeouts)
    now = time.time()
    entry.num_requests = len(timed_ms) + untimed
    entry.num_none_requests = untimed
    entry.num_failures = failed
    entry.num_reqs_per_sec[int(now)] = entry.num_requests
    entry.num_fail_per_sec[int(now)] = failed
    entry.total_content_length = batch.body_bytes
    entry.last_request_timestamp = now
    if len(timed_ms):
        # Declared as whole numbers, and fed with fractions by Locust's own clients.
        entry.total_response_time = cast(int, float(timed_ms.sum()))
        entry.min_response_time = cast(int, float(timed_ms.min()))
        entry.max_response_time = cast(int, float(timed_ms.max()))
        counts = np.bincount(np.rint(timed_ms).astype(np.int64))
        for ms in np.flatnonzero(counts):
            entry.response_times[bucket_response_time(float(ms))] += int(counts[ms])
    return entry


def _count_failures(stats: RequestStats, batch: Batch) -> None:
    now = time.time()
    for failure, count in batch.failures.items():
        key = StatsError.create_key(batch.method, batch.name, failure)
        error = stats.errors.setdefault(key, StatsError(batch.method, batch.name, failure, first_seen=now))
        error.occurrences += count
        error.last_seen = now
