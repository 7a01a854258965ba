"""What a terminal shows of a run."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from bench.report.terminal import print_run
from rich.console import Console

from bench.samples import Run


def printed(run: Run, width: int, terminal: bool = False) -> str:
    out = io.StringIO()
    print_run(Console(file=out, width=width, force_terminal=terminal), run, "results/runs/example/report.html")
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def test_a_run_reads_well_at_100_columns(run: Run, golden: Callable[[str, str], None]) -> None:
    golden("terminal.txt", printed(run, 100))


@pytest.mark.parametrize("width", [80, 100])
def test_no_figure_is_cut_off(run: Run, width: int) -> None:
    # The only ellipses are those of bars that go on beyond the scale.
    assert all(line.endswith(" …") for line in printed(run, width).splitlines() if "…" in line)


def test_what_is_not_a_terminal_gets_no_colour_and_a_terminal_does(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b" not in printed(run, 100)
    assert "\x1b[" in printed(run, 100, terminal=True)


def test_no_color_is_honoured(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[36m" not in printed(run, 100, terminal=True)


def test_a_run_that_was_cut_short_says_so_first(run: Run) -> None:
    text = printed(run.model_copy(update={"complete": False}), 100)
    assert "cut short" in text.splitlines()[2]


def test_a_run_without_any_sample_is_printed_without_a_number(run: Run) -> None:
    text = printed(run.model_copy(update={"samples": (), "absences": ()}), 100)
    assert "µs" not in text.split("Where these figures mislead")[0]
