"""What a terminal shows of a run."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from bench.model.run import Run
from bench.report.document import Document
from bench.report.renderers.terminal import print_document
from tests.pages import run_printed
from tests.widths import WIDTHS, assert_whole, printed


def coloured(document: Document, terminal: bool = True) -> str:
    out = io.StringIO()
    print_document(Console(file=out, width=100, force_terminal=terminal), document)
    return out.getvalue()


def test_a_run_reads_well_at_100_columns(document: Document, golden: Callable[[str, str], None]) -> None:
    golden("terminal.txt", printed(document, 100))


def test_every_word_is_there_at_every_width(document: Document) -> None:
    assert_whole(document)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_figure_is_cut_off(document: Document, width: int) -> None:
    # The only ellipses are those of bars that continue beyond the scale.
    assert all(line.endswith(" …") for line in printed(document, width).splitlines() if "…" in line)


def test_what_is_not_a_terminal_gets_no_colour_and_a_terminal_does(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b" not in coloured(document, terminal=False)
    assert "\x1b[" in coloured(document)


def test_no_color_is_honoured(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[36m" not in coloured(document)


def test_a_run_without_any_sample_that_was_cut_short_says_so_first_and_prints_no_number(run: Run) -> None:
    text = run_printed(run.model_copy(update={"samples": (), "absences": (), "complete": False}))
    assert text.splitlines()[3].startswith("Interrupted:")
    assert "µs" not in text.split("Limitations")[0]
