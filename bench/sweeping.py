"""Releases measured one after another, each kept once it is known: an interruption costs one comparison at most."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

from bench import halving, series_store, stages, store
from bench.blocks import blocks
from bench.engine.launch import AgentError
from bench.halving import Answer, Ask, End
from bench.model import Verdict
from bench.pairs import Comparison
from bench.recording import Recording
from bench.series import Asked, Bisection, LeftOut, Series, Sweep
from bench.stack.uv import StackError

Compare = Callable[[Ask], Comparison]
"""A complete comparison of two releases at a margin. Raises StackError and AgentError for what can't be compared."""


class Progress(stages.Progress, Protocol):
    """Who is told what is compared next; `left` is how many comparisons there are still to come, this one too."""

    def begins(self, what: str, left: int) -> None: ...


def outstanding(sweep: Sweep) -> list[str]:
    """The releases that are still to be compared, in an order drawn from the seed: a drift follows no release then."""
    order = list(sweep.releases)
    random.Random(f"{sweep.seed} releases").shuffle(order)
    known = {sweep.anchored, *sweep.comparisons, *(one.release for one in sweep.left_out)}
    return [release for release in order if release not in known]


def sweep(recording: Recording[Sweep], compare: Compare, progress: Progress) -> None:
    """Compare what is outstanding; what can't be is left out, with the reason. Raises StoreError, KeyboardInterrupt."""
    left = outstanding(recording.document)
    for index, release in enumerate(left):
        found = recording.document
        progress.begins(release, len(left) - index)
        try:
            comparison = compare(Ask(found.anchored, release, found.words.margin))
        except (StackError, AgentError) as error:
            _leave_out(recording, release, str(error))
            continue
        recording.change(comparisons={**found.comparisons, release: comparison.id})
        recording.flush()
    recording.change(complete=True)
    recording.flush()


def bisect(recording: Recording[Bisection], compare: Compare, progress: Progress) -> End:
    """Ask until the change is found or can't be.

    Raises StoreError and KeyboardInterrupt; and StackError or AgentError for an end that can't be compared.
    """
    answers = answered(recording)
    margin = recording.document.words.margin
    while isinstance(ask := halving.after(candidates(recording.document), margin, answers), Ask):
        left = max(1, halving.most(len(candidates(recording.document))) - len(answers))
        progress.begins(f"{ask.base} and {ask.head}", left)
        at_end = ask.head == recording.document.releases[-1]
        try:
            comparison = compare(ask)
        except (StackError, AgentError) as error:
            if at_end:
                raise
            _leave_out(recording, ask.head, str(error))
            continue
        asked = Asked(base=ask.base, head=ask.head, margin=ask.margin, comparison=comparison.id)
        found = answer(asked, comparison)
        if found.found is None and not at_end:
            _leave_out(recording, ask.head, found.reason)
            continue
        answers.append(found)
        recording.change(asked=(*recording.document.asked, asked))
        recording.flush()
    recording.change(complete=True)
    recording.flush()
    return ask


def candidates(bisection: Bisection) -> tuple[str, ...]:
    """The releases that can be asked about."""
    out = {one.release for one in bisection.left_out}
    return tuple(release for release in bisection.releases if release not in out)


def answered(recording: Recording[Bisection]) -> list[Answer]:
    """What the comparisons that a bisection has say. Raises StoreError."""
    folder = recording.folder / series_store.COMPARISONS
    return [answer(one, store.load_comparison(folder / one.comparison)) for one in recording.document.asked]


def answer(asked: Asked, comparison: Comparison) -> Answer:
    """What one comparison says of its only case."""
    result = next((one for one in comparison.results if one.metric == comparison.gate), None)
    if result is None or not result.valid:
        told = [one.head for one in comparison.disagreements] + [one.reason for one in comparison.absences]
        reasons = told or (result.reasons if result else ())
        return Answer(asked.base, asked.head, asked.margin, None, Verdict.INCONCLUSIVE, "; ".join(reasons))
    found = blocks(comparison, comparison.gate)[result.case].whole
    return Answer(asked.base, asked.head, asked.margin, found, result.verdict, "; ".join(result.reasons))


def _leave_out(recording: Recording[Sweep] | Recording[Bisection], release: str, reason: str) -> None:
    document: Series = recording.document
    one = LeftOut(release=release, reason=store.placeless(reason))
    recording.change(left_out=(*document.left_out, one))
    recording.flush()
