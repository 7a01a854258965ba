"""Compares releases with an anchor, and neighbours with each other: an interruption costs one comparison at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.analysis.series.release_pairs import Quantity, ReleasePair, of_comparison, of_sweep
from bench.analysis.series.release_plan import NextPair, next_pair
from bench.model.comparison import Comparison
from bench.model.series import AskedComparison, LeftOut, NotCompared, Sweep, SweepRequest
from bench.runner.agent_process import AgentError
from bench.stack.uv import StackError
from bench.store import series
from bench.store.recording import Recording
from bench.store.redaction import placeless
from bench.workflows.series.series import Compare, SeriesListener


def outstanding(sweep: Sweep, pairs: Sequence[ReleasePair]) -> NextPair | None:
    """What is compared next. Versions of Python are only compared with the first: each of those comparisons confirms
    its own changes."""
    words = sweep.words
    quantities = [Quantity(case.id, words.metric) for case in words.cases]
    ask = next_pair(sweep.releases, sweep.releases, sweep.anchored, quantities, pairs, words.margin)
    return None if ask and words.of_python and not ask.of_anchor else ask


def most(words: SweepRequest, releases: int) -> int:
    """How many budgets are spent at the most: each release is compared with the anchor and with the one before, which
    is also profiled where requests are timed, and the last with the first."""
    if words.of_python:
        return releases - 1
    return (3 if words.metric == "cpu_us" else 2) * (releases - 1) + 1


def sweep(recording: Recording[Sweep], compare: Compare, progress: SeriesListener) -> None:
    """Compare what is outstanding; what can't be is left out, with the reason. Raises StoreError, KeyboardInterrupt."""
    begun, folder = recording.document, recording.folder
    pairs = list(of_sweep(begun, series.comparisons(begun, folder), series.direct(begun, folder)))
    while (ask := outstanding(recording.document, pairs)) is not None:
        progress.begins(ask.head if ask.of_anchor else f"{ask.base} → {ask.head}", ask.left)
        found = recording.document
        asked = ask.comparison(found.words.margin)
        try:
            comparison = compare(replace(asked, confirms=asked.confirms or found.words.of_python))
        except (StackError, AgentError) as error:
            reason = placeless(str(error))
            _leave_out(recording, ask, reason)
            pairs.append(ReleasePair(ask.base, ask.head, found.words.metric, {}, reason=reason))
        else:
            _keep(recording, ask, comparison)
            pairs.append(of_comparison(comparison, ask.base, ask.head))
        recording.flush()
    recording.change(complete=True)
    recording.flush()


def _keep(recording: Recording[Sweep], ask: NextPair, comparison: Comparison) -> None:
    found = recording.document
    if ask.of_anchor:
        recording.change(comparisons={**found.comparisons, ask.head: comparison.id})
    else:
        asked = AskedComparison(base=ask.base, head=ask.head, margin=found.words.margin, comparison=comparison.id)
        recording.change(direct=(*found.direct, asked))


def _leave_out(recording: Recording[Sweep], ask: NextPair, reason: str) -> None:
    found = recording.document
    if ask.of_anchor:
        recording.change(left_out=(*found.left_out, LeftOut(release=ask.head, reason=reason)))
    else:
        refused = NotCompared(base=ask.base, head=ask.head, reason=reason)
        recording.change(not_compared=(*found.not_compared, refused))
