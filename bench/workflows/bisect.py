"""Finds the release that brought a change, by bisection."""

from __future__ import annotations

from bench.analysis import bisection
from bench.analysis.bisection import BisectionEnd, NextComparison, answer
from bench.model.series import AskedComparison, Bisection
from bench.runner.agent_process import AgentError
from bench.stack.uv import StackError
from bench.store.recording import Recording
from bench.store.series import answered
from bench.workflows.series import Compare, SeriesListener, leave_out


def bisect(recording: Recording[Bisection], compare: Compare, progress: SeriesListener) -> BisectionEnd:
    """Ask until the change is found or can't be.

    Raises StoreError and KeyboardInterrupt; and StackError or AgentError for an end that can't be compared.
    """
    answers = answered(recording)
    margin = recording.document.words.margin
    while isinstance(ask := bisection.after(candidates(recording.document), margin, answers), NextComparison):
        left = max(1, bisection.most(len(candidates(recording.document))) - len(answers))
        progress.begins(f"{ask.base} and {ask.head}", left)
        at_end = ask.head == recording.document.releases[-1]
        try:
            comparison = compare(ask)
        except (StackError, AgentError) as error:
            if at_end:
                raise
            leave_out(recording, ask.head, str(error))
            continue
        asked = AskedComparison(base=ask.base, head=ask.head, margin=ask.margin, comparison=comparison.id)
        found = answer(asked, comparison)
        if found.found is None and not at_end:
            leave_out(recording, ask.head, found.reason)
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
