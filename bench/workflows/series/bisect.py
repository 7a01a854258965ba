"""Finds the version that brought a change, by bisection: a release of a package, or a commit of an app."""

from __future__ import annotations

from bench.analysis.series import bisection
from bench.analysis.series.bisection import BisectionEnd, NextComparison, answer
from bench.model.errors import UsageError
from bench.model.series import AskedComparison, Bisection, Skipped
from bench.runner.agent_process import AgentError
from bench.stack.uv import StackError
from bench.store.recording import Recording
from bench.store.redaction import placeless
from bench.store.series import asked
from bench.workflows.series.series import Compare, SeriesListener


def bisect(recording: Recording[Bisection], compare: Compare, progress: SeriesListener) -> BisectionEnd:
    """Ask until the change is found or can't be.

    Raises StoreError and KeyboardInterrupt; and StackError, AgentError or UsageError for an end that can't be compared.
    """
    answers = [answer(one, comparison) for one, comparison in asked(recording.document, recording.folder)]
    margin, bad = recording.document.words.margin, recording.document.versions[-1]
    while isinstance(ask := bisection.after(recording.document.candidates, margin, answers), NextComparison):
        left = max(1, bisection.most(len(recording.document.candidates)) - len(answers))
        progress.begins(f"{_called(recording.document, ask.base)} and {_called(recording.document, ask.head)}", left)
        try:
            comparison = compare(ask)
        except (StackError, AgentError, UsageError) as error:
            if ask.head == bad:
                raise
            _skip(recording, ask.head, str(error).removeprefix(f"git:{_called(recording.document, ask.head)}: "))
            continue
        one = AskedComparison(base=ask.base, head=ask.head, margin=ask.margin, comparison=comparison.id)
        found = answer(one, comparison)
        if found.found is None and ask.head != bad:
            _skip(recording, ask.head, found.reason)
            continue
        answers.append(found)
        recording.change(asked=(*recording.document.asked, one))
        recording.flush()
    recording.change(complete=True)
    recording.flush()
    return ask


def _skip(recording: Recording[Bisection], version: str, reason: str) -> None:
    one = Skipped(version=version, reason=placeless(reason))
    recording.change(skipped=(*recording.document.skipped, one))
    recording.flush()


def _called(bisection: Bisection, version: str) -> str:
    commit = bisection.as_commit(version)
    return commit.short if commit else version
