"""Compares releases with an anchor, one after another: an interruption costs one comparison at most."""

from __future__ import annotations

import random

from bench.analysis.bisection import NextComparison
from bench.model.series import LeftOut, Sweep
from bench.runner.agent_process import AgentError
from bench.stack.uv import StackError
from bench.store.recording import Recording
from bench.store.redaction import placeless
from bench.workflows.series import Compare, SeriesListener


def outstanding(sweep: Sweep) -> list[str]:
    """The releases that are still to be compared, in an order drawn from the seed: a drift follows no release then."""
    order = list(sweep.releases)
    random.Random(f"{sweep.seed} releases").shuffle(order)
    known = {sweep.anchored, *sweep.comparisons, *(one.release for one in sweep.left_out)}
    return [release for release in order if release not in known]


def sweep(recording: Recording[Sweep], compare: Compare, progress: SeriesListener) -> None:
    """Compare what is outstanding; what can't be is left out, with the reason. Raises StoreError, KeyboardInterrupt."""
    left = outstanding(recording.document)
    for index, release in enumerate(left):
        found = recording.document
        progress.begins(release, len(left) - index)
        try:
            comparison = compare(NextComparison(found.anchored, release, found.words.margin))
        except (StackError, AgentError) as error:
            left_out = LeftOut(release=release, reason=placeless(str(error)))
            recording.change(left_out=(*found.left_out, left_out))
            recording.flush()
            continue
        recording.change(comparisons={**found.comparisons, release: comparison.id})
        recording.flush()
    recording.change(complete=True)
    recording.flush()
