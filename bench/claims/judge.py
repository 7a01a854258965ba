"""Every claim and every question of this package, put to a run. A new one is a new function: nothing lists them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_type_hints

import bench.claims.rules
from bench.analysis.run.figures import Summary
from bench.claims.claim import AnsweredQuestion, Claim, ClaimVerdict, Reply, Ruling
from bench.claims.evidence import Evidence, NotMeasuredError


def judge(summary: Summary) -> tuple[Claim, ...]:
    """What the run says about each claim, in the order of modules and of their source."""
    return tuple(_judged(rule, summary) for rule in _functions(Ruling))


def answer(summary: Summary) -> tuple[AnsweredQuestion, ...]:
    """What the run observed on each question, in the same order."""
    return tuple(_answered(question, summary) for question in _functions(Reply))


def _judged(rule: Callable[[Evidence], Ruling], summary: Summary) -> Claim:
    name, says, evidence = rule.__name__, _first_paragraph(rule), Evidence(summary)
    try:
        ruling = rule(evidence)
    except NotMeasuredError as error:
        return Claim(name, says, ClaimVerdict.NOT_MEASURED, "", f"{error}.", ())
    return Claim(name, says, ruling.verdict, ruling.scope, ruling.finding + _replicates(evidence), (*evidence.cases,))


def _answered(question: Callable[[Evidence], Reply], summary: Summary) -> AnsweredQuestion:
    name, asks, evidence = question.__name__, _first_paragraph(question), Evidence(summary)
    try:
        finding = question(evidence).finding + _replicates(evidence)
    except NotMeasuredError as error:
        return AnsweredQuestion(name, asks, f"{error}.", (), measured=False)
    return AnsweredQuestion(name, asks, finding, (*evidence.cases,), measured=True)


def _replicates(evidence: Evidence) -> str:
    """What the intervals of a finding are, when it has any."""
    if not evidence.launches:
        return ""
    least, most = min(evidence.launches), max(evidence.launches)
    if most == 1:
        return " Only one launch: no intervals."
    return f" 95% intervals over {f'{least} to ' if least != most else ''}{most} launches."


def _functions(returning: type[Ruling] | type[Reply]) -> Iterator[Callable[[Evidence], Any]]:
    for found in iter_modules(bench.claims.rules.__path__):
        module = import_module(f"{bench.claims.rules.__name__}.{found.name}")
        for name, function in vars(module).items():
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not name.startswith("_") and get_type_hints(function).get("return") is returning:
                yield function


def _first_paragraph(function: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(function) or function.__name__).split("\n\n")[0].split())
