"""A machine's fitness is a line a finding, data stays as it is spelt, and the conclusion comes first."""

from __future__ import annotations

import pytest

from bench.host.doctor import Diagnosis, Fitness, HostFinding
from bench.model.environment import Host
from bench.report.documents.doctor import document
from tests.widths import assert_whole, printed

HOST = Host(
    cpu_model="Example [CPU] @ 2.50GHz",
    cores=2,
    memory_mb=8192,
    system="Linux",
    kernel="6.1.0",
    architecture="x86_64",
    virtualised=None,
    fingerprint="c0ffee",
)


def said(*findings: HostFinding, untold: tuple[str, ...] = (), width: int = 100) -> list[str]:
    found = document(Diagnosis(host=HOST, findings=findings, untold=untold))
    return [line.rstrip() for line in printed(found, width).splitlines()]


def finding(fitness: Fitness) -> HostFinding:
    step = "" if fitness is Fitness.FIT else "end [it] by `kill`"
    return HostFinding(about="other processes", fitness=fitness, seen="[red]make[/red] (pid 7)", step=step)


def test_what_is_fit_takes_a_line_and_what_is_not_has_its_step_below() -> None:
    assert said(finding(Fitness.DISTURBS), untold=("turbo", "clock source")) == [
        "",
        "Example [CPU] @ 2.50GHz · 2 cores · 8,192 MB · Linux 6.1.0",
        "Usable: intervals may be wider, and every result says what was disturbed.",
        "",
        "Findings",
        "  other processes  may disturb  [red]make[/red] (pid 7)",
        "                                → end [it] by kill",
        "  This machine does not report its turbo and clock source.",
    ]
    assert len(said(finding(Fitness.FIT))) == 6


@pytest.mark.parametrize(
    ("fitness", "word"),
    [
        (Fitness.FIT, "Fit"),
        (Fitness.MISSING, "Fit"),
        (Fitness.DISTURBS, "Usable"),
        (Fitness.UNFIT, "Unfit"),
    ],
)
def test_the_conclusion_comes_first(fitness: Fitness, word: str) -> None:
    assert said(finding(fitness))[2].startswith(word)


def test_every_width_of_a_terminal_shows_everything() -> None:
    findings = (finding(Fitness.DISTURBS), finding(Fitness.FIT))
    assert_whole(document(Diagnosis(host=HOST, findings=findings, untold=("turbo",))))


def test_a_narrow_terminal_folds_what_was_seen_and_loses_none_of_it() -> None:
    shown = said(HostFinding(about="memory", fitness=Fitness.FIT, seen="x" * 200), width=60)
    assert sum(line.count("x") for line in shown) - shown[1].count("x") - shown[2].count("x") == 200
    assert max(map(len, shown)) <= 60
