"""A bisection on a terminal, and as data: the release first, then every comparison that led to it."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bench.model import Noun, Verdict
from bench.report.bisected import Bisected, change_in_words, sentences
from bench.report.judged import named
from bench.series import Bisection
from bench.wording import share


class AnswerFound(Noun):
    """One comparison: head over base with its 99% interval, None of one that says nothing, for the `reason`."""

    base: str
    head: str
    margin: float
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    verdict: Verdict
    reason: str


class BisectionFound(Noun):
    """The whole bisection; `good` and `bad` are the two releases that are left."""

    bisection: Bisection
    said: tuple[str, ...]
    end: str
    certain: bool
    good: str
    bad: str
    moved: dict[str, tuple[str | None, str | None]]
    answers: tuple[AnswerFound, ...]


def print_bisection(console: Console, found: Bisected) -> None:
    """Print what a bisection says."""
    first, *others = sentences(found)
    console.print()
    console.print(named(first), style="bold")
    for sentence in others:
        console.print(named(sentence))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("base", "head", "margin", "CPU, 99% interval"):
        table.add_column(name, no_wrap=True)
    for one in found.answers:
        table.add_row(one.base, one.head, share(one.margin), Text(change_in_words(one.found)))
    console.print()
    console.print(Text("Comparisons", style="bold underline"))
    console.print(Padding(table, (0, 0, 0, 2)))
    for left_out in found.bisection.left_out:
        console.print(Text(f"left out {left_out.release}: {left_out.reason}"), style="yellow")


def json_text(found: Bisected) -> str:
    """Everything, as JSON."""
    answers = tuple(
        AnswerFound(
            base=one.base,
            head=one.head,
            margin=one.margin,
            ratio=one.found.ratio if one.found else None,
            ci_low=one.found.low if one.found else None,
            ci_high=one.found.high if one.found else None,
            verdict=one.verdict,
            reason=one.reason,
        )
        for one in found.answers
    )
    made = BisectionFound(
        bisection=found.bisection,
        said=tuple(sentences(found)),
        end=found.end.kind,
        certain=found.certain,
        good=found.end.good,
        bad=found.end.bad,
        moved=dict(found.moved),
        answers=answers,
    )
    return made.model_dump_json(indent=1) + "\n"
